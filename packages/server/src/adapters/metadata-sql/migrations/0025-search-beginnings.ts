/** Beginnings of words are kept as words are: every repository that holds images is marked for it. */
export const searchBeginnings = (): string[] => [
  `insert into search_stale (account_id, repository_id, changes)
    select account_id, id, 1 from repositories where image_count > 0
    on conflict (account_id, repository_id) do update set changes = search_stale.changes + 1`,
]
