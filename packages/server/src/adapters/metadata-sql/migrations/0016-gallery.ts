/**
 * What lists of the gallery are read by: which repositories hold images, when each was last pushed to, and the tags of
 * a repository by time. Housekeeping fills in the times of before (`ShownRepositoryRows.notePushTimes`); a server of
 * the release before leaves them as they are.
 */
export const gallery = (): string[] => [
  `alter table repositories add column last_pushed_at bigint`,
  `create index repositories_pushed on repositories (last_pushed_at, id) where image_count > 0`,
  `create index repositories_shown on repositories (account_id, name) where image_count > 0`,
  `create index tags_created on tags (repository_id, created_at, tag)`,
]
