import type { Brand } from '../domain/brand.ts'
import type { Holder } from './memory.ts'

/** Names one stored object: made when its upload begins, never shared, never used again. */
export type StorageKey = Brand<string, 'StorageKey'>

/** Bytes `first` to `last`, both inclusive and inside the object. */
export interface ByteRange {
  readonly first: number
  readonly last: number
}

/**
 * Bytes by storage key. It knows nothing of digests, repositories or HTTP: which bytes exist for
 * whom is for the rows to say (docs/decisions/0002-storage-keys.md).
 *
 * A full disk, here and in `BlobWriter`, is RegistryError `unavailable`.
 */
export interface BlobStore {
  /** Starts a new object. The key must be fresh. Where writing takes memory for long, it is held for `holder`. */
  create(key: StorageKey, holder?: Holder): Promise<BlobWriter>
  /**
   * Goes on with an object that was not committed, after whatever of it the store still holds
   * (`sizeBytes` tells). Undefined when there is none.
   */
  resume(key: StorageKey, holder?: Holder): Promise<BlobWriter | undefined>
  /** The bytes held under the key, committed or not; undefined when there are none. */
  sizeBytes(key: StorageKey): Promise<number | undefined>
  /**
   * The bytes in order, whole or a range. A chunk is only good until the next one is asked for:
   * its memory is used again. Leaving the loop early frees everything. Undefined when there are none.
   */
  read(key: StorageKey, range?: ByteRange): Promise<AsyncIterable<Buffer> | undefined>
  /**
   * Removes the object, committed or not. Idempotent: an absent key is a success. A writer that is open does not hear
   * of it, and its next flush or commit may bring the key back.
   */
  remove(key: StorageKey): Promise<void>
  /** Every key held, in any order: for verification, not for serving. */
  keys(): AsyncIterable<StorageKey>
  /**
   * A URL that gives the committed object to whoever has it, for so many seconds, past this server. Absent where the
   * store has no such thing; whether the object is there is not looked up.
   */
  presignedUrl?(key: StorageKey, expiresSeconds: number): Promise<string>
}

/** One open object. One caller at a time; `close` must be called whatever happened. */
export interface BlobWriter {
  /** Bytes accepted so far, those of earlier writers of the key included. */
  readonly sizeBytes: number
  /**
   * Appends. The chunk is the writer's from then on, and its memory may be freed once it is stored: nobody else may
   * use it. Resolves when the writer can take more, so that awaiting each call bounds the memory in flight.
   */
  write(chunk: Buffer): Promise<void>
  /** Hands all accepted bytes to the store, so that another writer or process can resume after them. */
  flush(): Promise<void>
  /** Flushes and makes the object durable: when it resolves, the bytes survive a power cut. */
  commit(): Promise<void>
  /** Frees what the writer holds. Bytes that were neither flushed nor committed may be lost. Idempotent. */
  close(): Promise<void>
}
