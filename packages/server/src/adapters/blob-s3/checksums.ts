import { createHash } from 'node:crypto'

/** MD5 finds accidents here, and is what every store knows; the digest of a blob is checked elsewhere. */
export const md5 = (bytes: Buffer): Buffer => createHash('md5').update(bytes).digest()

/** The ETag that most stores give an object or part of that MD5. */
export const etagOf = (hash: Buffer): string => `"${hash.toString('hex')}"`

/** The ETag that most stores give an object that was made of parts with those. */
export function multipartEtag(etags: readonly string[]): string {
  const hashes = etags.map(etag => Buffer.from(bare(etag), 'hex'))
  return `"${md5(Buffer.concat(hashes)).toString('hex')}-${etags.length}"`
}

/** What an object that is there is compared with, to find out whether it is the one that was to be written. */
export interface Expected {
  readonly sizeBytes: number
  readonly etag: string
  /** What the object was written with in its metadata; undefined where another process began it. */
  readonly mark: string | undefined
}

/**
 * Whether two objects are the same. An ETag that is equal says so; one that differs says nothing, since that of an
 * encrypting store or a gateway is no MD5. Then the mark decides.
 */
export function isSame(
  found: { readonly sizeBytes: number; readonly etag: string; readonly metadata: Readonly<Record<string, string>> },
  expected: Expected,
): boolean {
  if (found.sizeBytes !== expected.sizeBytes) return false
  if (bare(found.etag) === bare(expected.etag)) return true
  return expected.mark !== undefined && found.metadata[MARK] === expected.mark
}

const MARK = 'berth-mark'

/** The metadata that make an object known again. */
export const marked = (mark: string): Record<string, string> => ({ [MARK]: mark })

/** Stores and what is before them differ in quotes, and call some weak. */
const bare = (etag: string): string => etag.replace(/^W\//, '').replaceAll('"', '').toLowerCase()
