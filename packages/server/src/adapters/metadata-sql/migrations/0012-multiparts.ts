import type { SqlEngine } from '../engine.ts'

/** Unfinished uploads in parts of an S3 store, by its own names for them (docs/decisions/0013-blobs-in-s3.md). */
export const multiparts = ({ text, keyedTable }: SqlEngine): string[] => [
  `create table multiparts (
    storage_key ${text} not null,
    multipart_id ${text} not null,
    primary key (storage_key, multipart_id)
  ) ${keyedTable}`,
]
