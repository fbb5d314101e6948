/**
 * HTTP/1.1 as far as one small request on its own connection needs it (RFC 9112). Loading Node's own client would take
 * longer than the whole command takes to run.
 */
export type HttpResponse = {
  readonly status: number
  readonly reason: string
  /** Values by lower-case name. Of a repeated header the last one counts, but warnings add up. */
  readonly headers: ReadonlyMap<string, string>
  readonly body: string
}

export type HttpRequest = {
  readonly method: string
  /** The request's path, or a whole URL for a proxy. */
  readonly target: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

/** The answer is not HTTP, or ends too soon. */
export class HttpError extends Error {}

export function formatRequest({ method, target, headers, body = '' }: HttpRequest): string {
  const all = { ...headers, 'content-length': String(Buffer.byteLength(body)) }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value.replace(/[\r\n]+/g, ' ')}\r\n`)
  return `${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n${body}`
}

const STATUS_LINE = /^HTTP\/\d\.\d (\d{3})(?: (.*))?$/
const MOST_HEADER_BYTES = 256 * 1024
const NO_BODY = new Set([204, 304])

type Framing = { readonly kind: 'length'; left: number } | { readonly kind: 'chunked' } | { readonly kind: 'close' }

/**
 * Makes a reader that takes an answer in pieces of any size. `push` returns the answer as soon as it is complete, and
 * `end` when the connection ends.
 */
export function createResponseReader({ tunnel = false } = {}) {
  let pending: Buffer = Buffer.alloc(0)
  let head: Omit<HttpResponse, 'body'> | undefined
  let framing: Framing = { kind: 'close' }
  const body: Buffer[] = []

  const finished = (start: Omit<HttpResponse, 'body'>): HttpResponse => ({
    ...start,
    body: Buffer.concat(body).toString('utf8'),
  })

  /** The bytes up to the next line end, or undefined when there is none yet. */
  function takeLine(): string | undefined {
    const end = pending.indexOf('\n')
    if (end < 0) {
      if (pending.length > MOST_HEADER_BYTES) throw new HttpError('a line is too long')
      return undefined
    }
    const line = pending.toString('latin1', 0, end).replace(/\r$/, '')
    pending = pending.subarray(end + 1)
    return line
  }

  function readHead(): Omit<HttpResponse, 'body'> | undefined {
    const end = /\r?\n\r?\n/.exec(pending.toString('latin1'))
    if (!end) {
      if (pending.length > MOST_HEADER_BYTES) throw new HttpError('the headers are too long')
      return undefined
    }
    const [first = '', ...lines] = pending.toString('latin1', 0, end.index).split(/\r?\n/)
    pending = pending.subarray(end.index + end[0].length)
    const status = STATUS_LINE.exec(first)
    if (!status) throw new HttpError('the answer is not HTTP')
    const headers = new Map<string, string>()
    for (const line of lines) {
      const colon = line.indexOf(':')
      if (colon <= 0) continue
      const [name, value] = [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
      const before = name === 'warning' ? headers.get(name) : undefined
      headers.set(name, before === undefined ? value : `${before}, ${value}`)
    }
    return { status: Number(status[1]), reason: status[2] ?? '', headers }
  }

  function framingOf({ status, headers }: Omit<HttpResponse, 'body'>): Framing {
    if (tunnel || NO_BODY.has(status)) return { kind: 'length', left: 0 }
    if (/chunked/i.test(headers.get('transfer-encoding') ?? '')) return { kind: 'chunked' }
    const length = headers.get('content-length')
    if (length === undefined) return { kind: 'close' }
    if (!/^\d+$/.test(length)) throw new HttpError('the length of the answer is no number')
    return { kind: 'length', left: Number(length) }
  }

  /** The chunk that is being read; its line end counts too. */
  let chunk: { left: number } | undefined
  let trailers = false

  function readChunks(): boolean {
    for (;;) {
      if (chunk) {
        const piece = pending.subarray(0, chunk.left)
        body.push(piece)
        pending = pending.subarray(piece.length)
        chunk.left -= piece.length
        if (chunk.left > 0 || takeLine() === undefined) return false
        chunk = undefined
      }
      const line = takeLine()
      if (line === undefined) return false
      if (trailers) {
        if (line === '') return true
        continue
      }
      const size = /^\s*([\da-f]+)/i.exec(line)?.[1]
      if (size === undefined) throw new HttpError('a chunk has no size')
      const left = Number.parseInt(size, 16)
      if (left === 0) trailers = true
      else chunk = { left }
    }
  }

  function advance(): HttpResponse | undefined {
    while (!head) {
      const found = readHead()
      if (!found) return undefined
      if (found.status >= 200) {
        head = found
        framing = framingOf(found)
      }
    }
    if (framing.kind === 'chunked') return readChunks() ? finished(head) : undefined
    const wanted = framing.kind === 'length' ? framing.left : pending.length
    const piece = pending.subarray(0, wanted)
    body.push(piece)
    pending = pending.subarray(piece.length)
    if (framing.kind === 'close') return undefined
    framing.left -= piece.length
    return framing.left === 0 ? finished(head) : undefined
  }

  return {
    push(bytes: Buffer): HttpResponse | undefined {
      pending = pending.length === 0 ? bytes : Buffer.concat([pending, bytes])
      return advance()
    },
    /** The answer at the end of the connection. @throws HttpError when it is not complete */
    end(): HttpResponse {
      if (head && framing.kind === 'close') return finished(head)
      throw new HttpError('the connection was closed before the answer was complete')
    },
  }
}
