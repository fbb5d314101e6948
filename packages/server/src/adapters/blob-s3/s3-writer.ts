import type { BlobWriter, StorageKey } from '../../ports/blob-store.ts'
import type { Holder } from '../../ports/memory.ts'
import { freeBuffer } from '../../runtime/free-buffer.ts'
import { gatherInMemory, type PartGather } from './part-gather.ts'
import type { PartShare } from './part-share.ts'
import type { S3Bucket } from './s3-bucket.ts'
import { moreName, type Stored, tailMetadata, tailName } from './stored-upload.ts'
import { UploadParts } from './upload-parts.ts'

/** No part but the last may be smaller (S3). */
const MIN_PART_BYTES = 5 * 1024 * 1024
/** The most new bytes that are stored beside the tail. With more of them the tail is written anew. */
const MOST_MORE_BYTES = 256 * 1024

export interface S3WriterOptions {
  readonly bucket: S3Bucket
  readonly key: StorageKey
  readonly share: PartShare
  /** The holder in whose share of the memory the writer's part counts. */
  readonly holder?: Holder | undefined
  /** What the bucket holds of the key; absent for a new object. */
  readonly stored?: Stored | undefined
  /** Called once, when the writer is closed. */
  readonly closed: (writer: S3Writer) => void
}

/**
 * Gathers chunks into parts of equal size (some stores insist on that), and sends each part while the next one
 * gathers. An object smaller than one part is put by a single request at its end. What is flushed but fills no part is
 * in a side object, the tail. The object itself appears when all of its bytes are there, and is never written again.
 */
export class S3Writer implements BlobWriter {
  readonly #bucket: S3Bucket
  readonly #key: StorageKey
  readonly #share: PartShare
  readonly #holder: Holder | undefined
  readonly #closed: (writer: S3Writer) => void
  #sizeBytes: number
  /** How many bytes another writer would find. */
  #storedBytes: number
  /** Whether all bytes are in the object itself. */
  #isObject: boolean
  #parts: UploadParts
  #hasTail: boolean
  /** How many of the bytes after the parts are in the tail, and how many after those are in the other side object. */
  #tailBytes: number
  #moreBytes: number
  /** Which of those bytes are still to be fetched into what gathers. */
  #unread: { tail: boolean; more: boolean }
  #gather: PartGather | undefined
  /** How many bytes gather, those still to be fetched included. */
  #gatheredBytes: number
  /** Never rejects: a failure is kept, and thrown by the next call. */
  #sending: Promise<void> = Promise.resolve()
  #failure: { readonly error: unknown } | undefined
  #closing: Promise<void> | undefined

  constructor({ bucket, key, share, holder, stored, closed }: S3WriterOptions) {
    this.#bucket = bucket
    this.#key = key
    this.#share = share
    this.#holder = holder
    this.#closed = closed
    this.#sizeBytes = stored?.sizeBytes ?? 0
    this.#storedBytes = stored?.sizeBytes ?? -1
    const base = stored?.base
    this.#isObject = base !== undefined && 'object' in base
    this.#parts = new UploadParts(bucket, key, base && 'upload' in base ? base : undefined)
    this.#tailBytes = stored?.tailBytes ?? 0
    this.#moreBytes = stored?.moreBytes ?? 0
    this.#unread = { tail: this.#tailBytes > 0, more: this.#moreBytes > 0 }
    this.#gatheredBytes = this.#tailBytes + this.#moreBytes
    this.#hasTail = stored?.hasTail ?? false
  }

  get sizeBytes(): number {
    return this.#sizeBytes
  }

