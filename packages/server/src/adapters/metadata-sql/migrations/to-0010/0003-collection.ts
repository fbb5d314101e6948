import type { SqlEngine } from '../../engine.ts'

/**
 * What the collector and `berthd admin verify` keep: damaged blobs, tries at bytes that would not go, and
 * the last pass (docs/collection.md). Storage keys are indexed so that bytes can be looked up without a walk.
 */
export const collection = ({ text }: SqlEngine): string[] => [
  `alter table blobs add column damaged_at bigint`,
  `create index blobs_storage_key on blobs (storage_key)`,
  `create index blobs_damaged on blobs (digest) where damaged_at is not null`,
  `create index uploads_storage_key on uploads (storage_key)`,

  `alter table removals add column attempts bigint not null default 0`,
  `alter table removals add column retry_at bigint not null default 0`,
  `create index removals_due on removals (retry_at)`,

  `create table passes (
    name ${text} not null primary key,
    ran_by ${text} not null,
    started_at bigint not null,
    duration_ms bigint not null,
    uploads_expired bigint not null,
    images_purged bigint not null,
    blobs_collected bigint not null,
    bytes_collected bigint not null,
    keys_removed bigint not null,
    failures bigint not null
  )`,
]
