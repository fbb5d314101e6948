import type { Tag } from '../../../domain/names.ts'
import type { Page, RepositoryId } from '../common.ts'

/** How often something was pulled on one day. Days are as `dayOf` gives them. */
export interface PullCount {
  readonly repositoryId: RepositoryId
  /** The tag; undefined for the repository as a whole, whatever it was pulled by. */
  readonly tag: Tag | undefined
  readonly day: number
  readonly pulls: number
}

/** The days from the first to the last, both of them included. */
export interface Days {
  readonly first: number
  readonly last: number
}

/** How many tags of a repository have a count of their own on one day: those that were pulled first. */
export const COUNTED_TAGS = 1_000

/** How often repositories and tags were pulled, by day. */
export interface PullCountRows {
  /**
   * Adds to the counts that are there. No two of `counts` may be of the same tag and day. A repository that is gone is
   * passed over, and so are tags beyond `COUNTED_TAGS`.
   */
  add(counts: readonly PullCount[]): Promise<void>
  /** The days on which the repository was pulled, in order. */
  byDay(repositoryId: RepositoryId, days: Days): Promise<Pick<PullCount, 'day' | 'pulls'>[]>
  /** The sums of the tags' pulls. Tags that were not pulled are missing. */
  ofTags(repositoryId: RepositoryId, tags: readonly Tag[], days: Days): Promise<Map<Tag, number>>
  /** The repositories that have a count of any day. */
  repositories(page: Page<RepositoryId>): Promise<RepositoryId[]>
  /**
   * Sets the pulls by which search orders the repositories, where search knows them: the sums of these days, and none
   * where their registry hides pulls.
   */
  countForSearch(ids: readonly RepositoryId[], days: Days): Promise<void>
  /** Removes at most `limit` counts of other days, and returns how many went. */
  removeOutside(days: Days, limit: number): Promise<number>
}
