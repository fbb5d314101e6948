import { Readable } from 'node:stream'
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import type { ByteRange } from '../../ports/blob-store.ts'
import { type Expected, etagOf, isSame, marked, md5 } from './checksums.ts'
import { readBody } from './read-body.ts'
import type { Condition, S3Connection } from './s3-connection.ts'
import { statusOf } from './s3-errors.ts'

export const CONTENT_TYPE = 'application/octet-stream'

export interface ObjectHead {
  readonly sizeBytes: number
  readonly etag: string
  readonly metadata: Readonly<Record<string, string>>
}

/** How long a start waits for a store that does not answer. */
const CHECK = { timeoutMs: 4_000, tryMs: 3_000 }

/** Whole objects, by their names below the prefix. The store checks what it is sent by an MD5. */
export class S3Objects {
  readonly #s3: S3Connection

  constructor(connection: S3Connection) {
    this.#s3 = connection
  }

  /** Rejects unless the bucket is there and may be used. */
  async checkBucket(): Promise<void> {
    const command = new HeadBucketCommand({ Bucket: this.#s3.bucket })
    await this.#s3.call(options => this.#s3.client.send(command, options), CHECK)
  }

  head(name: string): Promise<ObjectHead | undefined> {
    return this.#s3.unlessAbsent(async options => {
      const answer = await this.#s3.client.send(new HeadObjectCommand(this.#s3.target(name)), options)
      return { sizeBytes: answer.ContentLength ?? 0, etag: answer.ETag ?? '', metadata: answer.Metadata ?? {} }
    })
  }

  /**
   * The bytes of an object, all or a range; undefined when there is none.
   * @throws RangeError for a range that is not inside of the object
   */
  async get(name: string, range?: ByteRange): Promise<AsyncIterable<Buffer> | undefined> {
    const outside = () => new RangeError(`bytes ${range?.first} to ${range?.last} are not inside ${name}`)
    if (range && !(range.first >= 0 && range.first <= range.last)) throw outside()
    const Range = range && `bytes=${range.first}-${range.last}`
    try {
      return await this.#s3.unlessAbsent(async options => {
        const command = new GetObjectCommand({ ...this.#s3.target(name), Range })
        const { Body: body, ContentLength: sizeBytes = 0 } = await this.#s3.client.send(command, options)
        if (!(body instanceof Readable)) throw new Error('the answer has no stream')
        if (range && sizeBytes !== range.last - range.first + 1) {
          body.destroy()
          throw outside()
        }
        return readBody(body, sizeBytes, this.#s3.timeoutMs)
      })
    } catch (error) {
      throw statusOf(error) === 416 ? outside() : error
    }
  }

  /** Stores an object, in the place of one that was there. */
  put(name: string, bytes: Buffer, metadata: Record<string, string>): Promise<void> {
    return this.#put(name, bytes, { Metadata: metadata })
  }

  /**
   * Stores an object where there is none, as far as the store can promise that. An object of the same bytes is as
   * good.
   */
  putNew(name: string, bytes: Buffer): Promise<void> {
    const hash = md5(bytes)
    const mark = hash.toString('hex')
    return this.#s3.writeNew({
      what: 'PutObject',
      write: condition => this.#put(name, bytes, { ...condition, Metadata: marked(mark) }),
      look: () => this.compare(name, { sizeBytes: bytes.length, etag: etagOf(hash), mark }),
    })
  }

  /** Whether an object is there, and is the one expected. */
  async compare(name: string, expected: Expected): Promise<'same' | 'other' | undefined> {
    const stored = await this.head(name)
    return stored && (isSame(stored, expected) ? 'same' : 'other')
  }

  async remove(name: string): Promise<void> {
    const command = new DeleteObjectCommand(this.#s3.target(name))
    await this.#s3.unlessAbsent(options => this.#s3.client.send(command, options))
  }

  /** All names, in order. */
  async *names(): AsyncGenerator<string, void, void> {
    const { bucket: Bucket, prefix: Prefix, pageSize: MaxKeys } = this.#s3
    let ContinuationToken: string | undefined
    do {
      const command = new ListObjectsV2Command({ Bucket, Prefix, MaxKeys, ContinuationToken })
      const page = await this.#s3.call(options => this.#s3.client.send(command, options))
      for (const { Key: key = '' } of page.Contents ?? []) yield key.slice(Prefix.length)
      ContinuationToken = page.IsTruncated ? page.NextContinuationToken : undefined
    } while (ContinuationToken !== undefined)
  }

  /** A URL by which anybody can read the object for so many seconds. */
  presignedUrl(name: string, expiresSeconds: number): Promise<string> {
    const command = new GetObjectCommand(this.#s3.target(name))
    return this.#s3.call(() => getSignedUrl(this.#s3.client, command, { expiresIn: expiresSeconds }))
  }

  async #put(name: string, bytes: Buffer, more: Condition & { Metadata?: Record<string, string> }): Promise<void> {
    const content = { Body: bytes, ContentType: CONTENT_TYPE, ContentMD5: md5(bytes).toString('base64') }
    const command = new PutObjectCommand({ ...this.#s3.target(name), ...content, ...more })
    await this.#s3.call(options => this.#s3.client.send(command, options))
  }
}
