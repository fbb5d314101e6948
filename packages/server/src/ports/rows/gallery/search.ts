import type { AccountId, RegistryAlias, RepositoryName } from '../../../domain/names.ts'
import type { SearchTerm } from '../../../domain/search/search-text.ts'
import type { Page, RepositoryId } from '../common.ts'

/** The entry that search keeps of a repository. */
export interface SearchEntry {
  readonly id: RepositoryId
  readonly accountId: AccountId
  /** The primary alias of its registry. */
  readonly alias: RegistryAlias
  readonly name: RepositoryName
  readonly verified: boolean
  readonly facets: readonly string[]
  /** The lexemes, as `domain/search/lexemes.ts` makes them, the facets among them. */
  readonly lexemes: readonly string[]
}

export interface SearchQuery {
  /** A text that may be a name or the beginning of one, in the characters of names. */
  readonly name: string | undefined
  /** The words, all of which must be there. No words find every repository. */
  readonly terms: readonly SearchTerm[]
  /** The facets, all of which must be there. */
  readonly facets: readonly string[]
}

/**
 * `best` puts the exact name first, then orders by the texts that have the words. Equals are ordered by pulls of 30
 * days, verified publishers first.
 */
export type SearchOrder = 'best' | 'pulls' | 'pushed' | 'name'

/** The facts of a repository that decide who may read it. */
export interface FoundRepository {
  readonly id: RepositoryId
  readonly accountId: AccountId
  readonly name: RepositoryName
  /** The pulls of the last 30 days, as they were counted last. */
  readonly pulls: number
}

/** A repository that search knows of, as lists for machines have it. */
export interface ListedRepository extends Omit<FoundRepository, 'pulls'> {
  /** The primary alias of its registry. */
  readonly alias: RegistryAlias
  readonly lastPushedAt: number | undefined
}

/** The entries that are searched. They can be made again from other rows at any time, and a move leaves them behind. */
export interface SearchRows {
  /**
   * The repositories that fit the query, at most `limit`. No more are looked at and put into order; repositories whose
   * names fit are taken first.
   */
  find(query: SearchQuery, order: SearchOrder, limit: number): Promise<FoundRepository[]>
  /** Repositories found by the name alone: the exact name first, then beginnings, then parts of names. */
  complete(name: string, limit: number): Promise<FoundRepository[]>
  /** All repositories with an entry, in the order of their ids: those behind `after`, up to and with `upTo`. */
  list(page: Page<RepositoryId> & { readonly upTo?: RepositoryId }): Promise<ListedRepository[]>
  /** Adds or replaces an entry. */
  put(entry: SearchEntry): Promise<void>
  remove(ids: readonly RepositoryId[]): Promise<void>
  /** Forgets all entries, and marks all repositories that hold images. Returns the number of marks. */
  rebuild(): Promise<number>
}
