/**
 * Finds repositories that have been deleted and are being emptied, of which there are few: their names begin with `~`.
 */
export const hiddenRepositories = (): string[] => [
  `create index repositories_hidden on repositories (id) where name >= '~'`,
]
