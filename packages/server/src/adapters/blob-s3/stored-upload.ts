import type { ByteRange, StorageKey } from '../../ports/blob-store.ts'
import type { MultipartNotes } from '../../ports/multipart-notes.ts'
import type { S3Bucket } from './s3-bucket.ts'
import type { Multipart, Part } from './s3-uploads.ts'

/** The state of a key in the bucket. It is read from the bucket alone, so that any replica can go on. */
export interface Stored {
  readonly sizeBytes: number
  /** The object or upload that has most of the bytes. Absent: all of them are in the tail. */
  readonly base?: { readonly object: true } | { readonly upload: Multipart; readonly parts: readonly Part[] }
  /** How many bytes behind the base are in the tail. */
  readonly tailBytes: number
  /** How many bytes behind those are in the other side object. */
  readonly moreBytes: number
  readonly hasTail: boolean
}

/** The names of objects: keys are UUIDs. Anything else below the prefix is not ours. */
const NAME = /^([0-9a-f][0-9a-f-]*)(?:\.tail|\.more)?$/

/** The side object: flushed bytes that are too few for a part. Its metadata say at which byte they begin. */
export const tailName = (key: StorageKey): string => `${key}.tail`
/**
 * The side object for what came after the tail, while that is little: a small request then need not move the whole
 * tail.
 */
export const moreName = (key: StorageKey): string => `${key}.more`
/** The metadata of a side object whose bytes begin at `offset` of the upload. */
export const tailMetadata = (offset: number): Record<string, string> => ({ offset: `${offset}` })

/**
 * Finds what is held of a key; undefined when there is nothing. A crash may have left several beginnings of the same
 * bytes (an object and the upload that was to continue it, a tail that is in a part by now): the longest one counts.
 * Unfinished uploads are looked up first, because completing one makes it an object.
 */
export async function findStored(bucket: S3Bucket, key: StorageKey): Promise<Stored | undefined> {
  const uploads: { upload: Multipart; parts: Part[] }[] = []
  for await (const upload of bucket.uploads.list(key)) {
    if (upload.name !== key) continue
    const parts = (await bucket.uploads.parts(upload)).filter(({ number }, index) => number === index + 1)
    if (parts.length > 0) uploads.push({ upload, parts })
  }
  const [object, tail, more] = await Promise.all(
    [key, tailName(key), moreName(key)].map(name => bucket.objects.head(name)),
  )

  const hasTail = tail !== undefined || more !== undefined
  const found: Stored[] = []
  const add = (baseBytes: number, base?: Stored['base']) => {
    const tailBytes = tail?.metadata['offset'] === `${baseBytes}` ? tail.sizeBytes : 0
    const moreBytes = more?.metadata['offset'] === `${baseBytes + tailBytes}` ? more.sizeBytes : 0
    const place = base === undefined ? {} : { base }
    found.push({ sizeBytes: baseBytes + tailBytes + moreBytes, ...place, tailBytes, moreBytes, hasTail })
  }
  if (object) found.push({ sizeBytes: object.sizeBytes, base: { object: true }, tailBytes: 0, moreBytes: 0, hasTail })
  for (const upload of uploads) add(sizeOf(upload.parts), upload)
  if (tail?.metadata['offset'] === '0') add(0)
  return found.reduce<Stored | undefined>(
    (best, each) => (best && best.sizeBytes >= each.sizeBytes ? best : each),
    undefined,
  )
}

/**
 * The bytes of an upload that is in its side objects alone. @throws RangeError for a range that is not inside of them
 */
export async function readTail(
  bucket: S3Bucket,
  key: StorageKey,
  { tailBytes, moreBytes }: Stored,
  range: ByteRange = { first: 0, last: tailBytes + moreBytes - 1 },
): Promise<AsyncIterable<Buffer> | undefined> {
  if (moreBytes === 0) return bucket.objects.get(tailName(key), tailBytes === 0 ? undefined : range)
  const inTail = range.first < tailBytes ? { first: range.first, last: Math.min(range.last, tailBytes - 1) } : undefined
  const inMore =
    range.last < tailBytes
      ? undefined
      : { first: Math.max(range.first, tailBytes) - tailBytes, last: range.last - tailBytes }
  const pieces = [
    ...(inTail === undefined ? [] : [await bucket.objects.get(tailName(key), inTail)]),
    ...(inMore === undefined ? [] : [await bucket.objects.get(moreName(key), inMore)]),
  ]
  return (async function* () {
    for (const piece of pieces) yield* piece ?? []
  })()
}

export const sizeOf = (parts: readonly Part[]): number => parts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)

/**
 * Every key of which anything is held, with some of which nothing is held any more: the merged listings, in the order
 * of names. Not every store lists all unfinished uploads of a bucket, so noted ones count as well.
 */
export async function* heldKeys(bucket: S3Bucket, notes?: MultipartNotes): AsyncGenerator<StorageKey, void, void> {
  const listings = [keysOf(bucket.objects.names()), keysOf(uploadNames(bucket)), keysOf(notes?.keys() ?? [])]
  const heads = await Promise.all(listings.map(listing => listing.next()))
  let latest: StorageKey | undefined
  for (;;) {
    const keys = heads.flatMap(head => (head.done ? [] : [head.value]))
    const least = keys.reduce<StorageKey | undefined>((a, b) => (a !== undefined && a < b ? a : b), undefined)
    if (least === undefined) return
    if (least !== latest) yield least
    latest = least
    for (const [index, listing] of listings.entries()) {
      const head = heads[index]
      if (head !== undefined && !head.done && head.value === least) heads[index] = await listing.next()
    }
  }
}

async function* keysOf(names: AsyncIterable<string> | Iterable<string>): AsyncGenerator<StorageKey, void, void> {
  for await (const name of names) {
    const key = NAME.exec(name)?.[1]
    if (key !== undefined) yield key as StorageKey
  }
}

async function* uploadNames(bucket: S3Bucket): AsyncGenerator<string, void, void> {
  for await (const { name } of bucket.uploads.list()) yield name
}
