import type { Tag } from '../../../domain/names.ts'
import type { Page, RepositoryId } from '../common.ts'

/** How often something was pulled on one day. Days are as `dayOf` gives them. */
export interface PullCount {
  readonly repositoryId: RepositoryId
  /** Undefined for the repository as a whole, whatever it was pulled by. */
  readonly tag: Tag | undefined
  readonly day: number
  readonly pulls: number
}

/** Days from the first to the last, both of them included. */
export interface Days {
  readonly first: number
  readonly last: number
}

/** Of one day and repository, so many tags have a count of their own: those that were pulled first. */
export const COUNTED_TAGS = 1_000

/** How often repositories and tags were pulled, by day. */
export interface PullCountRows {
  /**
   * Adds to what is there. No two may be of the same tag and day. A repository that is gone is passed over, and so are
   * tags beyond `COUNTED_TAGS`.
   */
  add(counts: readonly PullCount[]): Promise<void>
  /** The days on which the repository was pulled, in order. */
  byDay(repositoryId: RepositoryId, days: Days): Promise<Pick<PullCount, 'day' | 'pulls'>[]>
  /** The sums of those of the tags that were pulled. */
  ofTags(repositoryId: RepositoryId, tags: readonly Tag[], days: Days): Promise<Map<Tag, number>>
  /** The sums of those of the repositories that were pulled. */
  ofRepositories(ids: readonly RepositoryId[], days: Days): Promise<Map<RepositoryId, number>>
  /** The repositories that have a count, of whatever day. */
  repositories(page: Page<RepositoryId>): Promise<RepositoryId[]>
  /**
   * Sets by which pulls search puts those of the repositories into order that it knows: those of these days, and none
   * where their registry hides them.
   */
  countForSearch(ids: readonly RepositoryId[], days: Days): Promise<void>
  /** Removes at most so many counts of other days, and returns how many went. */
  removeOutside(days: Days, limit: number): Promise<number>
}
