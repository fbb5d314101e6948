import type { SqlEngine } from '../engine.ts'

/**
 * How often repositories and tags were pulled, by day (docs/decisions/0042). A server of the release before counts
 * nothing, and what it serves is missing in the sums; it shows when images were pulled although a registry hides
 * that. No foreign key: such a server deletes repositories without knowing of these rows, which then go when their
 * time is over.
 */
export const pullCounts = ({ text, keyedTable }: SqlEngine): string[] => [
  `create table repository_pulls (
    repository_id bigint not null,
    day bigint not null,
    pulls bigint not null,
    primary key (repository_id, day)
  ) ${keyedTable}`,
  `create index repository_pulls_day on repository_pulls (day, repository_id)`,
  `create table tag_pulls (
    repository_id bigint not null,
    tag ${text} not null,
    day bigint not null,
    pulls bigint not null,
    primary key (repository_id, tag, day)
  ) ${keyedTable}`,
  `alter table registries add column hides_pulls smallint not null default 0`,
  `create index tag_pulls_day on tag_pulls (day, repository_id)`,
]
