import type { Digest } from '../../../domain/digest.ts'
import type { Page } from '../common.ts'
import type { BlobRow } from './blobs.ts'

export interface LeasedBlob extends BlobRow {
  readonly reviewAfter: number
}

/** What waits for the collector. */
export interface QueueState {
  /** Digests that wait for a review. */
  readonly waiting: number
  /** Those of them whose review is due. */
  readonly due: number
  readonly firstAt: number | undefined
  readonly lastAt: number | undefined
}

/**
 * The collector's queue: blobs that may have lost their last use, each with the time of its review. Whatever takes a
 * use away queues the blob; `BlobRows.collect` is the review.
 */
export interface ReviewRows {
  /** Digests whose review is due, the longest due first. */
  due(now: number, limit: number): Promise<Digest[]>
  /** The same for a transaction that reviews them: until it ends, other transactions claim none of these. */
  claim(now: number, limit: number): Promise<Digest[]>
  /** The queued blobs that a pass at `now` would remove, by digest: what is due in the bin holds none of them. */
  collectable(now: number, page: Page<Digest>): Promise<BlobRow[]>
  /**
   * The queued blobs whose review is not due yet and that nothing but their lease keeps, by digest, with the time of
   * their review.
   */
  leased(now: number, page: Page<Digest>): Promise<LeasedBlob[]>
  /** As `collectable`, of blobs that are not queued, because only images hold them which are due in the bin. */
  collectableOfBin(now: number, page: Page<Digest>): Promise<BlobRow[]>
  state(now: number): Promise<QueueState>
}
