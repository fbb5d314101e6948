import type { SqlEngine } from '../../engine.ts'

/** What `berthd admin migrate-storage` remembers at both of its ends (docs/decisions/0017-moving-storage.md). */
export const storageMoves = ({ text, keyedTable }: SqlEngine): string[] => [
  `create table storage_moves (
    role ${text} not null primary key,
    move_id ${text} not null,
    state ${text} not null,
    stop_id ${text},
    worker ${text},
    other_end ${text} not null,
    changed_at bigint not null
  )`,

  `create table moved_keys (
    storage_key ${text} not null primary key,
    is_whole smallint not null
  ) ${keyedTable}`,
]
