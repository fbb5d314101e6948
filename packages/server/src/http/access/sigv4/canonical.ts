import { createHash } from 'node:crypto'
import { ALGORITHM, type CredentialScope } from './authorization.ts'

export interface CanonicalRequestParts {
  readonly method: string
  /** The path as sent: percent-encoded once, without the query. */
  readonly path: string
  /** The query as sent, without the `?`. */
  readonly query: string
  /** Values by lower-case name, in the order sent. */
  readonly headers: ReadonlyMap<string, readonly string[]>
  readonly signedHeaders: readonly string[]
  readonly bodySha256: string
}

/** The text whose hash a request's signature covers (AWS Signature Version 4, "Create a canonical request"). */
export function canonicalRequest(parts: CanonicalRequestParts): string {
  const { method, path, query, headers, signedHeaders, bodySha256 } = parts
  const headerLines = signedHeaders.map(name => `${name}:${canonicalValue(headers.get(name) ?? [])}\n`).join('')
  return [method, canonicalPath(path), canonicalQuery(query), headerLines, signedHeaders.join(';'), bodySha256].join(
    '\n',
  )
}

/** The text that is signed. `time` is `YYYYMMDDTHHMMSSZ`. */
export function stringToSign(time: string, scope: CredentialScope, canonical: string): string {
  const { date, region, service } = scope
  const hash = createHash('sha256').update(canonical).digest('hex')
  return [ALGORITHM, time, `${date}/${region}/${service}/aws4_request`, hash].join('\n')
}

/**
 * The path as it is signed for every service but S3: dot segments are resolved, empty ones dropped, and the rest is
 * encoded once more than it was sent.
 */
export function canonicalPath(path: string): string {
  const segments: string[] = []
  for (const segment of path.split('/')) {
    if (segment === '..') segments.pop()
    else if (segment !== '' && segment !== '.') segments.push(encode(Buffer.from(segment)))
  }
  return segments.length === 0 ? '/' : `/${segments.join('/')}${path.endsWith('/') ? '/' : ''}`
}

/**
 * The query as it is signed. Names and values are decoded and encoded anew, so that one spelling is left, and sorted
 * by name, then by value.
 */
export function canonicalQuery(query: string): string {
  return query
    .split('&')
    .filter(piece => piece !== '')
    .map(piece => {
      const equals = piece.indexOf('=')
      const [name, value] = equals < 0 ? [piece, ''] : [piece.slice(0, equals), piece.slice(equals + 1)]
      return [encode(decode(name)), encode(decode(value))] as const
    })
    .sort(([name, value], [otherName, otherValue]) => compare(name, otherName) || compare(value, otherValue))
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
}

function canonicalValue(values: readonly string[]): string {
  return values.map(value => value.replace(/[ \t]+/g, ' ').replace(/^ | $/g, '')).join(',')
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const UNRESERVED = /[A-Za-z0-9\-._~]/
const ENCODED = Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte)
  return UNRESERVED.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
})

/** Encodes byte by byte, so that no input can be malformed: `encodeURIComponent` throws on some, and spares `!'()*`. */
function encode(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += ENCODED[byte]
  return text
}

/** Decodes percent-encoding. A `%` that no two hexadecimal digits follow stands for itself, and so does `+`. */
function decode(text: string): Uint8Array {
  const pieces = text.split(/(%[0-9A-Fa-f]{2})/)
  return Buffer.concat(
    pieces.map((piece, index) => (index % 2 === 1 ? Buffer.from(piece.slice(1), 'hex') : Buffer.from(piece))),
  )
}
