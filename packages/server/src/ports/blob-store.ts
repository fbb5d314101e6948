import type { Brand } from '../domain/brand.ts'
import type { Disk } from './disk.ts'
import type { Holder } from './memory.ts'

/** Names one stored object. A key is made when an upload begins; no two objects share it, and none has it again. */
export type StorageKey = Brand<string, 'StorageKey'>

/** Bytes `first` to `last`, both inclusive and inside the object. */
export interface ByteRange {
  readonly first: number
  readonly last: number
}

/**
 * Bytes by storage key. A store knows nothing of digests, repositories or HTTP: the rows say which bytes exist for
 * whom (docs/decisions/0002-storage-keys.md).
 * A full disk, here and in `BlobWriter`, is RegistryError `storageFull`.
 */
export interface BlobStore {
  /** Where the bytes are on a disk of this machine. */
  readonly disk?: Disk
  /** Starts a new object under a fresh key. Memory that writing takes for long counts as `holder`'s. */
  create(key: StorageKey, holder?: Holder): Promise<BlobWriter>
  /**
   * Goes on with an object that was not committed, behind the bytes that the store still holds of it (`sizeBytes` tells
   * how many). Undefined where the store holds nothing under the key.
   */
  resume(key: StorageKey, holder?: Holder): Promise<BlobWriter | undefined>
  /** The bytes held under the key, committed or not; undefined when there are none. */
  sizeBytes(key: StorageKey): Promise<number | undefined>
  /**
   * The object's bytes in order, all of them or a range; undefined when there is no object. A chunk is good until the
   * next one is asked for: its memory is used again. Leaving the loop early frees everything.
   */
  read(key: StorageKey, range?: ByteRange): Promise<AsyncIterable<Buffer> | undefined>
  /**
   * Removes the object, committed or not. Removing an absent key succeeds. A writer that is open does not learn of the
   * removal, and its next flush or commit may bring the key back.
   */
  remove(key: StorageKey): Promise<void>
  /** Every key held, in any order. Verification walks them; serving does not. */
  keys(): AsyncIterable<StorageKey>
  /**
   * A URL by which anybody can read the committed object for so many seconds, without this server. Whether the object
   * is there is not checked. Stores without such URLs lack the method.
   */
  presignedUrl?(key: StorageKey, expiresSeconds: number): Promise<string>
}

/** One open object. One caller at a time; `close` must be called whatever happened. */
export interface BlobWriter {
  /** Bytes accepted so far, with those of earlier writers of the key. */
  readonly sizeBytes: number
  /**
   * Appends a chunk. The writer owns the chunk from then on and may free its memory once it is stored, so nobody else
   * may use it. Resolves when the writer can take more: who awaits each call bounds the memory in flight.
   */
  write(chunk: Buffer): Promise<void>
  /** Hands all accepted bytes to the store, so that another writer or process can resume behind them. */
  flush(): Promise<void>
  /** Flushes and makes the object durable: when it resolves, the bytes survive a power cut. */
  commit(): Promise<void>
  /**
   * Frees what the writer holds. Bytes that were neither flushed nor committed may be lost. Calling it again does no
   * harm.
   */
  close(): Promise<void>
}
