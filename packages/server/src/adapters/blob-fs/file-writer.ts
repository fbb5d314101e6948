import type { FileHandle } from 'node:fs/promises'
import { isProblem } from '../../domain/problem.ts'
import type { BlobWriter } from '../../ports/blob-store.ts'
import { fsCall, fsError } from '../../runtime/disk/fs-errors.ts'
import { freeBuffer } from '../../runtime/free-buffer.ts'

const HELD = 'the blobs'
const MEBIBYTE = 1024 * 1024
/** Sockets deliver 64 KiB at a time; a batch of a mebibyte costs a quarter less CPU than a write for each. */
const BATCH_BYTES = { min: MEBIBYTE / 4, max: MEBIBYTE }
/** The bytes that all writers of a store may gather together before their batches become smaller. */
const GATHERED_BYTES = 8 * MEBIBYTE
/**
 * The most chunks that one `writev` takes on Linux. The number also bounds the objects held for a client that sends
 * crumbs.
 */
const BATCH_CHUNKS = 1024

/**
 * The bytes after which a large upload is synced while it still streams. Measured: its commit takes 10 ms instead of
 * 300 for a gibibyte, and a small commit elsewhere on the disk waits half as long for it.
 */
const EARLY_SYNC_BYTES = 16 * MEBIBYTE

/** The state that the writers of one store share. */
export interface WriterShare {
  openWriters: number
  /** Whether an early sync is under way. Syncs run one at a time, as each occupies an I/O thread. */
  syncing: boolean
  /** Called before each write. @throws RegistryError `storageFull` when the disk has no room for so many bytes */
  readonly takeRoom: (bytes: number) => Promise<void>
}

/** The part of a file that a writer needs. */
export type WritableFile = Pick<FileHandle, 'writev' | 'datasync' | 'truncate' | 'close'>

export interface FileWriterOptions {
  readonly file: WritableFile
  /** How many bytes the file holds already. */
  readonly sizeBytes: number
  /** Syncs the folder, which makes the file's name durable. */
  readonly syncFolder: () => Promise<void>
  readonly share: WriterShare
}

/**
 * Gathers chunks into batches, and appends each batch with one `writev`. At most one batch is on its way to the file
 * while the next one gathers: 2 MiB an upload at most, 512 KiB when there are many.
 */
export class FileWriter implements BlobWriter {
  readonly #file: WritableFile
  readonly #syncFolder: () => Promise<void>
  readonly #share: WriterShare
  #sizeBytes: number
  #writtenBytes: number
  /** The bytes that the client may go on from: those that were there, and those flushed since. */
  #keptBytes: number
  #syncedBytes: number
  #batch: Buffer[] = []
  #batchBytes = 0
  /** Neither of these two promises rejects: a failure is kept, and thrown by the next call. */
  #writing: Promise<void> = Promise.resolve()
  #syncing: Promise<void> = Promise.resolve()
  #failure: { readonly error: unknown; readonly bytesLost: boolean } | undefined
  #closing: Promise<void> | undefined

  constructor(options: FileWriterOptions) {
    this.#file = options.file
    this.#sizeBytes = options.sizeBytes
    this.#writtenBytes = options.sizeBytes
    this.#keptBytes = options.sizeBytes
    this.#syncedBytes = options.sizeBytes
    this.#syncFolder = options.syncFolder
    this.#share = options.share
    this.#share.openWriters += 1
  }

  get sizeBytes(): number {
    return this.#sizeBytes
  }

  async write(chunk: Buffer): Promise<void> {
    this.#assertUsable()
    if (chunk.length === 0) return
    this.#batch.push(chunk)
    this.#batchBytes += chunk.length
    this.#sizeBytes += chunk.length
    if (!this.#batchIsFull()) return
    await this.#writing
    this.#assertUsable()
    this.#syncEarly()
    this.#writing = this.#writeBatch()
  }

  async flush(): Promise<void> {
    await this.#writing
    this.#assertUsable()
    this.#writing = this.#writeBatch()
    await this.#writing
    this.#assertUsable()
    this.#keptBytes = this.#writtenBytes
  }

  async commit(): Promise<void> {
    await this.flush()
    await this.#syncing
    await this.#sync()
    this.#assertUsable()
    await fsCall(this.#syncFolder(), HELD)
    await this.close()
  }

  close(): Promise<void> {
    this.#closing ??= this.#settle()
    return this.#closing
  }

  #assertUsable(): void {
    if (this.#failure) throw this.#failure.error
    if (this.#closing !== undefined) throw new Error('the blob writer is closed')
  }

  #batchIsFull(): boolean {
    const fairBytes = GATHERED_BYTES / this.#share.openWriters
    const limitBytes = Math.max(BATCH_BYTES.min, Math.min(BATCH_BYTES.max, fairBytes))
    return this.#batchBytes >= limitBytes || this.#batch.length >= BATCH_CHUNKS
  }

  async #writeBatch(): Promise<void> {
    const batch = this.#batch
    const batchBytes = this.#batchBytes
    this.#batch = []
    this.#batchBytes = 0
    try {
      if (batchBytes > 0) await this.#share.takeRoom(batchBytes)
      await writeFully(this.#file, batch, this.#writtenBytes)
      this.#writtenBytes += batchBytes
      for (const chunk of batch) freeBuffer(chunk)
    } catch (error) {
      this.#failure ??= { error: fsError(error, HELD), bytesLost: false }
    }
  }

  #syncEarly(): void {
    if (this.#share.syncing || this.#writtenBytes - this.#syncedBytes < EARLY_SYNC_BYTES) return
    this.#share.syncing = true
    this.#syncedBytes = this.#writtenBytes
    this.#syncing = this.#sync().finally(() => {
      this.#share.syncing = false
    })
  }

  async #sync(): Promise<void> {
    try {
      await this.#file.datasync()
    } catch (error) {
      this.#failure = { error: fsError(error, HELD), bytesLost: true }
    }
  }

  /**
   * Settles what stays after a failure. After a failed sync the kernel may take the lost pages for clean, so that a
   * later sync would succeed over missing bytes. None of them may be resumed from: the file is emptied. A write that a
   * full disk refused in the middle gives back the room that it took, or the disk would stay as full for a day.
   */
  async #settle(): Promise<void> {
    this.#batch = []
    await this.#writing
    await this.#syncing
    try {
      if (this.#failure?.bytesLost) await this.#file.truncate(0)
      else if (isProblem(this.#failure?.error, 'storageFull'))
        await this.#file.truncate(this.#keptBytes).catch(() => {}) // bytes that stay are taken for bytes that were kept
    } finally {
      this.#share.openWriters -= 1
      await this.#file.close()
    }
  }
}

async function writeFully(file: WritableFile, chunks: readonly Buffer[], start: number): Promise<void> {
  let rest = chunks
  let position = start
  while (rest.length > 0) {
    const { bytesWritten } = await file.writev(rest, position)
    if (bytesWritten === 0) throw new Error(`the file takes no bytes at position ${position}`)
    position += bytesWritten
    rest = skipBytes(rest, bytesWritten)
  }
}

/** The chunks less their first `count` bytes: a write may take fewer than it was given. */
function skipBytes(chunks: readonly Buffer[], count: number): readonly Buffer[] {
  let left = count
  for (const [index, chunk] of chunks.entries()) {
    if (left < chunk.length) return [chunk.subarray(left), ...chunks.slice(index + 1)]
    left -= chunk.length
  }
  return []
}
