import type { AccountId, RegistryAlias, RepositoryName } from '../../../domain/names.ts'
import type { SearchTerm } from '../../../domain/search/search-text.ts'
import type { Page, RepositoryId } from '../common.ts'

/** What search keeps of a repository. */
export interface SearchEntry {
  readonly id: RepositoryId
  readonly accountId: AccountId
  /** The primary one of its registry. */
  readonly alias: RegistryAlias
  readonly name: RepositoryName
  readonly verified: boolean
  readonly facets: readonly string[]
  /** As `domain/search/lexemes.ts` makes them, the facets among them. */
  readonly lexemes: readonly string[]
}

export interface SearchQuery {
  /** What may be a name or the beginning of one, in the characters of names. */
  readonly name: string | undefined
  /** All must be there; none finds every repository. */
  readonly terms: readonly SearchTerm[]
  /** All must be there. */
  readonly facets: readonly string[]
}

/** `best` is the exact name first, then by what has the words; equals by pulls of 30 days, verified ones first. */
export type SearchOrder = 'best' | 'pulls' | 'pushed' | 'name'

/** As much of a repository as it takes to ask who may read it. */
export interface FoundRepository {
  readonly id: RepositoryId
  readonly accountId: AccountId
  readonly name: RepositoryName
  /** Of the last 30 days, when they were counted last. */
  readonly pulls: number
}

/** A repository that search knows of, as lists for machines have it. */
export interface ListedRepository extends Omit<FoundRepository, 'pulls'> {
  /** The primary one of its registry. */
  readonly alias: RegistryAlias
  readonly lastPushedAt: number | undefined
}

/**
 * What is searched. Rows for it are made again from the others at any time, and left behind by a move.
 */
export interface SearchRows {
  /** Of all that fit, no more than `limit` are looked at and put into order: those of the names first. */
  find(query: SearchQuery, order: SearchOrder, limit: number): Promise<FoundRepository[]>
  /** By the name alone: exact ones, then beginnings, then parts of names. */
  complete(name: string, limit: number): Promise<FoundRepository[]>
  /** All, in the order of their ids: those behind `after`, up to `upTo` with that one. */
  list(page: Page<RepositoryId> & { readonly upTo?: RepositoryId }): Promise<ListedRepository[]>
  /** Adds or replaces an entry. */
  put(entry: SearchEntry): Promise<void>
  remove(ids: readonly RepositoryId[]): Promise<void>
  /** Forgets all entries, and marks all repositories that hold images. Returns how many they are. */
  rebuild(): Promise<number>
}
