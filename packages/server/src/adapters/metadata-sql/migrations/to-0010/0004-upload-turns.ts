import type { SqlEngine } from '../../engine.ts'

/**
 * Lets one of several servers at a time work on an upload: until when, and how often so far. What the last one found
 * the bytes to hash to spares the next one reading them.
 */
export const uploadTurns = ({ text }: SqlEngine): string[] => [
  `alter table uploads add column turn bigint not null default 0`,
  `alter table uploads add column turn_until bigint not null default 0`,
  `alter table uploads add column hashed_digest ${text}`,
  `alter table uploads add column hashed_bytes bigint`,
]
