import { isProblem } from '../../domain/problem.ts'
import type { BlobStore, StorageKey } from '../../ports/blob-store.ts'
import type { Holder, Memory } from '../../ports/memory.ts'
import type { MultipartNotes } from '../../ports/multipart-notes.ts'
import type { S3Location } from './parse-s3-url.ts'
import { PartFiles } from './part-gather.ts'
import { PartShare } from './part-share.ts'
import { openS3Bucket, type S3Bucket } from './s3-bucket.ts'
import type { S3Credentials } from './s3-connection.ts'
import { statusOf } from './s3-errors.ts'
import { refusalOfS3 } from './s3-refusal.ts'
import { S3Writer } from './s3-writer.ts'
import { findStored, heldKeys, moreName, readTail, type Stored, tailName } from './stored-upload.ts'

const MEBIBYTE = 1024 * 1024
/** How many parts of all uploads are on their way at a time. Each upload holds one more that gathers. */
const PARTS_UNDER_WAY = 8
/**
 * The most files of parts. Of the usual size they take 4 GiB. A request whose part finds no place is asked to come
 * again.
 */
const MOST_PART_FILES = 512
const TIMEOUT_SECONDS = 40

export interface S3BlobStoreOptions extends S3Location {
  /** Absent: the SDK finds them in the environment, profile, container or instance, as the AWS tools do. */
  readonly credentials?: S3Credentials
  /** Seconds that a request to the store may take, with its retries; 40 unless given. */
  readonly timeoutSeconds?: number
  /** Counts the parts that gather in memory. */
  readonly memory?: Memory | undefined
  /** The folder for parts that find no room in memory. */
  readonly partsFolder?: string | undefined
  /** Where unfinished uploads in parts are noted. Absent for a store that itself tells of all of them. */
  readonly notes?: MultipartNotes | undefined
  /** Called for a store that is away. */
  readonly warn?: ((what: string) => void) | undefined
}

/**
 * Blobs as objects of an S3-compatible store, `PREFIX<key>`. Uploads can go on in any process that uses the same
 * bucket and prefix, because the store has all their state: unfinished multipart uploads and `PREFIX<key>.tail`.
 * S3 does not let parts of an unfinished upload be read; reading one completes it where it is. Only the process that
 * goes on with the upload may do that.
 * @throws Error when the bucket is missing or may not be used. A store that is down is not waited for
 */
export async function openS3BlobStore(options: S3BlobStoreOptions): Promise<BlobStore> {
  const timeoutMs = (options.timeoutSeconds ?? TIMEOUT_SECONDS) * 1000
  const bucket = openS3Bucket({ ...options, timeoutMs }, options.notes)
  const partBytes = options.partMiB * MEBIBYTE
  const { memory, partsFolder } = options
  const files = partsFolder === undefined ? undefined : new PartFiles(partsFolder, MOST_PART_FILES)
  const share = new PartShare({ partBytes, limit: PARTS_UNDER_WAY, memory, files })
  const writers = new Map<StorageKey, S3Writer>()
  await checkAccess(bucket, options)

  const openWriter = (key: StorageKey, stored?: Stored, holder?: Holder) => {
    const closed = (writer: S3Writer) => {
      if (writers.get(key) === writer) writers.delete(key)
    }
    const writer = new S3Writer({ bucket, key, share, holder, stored, closed })
    writers.set(key, writer)
    return writer
  }

  /** Call it only for a key that has no object: a writer that was given up must not make its parts one. */
  const publishParts = async (key: StorageKey, stored: Stored) => {
    const own = writers.get(key)
    if (own) return own.publishParts()
    const writer = openWriter(key, stored)
    try {
      await writer.publishParts()
    } finally {
      await writer.close()
    }
  }

  return {
    async create(key, holder) {
      if ((await bucket.objects.head(key)) !== undefined) throw new Error(`the storage key ${key} is taken`)
      return openWriter(key, undefined, holder)
    },

    async resume(key, holder) {
      const stored = await findStored(bucket, key)
      return stored && openWriter(key, stored, holder)
    },

    async sizeBytes(key) {
      return (await findStored(bucket, key))?.sizeBytes
    },

    async read(key, range) {
      const object = await bucket.objects.get(key, range)
      if (object) return object
      const stored = await findStored(bucket, key)
      if (stored === undefined) return undefined
      if (stored.base === undefined) return readTail(bucket, key, stored, range)
      if ('upload' in stored.base) await publishParts(key, stored)
      return bucket.objects.get(key, range)
    },

    async remove(key) {
      for await (const upload of bucket.uploads.list(key)) if (upload.name === key) await bucket.uploads.abort(upload)
      await Promise.all([
        bucket.objects.remove(key),
        bucket.objects.remove(tailName(key)),
        bucket.objects.remove(moreName(key)),
      ])
      await options.notes?.forget(key)
    },

    async *keys() {
      yield* heldKeys(bucket, options.notes)
    },

    presignedUrl: (key, expiresSeconds) => bucket.objects.presignedUrl(key, expiresSeconds),
  }
}

/**
 * Makes sure that a store can be used, before anything is made that needs it. One that is away is not told of.
 * @throws Error as `openS3BlobStore`
 */
export async function checkS3BlobStore(location: S3Location & Pick<S3BlobStoreOptions, 'credentials'>): Promise<void> {
  await checkAccess(openS3Bucket({ ...location, timeoutMs: TIMEOUT_SECONDS * 1000 }), location)
}

/** Checks the settings at the start, and not at the first push. */
async function checkAccess(bucket: S3Bucket, options: S3BlobStoreOptions): Promise<void> {
  try {
    await bucket.objects.checkBucket()
  } catch (error) {
    const isOurs = isProblem(error, 'unavailable')
    const cause = isOurs ? error.cause : error
    const { what, todo } = refusalOfS3(cause, options)
    const { bucket: name, endpoint = 'Amazon S3', warn } = options
    if (!isOurs || isForGood(cause))
      throw new Error(`The blob store cannot be used: ${what}. ${todo}`, { cause: error })
    warn?.(
      `The blob store at ${endpoint}, bucket "${name}", does not answer: ${what}. ${todo} ` +
        'The server serves what needs no bytes, and asks the store again at each request.',
    )
  }
}

/** Whether waiting does not help: a bucket is not there, or credentials are refused or missing. */
const isForGood = (cause: unknown): boolean =>
  [403, 404].includes(statusOf(cause) ?? 0) || (cause instanceof Error && cause.name === 'CredentialsProviderError')
