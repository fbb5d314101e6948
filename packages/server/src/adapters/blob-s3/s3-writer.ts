import type { BlobWriter, StorageKey } from '../../ports/blob-store.ts'
import { freeBuffer } from '../../ports/free-buffer.ts'
import type { PartShare } from './part-share.ts'
import type { S3Bucket } from './s3-bucket.ts'
import type { Multipart, Part } from './s3-uploads.ts'
import { type Stored, sizeOf, tailMetadata, tailName } from './stored-upload.ts'

/** No part but the last may be smaller (S3). */
const MIN_PART_BYTES = 5 * 1024 * 1024
/** S3 copies up to 5 GiB into a part; pieces of this keep each request short. */
const COPY_BYTES = 512 * 1024 * 1024

export interface S3WriterOptions {
  readonly bucket: S3Bucket
  readonly key: StorageKey
  readonly share: PartShare
  /** Absent: a new object. */
  readonly stored?: Stored | undefined
  /** Called once, when the writer is closed. */
  readonly closed: (writer: S3Writer) => void
}

/**
 * Gathers chunks into parts of equal size (some stores insist on that) and sends each while the next one gathers.
 * An object smaller than one part is put by a single request at its end. What is flushed but fills no part is in a
 * side object, the tail. The object itself appears when all its bytes are there, and is never written again.
 */
export class S3Writer implements BlobWriter {
  readonly #bucket: S3Bucket
  readonly #key: StorageKey
  readonly #share: PartShare
  readonly #closed: (writer: S3Writer) => void
  #sizeBytes: number
  /** As much as another writer would find. */
  #storedBytes: number
  /** All bytes are in the object itself. */
  #isObject: boolean
  #upload: Multipart | undefined
  #parts: Part[]
  /** Bytes of the tail that are still to be fetched. */
  #unreadBytes: number
  #hasTail: boolean
  #buffer: Buffer | undefined
  #gatheredBytes = 0
  /** Never rejects: a failure is kept, and thrown by the next call. */
  #sending: Promise<void> = Promise.resolve()
  #failure: { readonly error: unknown } | undefined
  #closing: Promise<void> | undefined

  constructor({ bucket, key, share, stored, closed }: S3WriterOptions) {
    this.#bucket = bucket
    this.#key = key
    this.#share = share
    this.#closed = closed
    this.#sizeBytes = stored?.sizeBytes ?? 0
    this.#storedBytes = stored?.sizeBytes ?? -1
    const base = stored?.base
    this.#isObject = base !== undefined && 'object' in base
    this.#upload = base && 'upload' in base ? base.upload : undefined
    this.#parts = base && 'upload' in base ? [...base.parts] : []
    this.#unreadBytes = stored?.tailBytes ?? 0
    this.#hasTail = stored?.hasTail ?? false
  }

  get sizeBytes(): number {
    return this.#sizeBytes
  }

  write(chunk: Buffer): Promise<void> {
    return this.#guarded(async () => {
      if (chunk.length === 0) return
      await this.#open()
      let rest = chunk
      while (rest.length > 0) {
        if (this.#gatheredBytes >= this.#share.partBytes) await this.#sendGathered()
        this.#buffer ??= this.#share.takeBuffer()
        const copied = rest.copy(this.#buffer, this.#gatheredBytes, 0, this.#share.partBytes - this.#gatheredBytes)
        this.#gatheredBytes += copied
        this.#sizeBytes += copied
        rest = rest.subarray(copied)
      }
      freeBuffer(chunk)
      if (this.#gatheredBytes >= this.#share.partBytes) await this.#sendGathered()
    })
  }

  flush(): Promise<void> {
    return this.#guarded(async () => {
      await this.#sent()
      if (this.#storedBytes === this.#sizeBytes) return
      if (this.#gatheredBytes > 0 || this.#sizeBytes === 0) await this.#putTail()
      this.#storedBytes = this.#sizeBytes
    })
  }

  async commit(): Promise<void> {
    await this.#guarded(() => this.#publish())
    await this.close()
  }

  /** Makes an object of what was accepted, if some of it is in parts, which cannot be read. */
  publishParts(): Promise<void> {
    return this.#guarded(async () => {
      await this.#sent()
      if (this.#upload) await this.#publish()
    })
  }

  close(): Promise<void> {
    this.#closing ??= this.#settle()
    return this.#closing
  }

