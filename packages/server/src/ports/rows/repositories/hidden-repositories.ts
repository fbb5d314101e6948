import type { RepositoryId } from '../common.ts'

/** Repositories that were deleted: hidden at once, emptied in many transactions, and removed by the last of them. */
export interface HiddenRepositoryRows {
  /** Takes name, logo and lifecycle policy from the repository. From then on only `empty` and `delete` find it. */
  hide(id: RepositoryId): Promise<void>
  /** Repositories that were hidden and not deleted yet, at most `limit`. */
  list(limit: number): Promise<RepositoryId[]>
  /**
   * Removes about `limit` rows of what is in a hidden repository, as `delete` does with all of it. False while more
   * rows may be there.
   */
  empty(id: RepositoryId, at: number, limit: number): Promise<boolean>
  /**
   * Deletes the repository and everything in it: images, tags, blob links (their digests queued for review), its bin,
   * tag history, policy, catalog data, logo and uploads (their storage keys journalled for removal).
   */
  delete(id: RepositoryId, at: number): Promise<void>
}
