import type { SqlEngine } from '../engine.ts'

/**
 * Search goes by the platforms that images have. Triggers mark a repository whose images gain or lose one. An entry
 * whose facets were written without `known_facets` is of a server of the release before, and is made anew.
 */
export const searchPlatforms = (engine: SqlEngine): string[] => [
  `alter table search_entries add column known_facets ${engine.text}`,
  `create index search_entries_outdated on search_entries (repository_id)
    where (known_facets is null or known_facets <> facets)`,
  ...engine.search.markingPlatforms(),
]
