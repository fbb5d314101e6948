import { randomUUID } from 'node:crypto'
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3'
import type { ByteRange, StorageKey } from '../../ports/blob-store.ts'
import type { MultipartNotes } from '../../ports/multipart-notes.ts'
import { marked, md5, multipartEtag } from './checksums.ts'
import type { Patience, S3Connection } from './s3-connection.ts'
import { CONTENT_TYPE, type S3Objects } from './s3-objects.ts'

/** The patience for long work: some stores put the parts of a large object together, or copy it, before they answer. */
const LONG_WORK: Patience = { timeoutMs: 300_000, tryMs: 300_000 }

/** An unfinished multipart upload. */
export interface Multipart {
  readonly name: string
  readonly uploadId: string
  /** The mark that its object is known by, where this process began the upload. */
  readonly mark?: string | undefined
}

export interface Part {
  readonly number: number
  readonly sizeBytes: number
  readonly etag: string
}

/** Multipart uploads, by the names of the objects that they become. */
export class S3Uploads {
  readonly #s3: S3Connection
  readonly #objects: S3Objects

  readonly #notes: MultipartNotes | undefined

  constructor(connection: S3Connection, objects: S3Objects, notes?: MultipartNotes) {
    this.#s3 = connection
    this.#objects = objects
    this.#notes = notes
  }

  async begin(name: string): Promise<Multipart> {
    const mark = randomUUID()
    const kind = { ContentType: CONTENT_TYPE, Metadata: marked(mark) }
    const command = new CreateMultipartUploadCommand({ ...this.#s3.target(name), ...kind })
    const { UploadId: uploadId, $metadata } = await this.#s3.call(options => this.#s3.client.send(command, options))
    if (uploadId === undefined) throw new Error('the answer has no upload id')
    const upload = { name, uploadId, mark }
    try {
      await this.#notes?.note({ storageKey: name as StorageKey, multipartId: uploadId })
    } catch (error) {
      await this.abort(upload).catch(() => {})
      throw error
    }
    if (($metadata.attempts ?? 1) > 1) await this.#abortLost(upload)
    return upload
  }

  /**
   * Ends uploads that a try may have begun whose answer was lost: nobody would know of them when the name's object is
   * there.
   */
  async #abortLost({ name, uploadId }: Multipart): Promise<void> {
    for await (const other of this.list(name)) {
      if (other.name !== name || other.uploadId === uploadId) continue
      if ((await this.parts(other)).length === 0) await this.abort(other)
    }
  }

  async putPart(upload: Multipart, number: number, bytes: Buffer): Promise<Part> {
    const content = { PartNumber: number, Body: bytes, ContentMD5: md5(bytes).toString('base64') }
    const command = new UploadPartCommand({ ...this.#target(upload), ...content })
    const { ETag } = await this.#s3.call(options => this.#s3.client.send(command, options))
    return { number, sizeBytes: bytes.length, etag: ETag || (await this.#etagOfPart(upload, number)) }
  }

  /** Makes a range of the object of the same name a part of the upload, inside of the store. */
  async copyPart(upload: Multipart, number: number, { first, last }: ByteRange): Promise<Part> {
    const { Bucket, Key, UploadId } = this.#target(upload)
    const source = { CopySource: `${Bucket}/${Key}`, CopySourceRange: `bytes=${first}-${last}` }
    const command = new UploadPartCopyCommand({ Bucket, Key, UploadId, PartNumber: number, ...source })
    const answer = await this.#s3.call(options => this.#s3.client.send(command, options), LONG_WORK)
    const etag = answer.CopyPartResult?.ETag || (await this.#etagOfPart(upload, number))
    return { number, sizeBytes: last - first + 1, etag }
  }

  /**
   * The ETag of a part, by which the part is named when the upload is completed. Not every proxy lets the header
   * through.
   */
  async #etagOfPart(upload: Multipart, number: number): Promise<string> {
    return (await this.parts(upload)).find(part => part.number === number)?.etag ?? ''
  }

  /** Makes the parts an object where there is none, as `S3Objects.putNew` stores one. */
  async complete(upload: Multipart, parts: readonly Part[]): Promise<void> {
    const Parts = parts.map(({ number, etag }) => ({ PartNumber: number, ETag: etag }))
    const sizeBytes = parts.reduce((sum, part) => sum + part.sizeBytes, 0)
    const expected = { sizeBytes, etag: multipartEtag(parts.map(part => part.etag)), mark: upload.mark }
    await this.#s3.writeNew({
      what: 'CompleteMultipartUpload',
      write: async condition => {
        const input = { ...this.#target(upload), MultipartUpload: { Parts }, ...condition }
        const command = new CompleteMultipartUploadCommand(input)
        await this.#s3.call(options => this.#s3.client.send(command, options), LONG_WORK)
      },
      look: () => this.#objects.compare(upload.name, expected),
    })
    await this.#forget(upload)
  }

  /** Ends the upload without an object. Doing it again does no harm. */
  async abort(upload: Multipart): Promise<void> {
    const command = new AbortMultipartUploadCommand(this.#target(upload))
    await this.#s3.unlessAbsent(options => this.#s3.client.send(command, options))
    await this.#forget(upload)
  }

  /**
   * Takes the note of an upload away. A note that stays does no harm: nothing is found under it, and it goes with its
   * key.
   */
  async #forget({ name, uploadId }: Multipart): Promise<void> {
    await this.#notes?.forget(name as StorageKey, uploadId).catch(() => {})
  }

  /** The unfinished uploads of names that begin with `start`, sorted by name. */
  async *list(start = ''): AsyncGenerator<Multipart, void, void> {
    const { bucket: Bucket, prefix, pageSize: MaxUploads } = this.#s3
    let markers: { KeyMarker: string | undefined; UploadIdMarker: string | undefined } | undefined
    do {
      const command = new ListMultipartUploadsCommand({ Bucket, Prefix: `${prefix}${start}`, MaxUploads, ...markers })
      const page = await this.#s3.call(options => this.#s3.client.send(command, options))
      for (const { Key: key = '', UploadId: uploadId = '' } of page.Uploads ?? [])
        yield { name: key.slice(prefix.length), uploadId }
      markers = page.IsTruncated
        ? { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker }
        : undefined
    } while (markers !== undefined)
  }

  /** The stored parts in order; none when the upload is over. */
  async parts(upload: Multipart): Promise<Part[]> {
    const parts: Part[] = []
    let PartNumberMarker: string | undefined
    do {
      const input = { ...this.#target(upload), MaxParts: this.#s3.pageSize, PartNumberMarker }
      const page = await this.#s3.unlessAbsent(options => this.#s3.client.send(new ListPartsCommand(input), options))
      for (const { PartNumber: number = 0, Size: sizeBytes = 0, ETag: etag = '' } of page?.Parts ?? [])
        parts.push({ number, sizeBytes, etag })
      PartNumberMarker = page?.IsTruncated ? page.NextPartNumberMarker : undefined
    } while (PartNumberMarker !== undefined)
    return parts
  }

  #target({ name, uploadId }: Multipart): { Bucket: string; Key: string; UploadId: string } {
    return { ...this.#s3.target(name), UploadId: uploadId }
  }
}
