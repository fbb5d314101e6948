import type { Digest } from '../../domain/digest.ts'

/** Content never changes under its digest, so the digest is a strong validator (RFC 9110, section 8.8.3). */
export function etagOf(digest: Digest): string {
  return `"${digest}"`
}

/** True when the client holds the bytes already (`If-None-Match`; RFC 9110, section 13.1.2). */
export function isHeld(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false
  if (header === etag || header.trim() === '*') return true
  return header.split(',').some(each => each.trim().replace(/^W\//, '') === etag)
}

/** True when a `Range` is to be looked at: no `If-Range`, or one that names these very bytes (section 13.1.5). */
export function rangeApplies(ifRange: string | string[] | undefined, etag: string): boolean {
  return ifRange === undefined || ifRange === etag
}
