import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutObjectCommand,
  type PutObjectCommandOutput,
  S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import type { ByteRange } from '../../ports/blob-store.ts'
import type { S3Location } from './parse-s3-url.ts'
import { readBody } from './read-body.ts'
import { isAbsent, s3Error, statusOf } from './s3-errors.ts'

const CONTENT_TYPE = 'application/octet-stream'
const ATTEMPTS = 3
const CONNECT_MS = 3_000
/** Some stores put the parts of a large object together before they answer. */
const COMPLETE_MS = 300_000

export interface S3Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

export interface S3BucketOptions extends S3Location {
  /** Absent: as the AWS tools find them. */
  readonly credentials?: S3Credentials | undefined
  /** What any call may take, its retries included, and how long a download may stand still. */
  readonly timeoutMs: number
}

export interface ObjectHead {
  readonly sizeBytes: number
  readonly etag: string
  readonly metadata: Readonly<Record<string, string>>
}

export interface Part {
  readonly number: number
  readonly sizeBytes: number
  readonly etag: string
}

/** An unfinished multipart upload. */
export interface Multipart {
  readonly name: string
  readonly uploadId: string
}

/**
 * The requests that the adapter makes, on the objects below its prefix. Each is bounded in time, tried up to three
 * times, and fails with RegistryError `unavailable` where the store does. What is sent is checked by the store
 * (Content-MD5 and the signature) and against the ETag that it answers with.
 */
export class S3Bucket {
  readonly #client: S3Client
  readonly #bucket: string
  readonly #prefix: string
  readonly #timeoutMs: number
  /** Not every store knows If-None-Match: the first refusal of it is remembered. */
  #hasConditions = true

