import type { Digest } from '../../../domain/digest.ts'
import type { StorageKey } from '../../blob-store.ts'
import type { BlobRow, Page } from '../../metadata-store.ts'

/** What waits for the collector. */
export interface QueueState {
  /** Digests that wait for a review. */
  readonly waiting: number
  /** Those of them whose review is due. */
  readonly due: number
  readonly firstAt: number | undefined
  readonly lastAt: number | undefined
}

/** What the journal of bytes to remove holds. */
export interface JournalState {
  readonly keys: number
  /** Those of them whose removal failed before. */
  readonly failing: number
  /** When the first of these is tried again. */
  readonly retryAt: number | undefined
}

/** Deleted images that can be restored or wait for the next pass. */
export interface BinState {
  readonly images: number
  readonly bytes: number
  /** Those of the images whose time is over. */
  readonly due: number
  /** When the time of the first one is over. */
  readonly firstAt: number | undefined
}

export interface UploadsState {
  readonly open: number
  /** Nobody touched them for so long that the next pass ends them; not among `open`. */
  readonly expired: number
}

export interface RemovalRow {
  readonly storageKey: StorageKey
  /** How often its removal failed. */
  readonly attempts: number
}

/** One pass of the collector, when it is over. */
export interface PassRow {
  readonly ranBy: 'server' | 'admin'
  readonly startedAt: number
  readonly durationMs: number
  readonly uploadsExpired: number
  /** Images whose time in the bin was over. */
  readonly imagesPurged: number
  readonly blobsCollected: number
  readonly bytesCollected: number
  /** Storage keys whose bytes went: of collected blobs, of expired uploads, and what was left from before. */
  readonly keysRemoved: number
  /** Steps that failed and bytes that would not go; they are tried again. */
  readonly failures: number
}

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
