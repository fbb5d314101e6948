import type { SqlEngine } from '../engine.ts'

/**
 * What is searched (docs/decisions/0041). Triggers mark what changes, so that servers of the release before mark it
 * too. Every repository that holds images is marked to begin with, and housekeeping makes its entry.
 */
export const search = (engine: SqlEngine): string[] => [
  `create table search_entries (
    repository_id bigint primary key,
    account_id ${engine.text} not null,
    path ${engine.text} not null,
    name ${engine.text} not null,
    last_part ${engine.text} not null,
    verified smallint not null,
    facets ${engine.text} not null,
    pulls bigint not null default 0
  )`,
  `create index search_entries_path on search_entries (path)`,
  `create index search_entries_name on search_entries (name)`,
  `create index search_entries_last_part on search_entries (last_part)`,
  `create index search_entries_pulls on search_entries (pulls, repository_id)`,
  `create table search_stale (
    account_id ${engine.text} not null,
    repository_id bigint not null,
    changes bigint not null,
    primary key (account_id, repository_id)
  ) ${engine.keyedTable}`,
  ...engine.search.tables(),
  ...engine.search.marking(),
  `insert into search_stale (account_id, repository_id, changes)
    select account_id, id, 1 from repositories where image_count > 0`,
  // A digest alone leads to its images.
  `create index manifests_digest on manifests (digest, repository_id)`,
]