  /** After a failure it is unknown what the store has: everything fails from then on, and a new writer finds out. */
  async #guarded(work: () => Promise<void>): Promise<void> {
    this.#assertUsable()
    try {
      await work()
    } catch (error) {
      this.#failure ??= { error }
      throw error
    }
  }

  #assertUsable(): void {
    if (this.#failure) throw this.#failure.error
    if (this.#closing !== undefined) throw new Error('the blob writer is closed')
  }

  async #sent(): Promise<void> {
    await this.#sending
    if (this.#failure) throw this.#failure.error
  }

  /** Makes ready to append to what the store held. */
  async #open(): Promise<void> {
    if (this.#isObject) await this.#reopenObject()
    if (this.#unreadBytes > 0) {
      await this.#gather(tailName(this.#key), this.#unreadBytes)
      this.#unreadBytes = 0
    }
  }

  /**
   * An object cannot be appended to. Its bytes become parts of a new upload inside the store, or the tail where they are too
   * few for a part. It happens when an upload goes on that was read, or whose commit was not acknowledged.
   */
  async #reopenObject(): Promise<void> {
    if (this.#sizeBytes < MIN_PART_BYTES) {
      await this.#gather(this.#key, this.#sizeBytes)
      await this.#putTail()
    } else {
      const upload = await this.#bucket.uploads.begin(this.#key)
      for (const range of copyRanges(this.#sizeBytes))
        this.#parts.push(await this.#bucket.uploads.copyPart(upload, this.#parts.length + 1, range))
      this.#upload = upload
    }
    await this.#bucket.objects.remove(this.#key)
    this.#isObject = false
  }

  async #gather(name: string, sizeBytes: number): Promise<void> {
    const chunks = await this.#bucket.objects.get(name)
    const buffer = sizeBytes > this.#share.partBytes ? Buffer.allocUnsafeSlow(sizeBytes) : this.#share.takeBuffer()
    let gathered = 0
    for await (const chunk of chunks ?? []) gathered += chunk.copy(buffer, gathered)
    if (gathered !== sizeBytes) throw new Error(`${name} has ${gathered} bytes, but had ${sizeBytes}`)
    this.#buffer = buffer
    this.#gatheredBytes = gathered
  }

  /** One part is on its way at a time, so that the parts stored have no gap between them. */
  async #sendGathered(): Promise<void> {
    await this.#sent()
    const bytes = this.#takeGathered()
    await this.#share.enter()
    this.#sending = this.#putPart(bytes)
      .then(() => this.#share.giveBuffer(bytes))
      .catch((error: unknown) => {
        this.#failure ??= { error }
      })
      .finally(() => this.#share.leave())
  }

  #takeGathered(): Buffer {
    const bytes = this.#gathered()
    this.#buffer = undefined
    this.#gatheredBytes = 0
    return bytes
  }

  #gathered(): Buffer {
    return (this.#buffer ?? Buffer.of()).subarray(0, this.#gatheredBytes)
  }

  async #putPart(bytes: Buffer): Promise<void> {
    this.#upload ??= await this.#bucket.uploads.begin(this.#key)
    this.#parts.push(await this.#bucket.uploads.putPart(this.#upload, this.#parts.length + 1, bytes))
  }

  async #putTail(): Promise<void> {
    await this.#bucket.objects.put(tailName(this.#key), this.#gathered(), tailMetadata(sizeOf(this.#parts)))
    this.#hasTail = true
  }

  /** Puts all accepted bytes where they stay, and asks the store whether they are there. */
  async #publish(): Promise<void> {
    await this.#sent()
    if (!this.#isObject) {
      await this.#open()
      if (this.#upload === undefined) await this.#bucket.objects.putNew(this.#key, this.#gathered())
      else {
        if (this.#gatheredBytes > 0) await this.#putPart(this.#gathered())
        await this.#bucket.uploads.complete(this.#upload, this.#parts)
      }
    }
    const stored = await this.#bucket.objects.head(this.#key)
    if (stored?.sizeBytes !== this.#sizeBytes)
      throw new Error(`the blob store has ${stored?.sizeBytes} bytes of ${this.#key}, not ${this.#sizeBytes}`)
    // A tail that stays counts for nothing any more, and goes with the object.
    if (this.#hasTail) await this.#bucket.objects.remove(tailName(this.#key)).catch(() => {})
    this.#isObject = true
    this.#storedBytes = this.#sizeBytes
    this.#upload = undefined
    this.#parts = []
    this.#gatheredBytes = 0
    this.#hasTail = false
  }

  /** A part under way is waited for, so that it does not arrive while the next writer is at work. */
  async #settle(): Promise<void> {
    await this.#sending
    if (this.#buffer && !this.#failure) this.#share.giveBuffer(this.#buffer)
    this.#buffer = undefined
    this.#closed(this)
  }
}

function* copyRanges(sizeBytes: number): Generator<{ first: number; last: number }> {
  const count = Math.ceil(sizeBytes / COPY_BYTES)
  // Of equal size, so that none is smaller than a part may be.
  const each = Math.ceil(sizeBytes / count)
  for (let first = 0; first < sizeBytes; first += each) yield { first, last: Math.min(first + each, sizeBytes) - 1 }
}