  write(chunk: Buffer): Promise<void> {
    return this.#guarded(async () => {
      if (chunk.length === 0) return
      if (this.#isObject) await this.#reopenObject()
      let rest = chunk
      while (rest.length > 0) {
        if (this.#gatheredBytes >= this.#share.partBytes) await this.#sendGathered()
        const gather = await this.#gathering()
        const some = rest.subarray(0, this.#share.partBytes - this.#gatheredBytes)
        await gather.write(some, this.#gatheredBytes)
        this.#gatheredBytes += some.length
        this.#sizeBytes += some.length
        rest = rest.subarray(some.length)
      }
      freeBuffer(chunk)
      if (this.#gatheredBytes >= this.#share.partBytes) await this.#sendGathered()
    })
  }

  flush(): Promise<void> {
    return this.#guarded(async () => {
      await this.#sent()
      if (this.#storedBytes === this.#sizeBytes) return
      if (this.#gatheredBytes > 0 || this.#sizeBytes === 0) await this.#putRest()
      this.#storedBytes = this.#sizeBytes
    })
  }

  async commit(): Promise<void> {
    await this.#guarded(() => this.#publish())
    await this.close()
  }

  /** Makes an object of the accepted bytes, if some of them are in parts: parts cannot be read. */
  publishParts(): Promise<void> {
    return this.#guarded(async () => {
      await this.#sent()
      if (this.#parts.isBegun) await this.#publish()
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

  /**
   * Makes an object one that can go on: nothing can be appended to it. Its bytes become parts of a new upload inside
   * the store, or the tail where they are too few for a part. This happens where an upload goes on that was read, or
   * whose commit was not acknowledged.
   */
  async #reopenObject(): Promise<void> {
    if (this.#sizeBytes < MIN_PART_BYTES) {
      await this.#fetch(this.#key, { position: 0, sizeBytes: this.#sizeBytes })
      this.#gatheredBytes = this.#sizeBytes
      await this.#putTail()
    } else await this.#parts.copyObject(this.#sizeBytes)
    await this.#bucket.objects.remove(this.#key)
    this.#isObject = false
  }

  /** The gathering part. A tail from a time of larger parts has memory of its own. */
  async #gathering(): Promise<PartGather> {
    const { partBytes } = this.#share
    this.#gather ??=
      this.#gatheredBytes > partBytes
        ? gatherInMemory(Buffer.allocUnsafeSlow(this.#gatheredBytes), () => {})
        : await this.#share.gather(this.#holder)
    return this.#gather
  }

  /** Fetches the bytes of a side object, and puts them where they belong among the bytes that gather. */
  async #fetch(name: string, { position, sizeBytes }: { position: number; sizeBytes: number }): Promise<void> {
    const gather = await this.#gathering()
    let fetched = 0
    for await (const chunk of (await this.#bucket.objects.get(name)) ?? []) {
      if (fetched + chunk.length <= sizeBytes) await gather.write(chunk, position + fetched)
      fetched += chunk.length
    }
    if (fetched !== sizeBytes) throw new Error(`${name} has ${fetched} bytes, but had ${sizeBytes}`)
  }

  async #fetchMore(): Promise<void> {
    if (this.#unread.more)
      await this.#fetch(moreName(this.#key), { position: this.#tailBytes, sizeBytes: this.#moreBytes })
    this.#unread.more = false
  }

  async #fetchAll(): Promise<void> {
    await this.#fetchMore()
    if (this.#unread.tail) await this.#fetch(tailName(this.#key), { position: 0, sizeBytes: this.#tailBytes })
    this.#unread.tail = false
  }

  /** One part is on its way at a time, so that the parts stored have no gap between them. */
  async #sendGathered(): Promise<void> {
    await this.#sent()
    await this.#fetchAll()
    const gather = await this.#gathering()
    const sizeBytes = this.#gatheredBytes
    this.#gather = undefined
    this.#gatheredBytes = 0
    this.#tailBytes = 0
    this.#moreBytes = 0
    await this.#share.enter()
    this.#sending = this.#send(gather, sizeBytes)
  }

  async #send(gather: PartGather, sizeBytes: number): Promise<void> {
    try {
      await this.#parts.put(await gather.read(0, sizeBytes))
    } catch (error) {
      this.#failure ??= { error }
    } finally {
      await gather.free(this.#failure === undefined).catch(() => {})
      this.#share.leave()
    }
  }

  /**
   * Calls `work` with the gathered bytes in memory while it sends them. Only so many parts are on their way at a time.
   */
  async #withGathered(first: number, work: (bytes: Buffer) => Promise<void>): Promise<void> {
    const bytesOf = async () =>
      this.#gatheredBytes === first ? Buffer.of() : (await this.#gathering()).read(first, this.#gatheredBytes)
    await this.#share.enter()
    try {
      await work(await bytesOf())
    } finally {
      this.#share.leave()
    }
  }

  /** Stores the gathered bytes: the new ones alone, where they are few beside the tail that is stored already. */
  async #putRest(): Promise<void> {
    const newBytes = this.#gatheredBytes - this.#tailBytes
    if (newBytes > MOST_MORE_BYTES || newBytes >= this.#tailBytes) return this.#putTail()
    await this.#fetchMore()
    const offset = this.#parts.sizeBytes + this.#tailBytes
    await this.#withGathered(this.#tailBytes, bytes =>
      this.#bucket.objects.put(moreName(this.#key), bytes, tailMetadata(offset)),
    )
    this.#moreBytes = newBytes
    this.#hasTail = true
  }

  /** The bytes in the other side object count no more, since it does not begin where the tail ends. */
  async #putTail(): Promise<void> {
    await this.#fetchAll()
    await this.#withGathered(0, bytes =>
      this.#bucket.objects.put(tailName(this.#key), bytes, tailMetadata(this.#parts.sizeBytes)),
    )
    this.#tailBytes = this.#gatheredBytes
    this.#moreBytes = 0
    this.#hasTail = true
  }

  /** Puts all accepted bytes where they stay, and asks the store whether they are there. */
  async #publish(): Promise<void> {
    await this.#sent()
    if (!this.#isObject) {
      await this.#fetchAll()
      if (this.#parts.isBegun) {
        if (this.#gatheredBytes > 0) await this.#withGathered(0, bytes => this.#parts.put(bytes))
        await this.#parts.complete()
      } else await this.#withGathered(0, bytes => this.#bucket.objects.putNew(this.#key, bytes))
    }
    const stored = await this.#bucket.objects.head(this.#key)
    if (stored?.sizeBytes !== this.#sizeBytes)
      throw new Error(`the blob store has ${stored?.sizeBytes} bytes of ${this.#key}, not ${this.#sizeBytes}`)
    // A tail that stays counts for nothing any more, and goes with the object.
    if (this.#hasTail)
      for (const name of [tailName(this.#key), moreName(this.#key)])
        await this.#bucket.objects.remove(name).catch(() => {})
    this.#isObject = true
    this.#storedBytes = this.#sizeBytes
    this.#parts = new UploadParts(this.#bucket, this.#key)
    await this.#freeGather()
    this.#gatheredBytes = 0
    this.#tailBytes = 0
    this.#moreBytes = 0
    this.#hasTail = false
  }

  /** Waits for the part under way, so that it does not arrive while the next writer is at work. */
  async #settle(): Promise<void> {
    await this.#sending
    await this.#freeGather()
    this.#closed(this)
  }

  async #freeGather(): Promise<void> {
    await this.#gather?.free(this.#failure === undefined).catch(() => {})
    this.#gather = undefined
  }
}
