import type { Digest } from '../../../domain/digest.ts'
import type { Page, RepositoryId } from '../common.ts'
import type { BlobRow } from './blobs.ts'

export interface LeasedBlob extends BlobRow {
  readonly reviewAfter: number
}

/** The figures of the collector's queue. */
export interface QueueState {
  /** Digests that wait for a review. */
  readonly waiting: number
  /** Digests of the queue whose review is due. */
  readonly due: number
  readonly firstAt: number | undefined
  readonly lastAt: number | undefined
}

/**
 * The collector's queue: blobs that may have lost their last use, each with the time of its review. Whoever takes a
 * use away queues the blob. `BlobRows.collect` is the review.
 */
export interface ReviewRows {
  /** Digests whose review is due, the longest due first; at most `limit`. */
  due(now: number, limit: number): Promise<Digest[]>
  /** As `due`, for a transaction that reviews the digests: no other transaction claims them until this one ends. */
  claim(now: number, limit: number): Promise<Digest[]>
  /**
   * The queued blobs that a pass at `now` would remove, sorted by digest. Images in the bin whose time is over keep
   * none of them.
   */
  collectable(now: number, page: Page<Digest>): Promise<BlobRow[]>
  /**
   * The queued blobs whose review is not due yet and that nothing but their lease keeps, by digest, with the time of
   * their review.
   */
  leased(now: number, page: Page<Digest>): Promise<LeasedBlob[]>
  /**
   * The queued blobs of a repository that nothing needs, but for their lease where that is not over: by digest, with
   * the time of their review. A blob that another repository needs is left out.
   */
  unneededOf(repositoryId: RepositoryId, now: number, page: Page<Digest>): Promise<LeasedBlob[]>
  /**
   * The blobs that a pass at `now` would remove though they are not queued: only images whose time in the bin is over
   * need them.
   */
  collectableOfBin(now: number, page: Page<Digest>): Promise<BlobRow[]>
  state(now: number): Promise<QueueState>
}