  constructor(options: S3BucketOptions) {
    this.#bucket = options.bucket
    this.#prefix = options.prefix
    this.#timeoutMs = options.timeoutMs
    this.#client = new S3Client({
      ...(options.endpoint === undefined ? {} : { endpoint: options.endpoint }),
      ...(options.region === undefined ? {} : { region: options.region }),
      ...(options.credentials === undefined ? {} : { credentials: options.credentials }),
      forcePathStyle: options.pathStyle,
      maxAttempts: ATTEMPTS,
      // Newer checksums than Content-MD5 are unknown to many stores, or refused in part.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      // It would cost a connection for every part.
      expectContinueHeader: false,
      requestHandler: {
        connectionTimeout: CONNECT_MS,
        // Every pull under way holds a connection for as long as its client takes: no count of them may stop pushes.
        httpAgent: { maxSockets: Number.POSITIVE_INFINITY },
        httpsAgent: { maxSockets: Number.POSITIVE_INFINITY },
      },
    })
  }

  /** Rejects unless the bucket is there and may be used. */
  async check(): Promise<void> {
    await this.#call(abortSignal => this.#client.send(new HeadBucketCommand({ Bucket: this.#bucket }), { abortSignal }))
  }

  async head(name: string): Promise<ObjectHead | undefined> {
    return await this.#unlessAbsent(async abortSignal => {
      const answer = await this.#client.send(new HeadObjectCommand(this.#object(name)), { abortSignal })
      return { sizeBytes: answer.ContentLength ?? 0, etag: answer.ETag ?? '', metadata: answer.Metadata ?? {} }
    })
  }

  /**
   * The bytes of an object, whole or a range; undefined when there is none.
   * @throws RangeError for a range that is not inside the object
   */
  async get(name: string, range?: ByteRange): Promise<AsyncIterable<Buffer> | undefined> {
    const outside = () => new RangeError(`bytes ${range?.first} to ${range?.last} are not inside ${name}`)
    if (range && !(range.first >= 0 && range.first <= range.last)) throw outside()
    try {
      return await this.#unlessAbsent(async abortSignal => {
        const Range = range && `bytes=${range.first}-${range.last}`
        const answer = await this.#client.send(new GetObjectCommand({ ...this.#object(name), Range }), { abortSignal })
        const { Body: body, ContentLength: sizeBytes = 0 } = answer
        if (!(body instanceof Readable)) throw new Error('an answer in Node has a stream')
        if (range && sizeBytes !== range.last - range.first + 1) {
          body.destroy()
          throw outside()
        }
        return readBody(body, sizeBytes, this.#timeoutMs)
      })
    } catch (error) {
      throw statusOf(error) === 416 ? outside() : error
    }
  }

  /** Stores an object, over what was there. */
  async put(name: string, bytes: Buffer, metadata: Record<string, string> = {}): Promise<void> {
    await this.#put(name, bytes, { Metadata: metadata })
  }

  /** Stores an object where there is none, as far as the store can promise that; one of the same bytes is as good. */
  async putNew(name: string, bytes: Buffer): Promise<void> {
    if (!this.#hasConditions) return this.#put(name, bytes, {})
    try {
      await this.#put(name, bytes, { IfNoneMatch: '*' })
    } catch (error) {
      if (statusOf(error) === 501) {
        this.#hasConditions = false
        return this.#put(name, bytes, {})
      }
      const stored = statusOf(error) === 412 ? await this.head(name) : undefined
      if (stored?.sizeBytes !== bytes.length || stored.etag !== quoted(md5(bytes).toString('hex'))) throw error
    }
  }

  async remove(name: string): Promise<void> {
    await this.#unlessAbsent(abortSignal =>
      this.#client.send(new DeleteObjectCommand(this.#object(name)), { abortSignal }),
    )
  }

  /** All names, in order. */
  async *names(): AsyncGenerator<string, void, void> {
    let ContinuationToken: string | undefined
    do {
      const input = { Bucket: this.#bucket, Prefix: this.#prefix, ContinuationToken }
      const page = await this.#call(abortSignal => this.#client.send(new ListObjectsV2Command(input), { abortSignal }))
      for (const { Key: key = '' } of page.Contents ?? []) yield key.slice(this.#prefix.length)
      ContinuationToken = page.IsTruncated ? page.NextContinuationToken : undefined
    } while (ContinuationToken !== undefined)
  }

  /** The unfinished uploads of names that begin with `start`, in the order of names. */
  async *multiparts(start = ''): AsyncGenerator<Multipart, void, void> {
    let markers: { KeyMarker: string | undefined; UploadIdMarker: string | undefined } | undefined
    do {
      const input = { Bucket: this.#bucket, Prefix: `${this.#prefix}${start}`, ...markers }
      const page = await this.#call(abortSignal =>
        this.#client.send(new ListMultipartUploadsCommand(input), { abortSignal }),
      )
      for (const { Key: key = '', UploadId: uploadId = '' } of page.Uploads ?? [])
        yield { name: key.slice(this.#prefix.length), uploadId }
      markers = page.IsTruncated
        ? { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker }
        : undefined
    } while (markers !== undefined)
  }

  async begin(name: string): Promise<Multipart> {
    const input = { ...this.#object(name), ContentType: CONTENT_TYPE }
    const { UploadId: uploadId } = await this.#call(abortSignal =>
      this.#client.send(new CreateMultipartUploadCommand(input), { abortSignal }),
    )
    if (uploadId === undefined) throw new Error('the store gave no upload id')
    return { name, uploadId }
  }

  /** The parts stored, in order; none when the upload is over. */
  async parts(upload: Multipart): Promise<Part[]> {
    const parts: Part[] = []
    let PartNumberMarker: string | undefined
    do {
      const input = { ...this.#upload(upload), PartNumberMarker }
      const page = await this.#unlessAbsent(abortSignal =>
        this.#client.send(new ListPartsCommand(input), { abortSignal }),
      )
      for (const { PartNumber: number = 0, Size: sizeBytes = 0, ETag: etag = '' } of page?.Parts ?? [])
        parts.push({ number, sizeBytes, etag })
      PartNumberMarker = page?.IsTruncated ? page.NextPartNumberMarker : undefined
    } while (PartNumberMarker !== undefined)
    return parts
  }

  async putPart(upload: Multipart, number: number, bytes: Buffer): Promise<Part> {
    const hash = md5(bytes)
    const input = { ...this.#upload(upload), PartNumber: number, Body: bytes, ContentMD5: hash.toString('base64') }
    const answer = await this.#call(abortSignal => this.#client.send(new UploadPartCommand(input), { abortSignal }))
    assertSame(hash, answer)
    return { number, sizeBytes: bytes.length, etag: answer.ETag ?? '' }
  }

  /** Makes a range of a stored object a part, inside the store. */
  async copyPart(upload: Multipart, number: number, { first, last }: ByteRange): Promise<Part> {
    const input = {
      ...this.#upload(upload),
      PartNumber: number,
      CopySource: encodeURI(`${this.#bucket}/${this.#prefix}${upload.name}`),
      CopySourceRange: `bytes=${first}-${last}`,
    }
    const { CopyPartResult: result } = await this.#call(
      abortSignal => this.#client.send(new UploadPartCopyCommand(input), { abortSignal }),
      COMPLETE_MS,
    )
    return { number, sizeBytes: last - first + 1, etag: result?.ETag ?? '' }
  }

  /**
   * Makes the parts an object, where there is none as far as the store can promise that. When the answer to a first
   * try was lost, a second one finds the upload gone and the object there.
   */
  async complete(upload: Multipart, parts: readonly Part[]): Promise<void> {
    const Parts = parts.map(({ number, etag }) => ({ PartNumber: number, ETag: etag }))
    const input = { ...this.#upload(upload), MultipartUpload: { Parts }, IfNoneMatch: '*' }
    try {
      await this.#call(
        abortSignal => this.#client.send(new CompleteMultipartUploadCommand(input), { abortSignal }),
        COMPLETE_MS,
      )
    } catch (error) {
      const isThere = isAbsent(error) || statusOf(error) === 412
      const stored = isThere ? await this.head(upload.name) : undefined
      if (stored?.etag !== multipartEtag(parts)) throw error
    }
  }

  async abort(upload: Multipart): Promise<void> {
    await this.#unlessAbsent(abortSignal =>
      this.#client.send(new AbortMultipartUploadCommand(this.#upload(upload)), { abortSignal }),
    )
  }

  /** A URL that gives the object to whoever has it. */
  presignedUrl(name: string, expiresSeconds: number): Promise<string> {
    const command = new GetObjectCommand(this.#object(name))
    return this.#call(() => getSignedUrl(this.#client, command, { expiresIn: expiresSeconds }))
  }

  async #put(
    name: string,
    bytes: Buffer,
    extra: { Metadata?: Record<string, string>; IfNoneMatch?: '*' },
  ): Promise<void> {
    const hash = md5(bytes)
    const content = { Body: bytes, ContentType: CONTENT_TYPE, ContentMD5: hash.toString('base64') }
    const input = { ...this.#object(name), ...content, ...extra }
    assertSame(hash, await this.#call(abortSignal => this.#client.send(new PutObjectCommand(input), { abortSignal })))
  }

  #object(name: string): { Bucket: string; Key: string } {
    return { Bucket: this.#bucket, Key: `${this.#prefix}${name}` }
  }

  #upload({ name, uploadId }: Multipart): { Bucket: string; Key: string; UploadId: string } {
    return { ...this.#object(name), UploadId: uploadId }
  }

  /** The time is up when the answer has not come; a body that is still streaming then is not cut off. */
  async #call<T>(send: (abortSignal: AbortSignal) => Promise<T>, timeoutMs = this.#timeoutMs): Promise<T> {
    const controller = new AbortController()
    const deadline = setTimeout(() => controller.abort(), timeoutMs)
    try {
      return await send(controller.signal)
    } catch (error) {
      throw s3Error(error)
    } finally {
      clearTimeout(deadline)
    }
  }

  async #unlessAbsent<T>(send: (abortSignal: AbortSignal) => Promise<T>): Promise<T | undefined> {
    try {
      return await this.#call(send)
    } catch (error) {
      if (isAbsent(error)) return undefined
      throw error
    }
  }
}

/** MD5 here finds accidents, and is what every store knows; the digest of a blob is checked elsewhere. */
const md5 = (bytes: Buffer) => createHash('md5').update(bytes).digest()
const quoted = (text: string) => `"${text}"`

/** The ETag is the MD5 of what was stored, unless the store encrypts with keys of its own or of a KMS. */
function assertSame(hash: Buffer, answer: Pick<PutObjectCommandOutput, 'ETag' | 'ServerSideEncryption'>): void {
  if (answer.ServerSideEncryption !== undefined && answer.ServerSideEncryption !== 'AES256') return
  if (answer.ETag !== quoted(hash.toString('hex')))
    throw new Error(`the blob store has other bytes than it was sent: ETag ${answer.ETag}, MD5 ${hash.toString('hex')}`)
}

/** What S3 makes of the ETags of the parts. */
function multipartEtag(parts: readonly Part[]): string {
  const hashes = parts.map(({ etag }) => Buffer.from(etag.replaceAll('"', ''), 'hex'))
  return quoted(`${md5(Buffer.concat(hashes)).toString('hex')}-${parts.length}`)
}
