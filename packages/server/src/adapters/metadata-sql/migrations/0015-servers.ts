import type { SqlEngine } from '../engine.ts'

/** The servers that hold these rows together, each until a time that it puts off. */
export const servers = ({ text, keyedTable }: SqlEngine): string[] => [
  `create table servers (
    server_id ${text} not null primary key,
    present_until bigint not null
  ) ${keyedTable}`,
]
