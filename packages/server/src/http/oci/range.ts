import type { ByteRange } from '../../ports/blob-store.ts'

/** The most parts of one request. A request for more is answered with the whole blob. */
const RANGES_LIMIT = 16
const SPECIFIER = /^[ \t]*(?:(\d{1,32})-(\d{0,32})|-(\d{1,32}))[ \t]*$/

/**
 * Reads what a `Range` header asks of `sizeBytes` bytes (RFC 9110, section 14): the parts in the order asked for.
 * `unsatisfiable` where none of them lies inside. `whole` where there is no header, or one that a server may ignore:
 * another unit, a malformed set, too many parts, or parts that overlap so much that they would cost more than the
 * whole. No bytes at all are always `whole`.
 */
export function parseRange(header: string | undefined, sizeBytes: number): 'whole' | 'unsatisfiable' | ByteRange[] {
  if (header === undefined || sizeBytes === 0 || !/^bytes=/i.test(header)) return 'whole'
  // An empty list element is allowed and means nothing (RFC 9110, section 5.6.1).
  const specifiers = header
    .slice('bytes='.length)
    .split(',')
    .filter(each => each.trim() !== '')
  if (specifiers.length === 0 || specifiers.length > RANGES_LIMIT) return 'whole'
  const ranges: ByteRange[] = []
  let total = 0
  for (const specifier of specifiers) {
    const match = SPECIFIER.exec(specifier)
    if (match === null) return 'whole'
    const range = resolve(match, sizeBytes)
    if (range.first > range.last) continue
    ranges.push(range)
    total += lengthOf(range)
  }
  if (ranges.length === 0) return 'unsatisfiable'
  return total > sizeBytes ? 'whole' : ranges
}

export function lengthOf({ first, last }: ByteRange): number {
  return last - first + 1
}

/** `Content-Range` of a part (RFC 9110, section 14.4). */
export function contentRange({ first, last }: ByteRange, sizeBytes: number): string {
  return `bytes ${first}-${last}/${sizeBytes}`
}

/** Clips a range to the bytes that are there. A range outside of them has `first > last`. */
function resolve([, first = '', last = '', suffix]: RegExpExecArray, sizeBytes: number): ByteRange {
  if (suffix !== undefined) return { first: Math.max(0, sizeBytes - Number(suffix)), last: sizeBytes - 1 }
  return { first: Number(first), last: last === '' ? sizeBytes - 1 : Math.min(Number(last), sizeBytes - 1) }
}
