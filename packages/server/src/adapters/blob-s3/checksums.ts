import { createHash } from 'node:crypto'

/** The MD5 of bytes. It finds accidents here, and every store knows it; the digest of a blob is checked elsewhere. */
export const md5 = (bytes: Buffer): Buffer => createHash('md5').update(bytes).digest()

/** The ETag that most stores give an object or part with that MD5. */
export const etagOf = (hash: Buffer): string => `"${hash.toString('hex')}"`

/** The ETag that most stores give an object made of parts with these ETags. */
export function multipartEtag(etags: readonly string[]): string {
  const hashes = etags.map(etag => Buffer.from(bare(etag), 'hex'))
  return `"${md5(Buffer.concat(hashes)).toString('hex')}-${etags.length}"`
}

/** The object that is expected, to find out whether a stored one is the same. */
export interface Expected {
  readonly sizeBytes: number
  readonly etag: string
  /** The mark in the metadata that the object was written with; undefined where another process began it. */
  readonly mark: string | undefined
}

/**
 * Whether two objects are the same. Equal ETags prove it. Different ones prove nothing, since the ETag of an
 * encrypting store or a gateway is no MD5; then the mark decides.
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

/** The metadata by which an object is known again. */
export const marked = (mark: string): Record<string, string> => ({ [MARK]: mark })

/** The ETag without quotes and weakness, in which stores and the proxies before them differ. */
const bare = (etag: string): string => etag.replace(/^W\//, '').replaceAll('"', '').toLowerCase()
