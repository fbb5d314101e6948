import type { SqlEngine } from '../engine.ts'

/** Backups that are being made, each with the time until which the journal of removals waits for it. */
export const removalHolds = ({ text, keyedTable }: SqlEngine): string[] => [
  `create table removal_holds (
    hold_id ${text} not null primary key,
    held_until bigint not null
  ) ${keyedTable}`,
]
