import type { Digest } from '../../../domain/digest.ts'
import type { StorageKey } from '../../blob-store.ts'
import type { BlobRow } from '../blobs/blobs.ts'
import type { JournalState, RemovalRow } from '../blobs/journal.ts'
import type { QueueState } from '../blobs/reviews.ts'
import type { UploadsState } from '../blobs/uploads.ts'
import type { Page } from '../common.ts'
import type { BinState } from '../images/bin.ts'
import type { PassRow } from './passes.ts'

/** The collector's queue and journal as a whole; `BlobRows` and `UploadRows` have what concerns one blob or upload. */
export interface CollectionRows {
  queue(now: number): Promise<QueueState>
  journal(): Promise<JournalState>
  uploads(now: number): Promise<UploadsState>
  /** The queued blobs that a pass at `now` would remove, by digest: what is due in the bin holds none of them. */
  collectable(now: number, page: Page<Digest>): Promise<BlobRow[]>
  /** The same of blobs that are not queued, because only images hold them which are due in the bin. */
  collectableOfBin(now: number, page: Page<Digest>): Promise<BlobRow[]>
  /** Of all repositories together. */
  bin(now: number): Promise<BinState>
  /** Keys of the journal whose removal is due; those that never failed come first. */
  dueRemovals(now: number, limit: number): Promise<RemovalRow[]>
  /** Counts a failed removal, and puts the next try off until `retryAt`. */
  postpone(key: StorageKey, retryAt: number): Promise<void>
  /** Makes every removal that was put off due. */
  retryAll(): Promise<void>
  /** Keeps the figures of the last pass, in the place of those before it. */
  putPass(row: PassRow): Promise<void>
  lastPass(): Promise<PassRow | undefined>
}
