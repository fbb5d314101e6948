/** The head of an answer in HTTP/1.1, and how its body is framed (RFC 9112, sections 4 to 6). */
export interface ResponseHead {
  readonly status: number
  readonly reason: string
  /** Values by lower-case name. Of a repeated header the last one counts, but those of `ADDED_UP` add up. */
  readonly headers: ReadonlyMap<string, string>
}

/** How the end of a body is known. */
export type Framing =
  | { readonly kind: 'length'; left: number }
  | { readonly kind: 'chunked' }
  | { readonly kind: 'close' }

/** The answer is not HTTP, or ends too soon. */
export class HttpError extends Error {}

const STATUS_LINE = /^HTTP\/1\.\d ([1-9]\d\d)(?: (.*))?$/
/** No blank may stand before the name or the colon. */
const FIELD_LINE = /^([\w!#$%&'*+.^`|~-]+):(.*)$/
const ADDED_UP = /^(?:content-length|transfer-encoding|warning)$/
const NO_BODY = new Set([204, 304])

/** Reads what stands before the empty line. @throws HttpError for what RFC 9112 forbids */
export function parseHead(text: string): ResponseHead {
  const [first = '', ...lines] = text.split(/\r?\n/)
  const status = STATUS_LINE.exec(first)
  if (!status) throw new HttpError('no HTTP')
  const headers = new Map<string, string>()
  // A line that begins with a blank goes on with the one before.
  for (const line of lines
    .join('\n')
    .replaceAll(/\n[ \t]+/g, ' ')
    .split('\n')) {
    if (line === '') continue
    const [, name = '', value = ''] = FIELD_LINE.exec(line) ?? []
    if (name === '' || value.includes('\0')) throw new HttpError('no header')
    const key = name.toLowerCase()
    const before = ADDED_UP.test(key) ? headers.get(key) : undefined
    headers.set(key, before === undefined ? value.trim() : `${before}, ${value.trim()}`)
  }
  return { status: Number(status[1]), reason: status[2] ?? '', headers }
}

/** Tells where the body ends. A tunnel has no body. @throws HttpError for a head that could be read in two ways */
export function framingOf({ status, headers }: ResponseHead, tunnel: boolean): Framing {
  if (tunnel || NO_BODY.has(status)) return { kind: 'length', left: 0 }
  const coding = headers.get('transfer-encoding')
  const length = headers.get('content-length')
  if (coding !== undefined && length !== undefined) throw new HttpError('two framings')
  if (coding !== undefined) {
    if (coding.toLowerCase() !== 'chunked') throw new HttpError('an unknown coding')
    return { kind: 'chunked' }
  }
  return length === undefined ? { kind: 'close' } : { kind: 'length', left: parseLength(length) }
}

/** The same length may be told several times. More digits would be more than a number holds. */
function parseLength(text: string): number {
  const [length = '', ...others] = new Set(text.split(/[ \t]*,[ \t]*/))
  if (others.length > 0) throw new HttpError('two lengths')
  if (!/^\d{1,15}$/.test(length)) throw new HttpError('no number')
  return Number(length)
}
