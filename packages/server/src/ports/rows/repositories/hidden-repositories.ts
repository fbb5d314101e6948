import type { RepositoryId } from '../common.ts'

/** Repositories that were deleted: hidden at once, emptied in many transactions, and removed by the last of them. */
export interface HiddenRepositoryRows {
  /**
   * Takes its name, logo and lifecycle policy from the repository: it is not there any more, but for `empty` and
   * `delete`.
   */
  hide(id: RepositoryId): Promise<void>
  /** Those that were hidden and not deleted yet. */
  list(limit: number): Promise<RepositoryId[]>
  /**
   * Removes some of what is in a hidden repository, about `limit` rows, as `delete` removes all of it. False while
   * there may be more.
   */
  empty(id: RepositoryId, at: number, limit: number): Promise<boolean>
  /**
   * The repository and everything in it: images, tags, blob links (their digests queued for review), its bin,
   * tag history, policy, catalog data, logo and uploads (their storage keys journalled for removal).
   */
  delete(id: RepositoryId, at: number): Promise<void>
}
