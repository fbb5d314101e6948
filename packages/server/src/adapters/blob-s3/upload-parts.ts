import type { StorageKey } from '../../ports/blob-store.ts'
import type { S3Bucket } from './s3-bucket.ts'
import type { Multipart, Part } from './s3-uploads.ts'
import { sizeOf } from './stored-upload.ts'

/** S3 copies up to 5 GiB into a part; pieces of this keep each request short. */
const COPY_BYTES = 512 * 1024 * 1024

/**
 * The parts of one object's upload, in their order and without a gap between them. The first part begins the upload.
 */
export class UploadParts {
  readonly #bucket: S3Bucket
  readonly #key: StorageKey
  readonly #parts: Part[]
  #upload: Multipart | undefined

  /** `stored` is an upload that goes on, with the parts that the store has of it. */
  constructor(
    bucket: S3Bucket,
    key: StorageKey,
    stored?: { readonly upload: Multipart; readonly parts: readonly Part[] },
  ) {
    this.#bucket = bucket
    this.#key = key
    this.#upload = stored?.upload
    this.#parts = [...(stored?.parts ?? [])]
  }

  get isBegun(): boolean {
    return this.#upload !== undefined
  }

  get sizeBytes(): number {
    return sizeOf(this.#parts)
  }

  /** Sends the next part. Parts go one at a time: each has the number after the last one that arrived. */
  async put(bytes: Buffer): Promise<void> {
    const upload = await this.#begin()
    this.#parts.push(await this.#bucket.uploads.putPart(upload, this.#parts.length + 1, bytes))
  }

  /** Makes parts of the object of the same name, inside of the store. */
  async copyObject(sizeBytes: number): Promise<void> {
    const upload = await this.#begin()
    for (const range of copyRanges(sizeBytes))
      this.#parts.push(await this.#bucket.uploads.copyPart(upload, this.#parts.length + 1, range))
  }

  /** Makes the object of the parts. */
  async complete(): Promise<void> {
    if (this.#upload !== undefined) await this.#bucket.uploads.complete(this.#upload, this.#parts)
  }

  async #begin(): Promise<Multipart> {
    this.#upload ??= await this.#bucket.uploads.begin(this.#key)
    return this.#upload
  }
}

function* copyRanges(sizeBytes: number): Generator<{ first: number; last: number }> {
  const count = Math.ceil(sizeBytes / COPY_BYTES)
  // Of equal size, so that none is smaller than a part may be.
  const each = Math.ceil(sizeBytes / count)
  for (let first = 0; first < sizeBytes; first += each) yield { first, last: Math.min(first + each, sizeBytes) - 1 }
}
