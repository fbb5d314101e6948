import { S3Client } from '@aws-sdk/client-s3'
import type { S3Location } from './parse-s3-url.ts'
import { isAbsent, s3Error, statusOf } from './s3-errors.ts'

const ATTEMPTS = 3
const CONNECT_MS = 3_000

export interface S3Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

export interface S3ConnectionOptions extends S3Location {
  /** Absent: the SDK finds them as the AWS tools do. */
  readonly credentials?: S3Credentials | undefined
  /** Milliseconds that a call may take, with its retries, and that a download may stand still. */
  readonly timeoutMs: number
  /** Rows of one page of a listing. Absent: as many as the store gives. */
  readonly pageSize?: number | undefined
}

/** How long a call may take in all, and one try of it until its answer begins, in milliseconds. */
export interface Patience {
  readonly timeoutMs: number
  readonly tryMs: number
}

/** Sends one command, with the options that bound it. */
export type Send<T> = (options: { readonly abortSignal: AbortSignal; readonly requestTimeout: number }) => Promise<T>

/** The condition that an object is not there yet, as requests carry it. */
export interface Condition {
  readonly IfNoneMatch?: '*'
}

export interface NewObject {
  readonly what: 'PutObject' | 'CompleteMultipartUpload'
  readonly write: (condition: Condition) => Promise<void>
  /** Whether the object is there, and has the bytes that are to be written. */
  readonly look: () => Promise<'same' | 'other' | undefined>
}

/**
 * The way to one bucket, and the names below one prefix of it. Each call is bounded in time, is tried up to three
 * times, and fails with RegistryError `unavailable` where the store does not do its part.
 */
export class S3Connection {
  readonly client: S3Client
  readonly bucket: string
  readonly prefix: string
  readonly timeoutMs: number
  readonly pageSize: number | undefined
  /** The kinds of writes for which the store has refused If-None-Match: not every store knows it for every request. */
  readonly #unconditional = new Set<NewObject['what']>()

  constructor(options: S3ConnectionOptions) {
    this.bucket = options.bucket
    this.prefix = options.prefix
    this.timeoutMs = options.timeoutMs
    this.pageSize = options.pageSize
    this.client = new S3Client({
      ...(options.endpoint === undefined ? {} : { endpoint: options.endpoint }),
      ...(options.region === undefined ? {} : { region: options.region }),
      ...(options.credentials === undefined ? {} : { credentials: options.credentials }),
      forcePathStyle: options.pathStyle,
      maxAttempts: ATTEMPTS,
      // Many stores do not know newer checksums than Content-MD5, or refuse some of them.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      // Waiting for a 100 Continue would cost a connection for every part.
      expectContinueHeader: false,
      requestHandler: {
        connectionTimeout: CONNECT_MS,
        throwOnRequestTimeout: true,
        // Every pull under way holds a connection for as long as its client takes: no count of them may stop pushes.
        httpAgent: { maxSockets: Number.POSITIVE_INFINITY },
        httpsAgent: { maxSockets: Number.POSITIVE_INFINITY },
      },
    })
  }

  /** The bucket and key of a request for the object of that name. */
  target(name: string): { Bucket: string; Key: string } {
    return { Bucket: this.bucket, Key: `${this.prefix}${name}` }
  }

  /** Sends one command. Time is up when the answer has not come; a body that is still streaming then is not cut off. */
  async call<T>(send: Send<T>, patience?: Patience): Promise<T> {
    // A connection that was lost without a word leaves time for a second try, on another.
    const { timeoutMs, tryMs } = patience ?? { timeoutMs: this.timeoutMs, tryMs: this.timeoutMs * 0.4 }
    const controller = new AbortController()
    const deadline = setTimeout(() => controller.abort(), timeoutMs)
    try {
      return await send({ abortSignal: controller.signal, requestTimeout: tryMs })
    } catch (error) {
      throw s3Error(error)
    } finally {
      clearTimeout(deadline)
    }
  }

  /** As `call`; undefined where there is no such object or upload. */
  async unlessAbsent<T>(send: Send<T>): Promise<T | undefined> {
    try {
      return await this.call(send)
    } catch (error) {
      if (isAbsent(error)) return undefined
      throw error
    }
  }

  /**
   * Writes an object that must not be there yet; one of the same bytes is as good. A store that knows no condition for
   * that is only asked before. When the answer to a first try was lost, the next try is refused or finds the upload
   * gone.
   */
  async writeNew({ what, write, look }: NewObject): Promise<void> {
    const isConditional = !this.#unconditional.has(what)
    if (!isConditional) {
      const found = await look()
      if (found === 'same') return
      if (found === 'other') throw new Error('the object is there already, with other bytes')
    }
    try {
      return await write(isConditional ? { IfNoneMatch: '*' } : {})
    } catch (error) {
      if (isConditional && statusOf(error) === 501) {
        this.#unconditional.add(what)
        return this.writeNew({ what, write, look })
      }
      const mayBeThere = statusOf(error) === 412 || isAbsent(error)
      if (!(mayBeThere && (await look()) === 'same')) throw error
    }
  }
}
