import { type Framing, framingOf, HttpError, parseHead, type ResponseHead } from './response-head.ts'

/**
 * HTTP/1.1 as far as one small request on its own connection needs it (RFC 9112). Loading Node's own client would take
 * longer than the whole command takes to run.
 */
export type HttpResponse = ResponseHead & { readonly body: string }

export interface HttpRequest {
  readonly method: string
  /** The request's path, or a whole URL for a proxy. */
  readonly target: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

/** The bytes of a request, as text: its line, its headers with the length of the body, and the body. */
export function formatRequest({ method, target, headers, body = '' }: HttpRequest): string {
  const all = { ...headers, 'content-length': String(Buffer.byteLength(body)) }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value.replace(/[\r\n]+/g, ' ')}\r\n`)
  return `${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n${body}`
}

const MOST_HEADER_BYTES = 256 * 1024
const SWITCHING_PROTOCOLS = 101
/** More digits would be more than a number holds. */
const CHUNK_LINE = /^0*([\da-f]{1,13})[ \t]*(?:;.*)?$/i

/**
 * Makes a reader that takes an answer in pieces of any size. `push` returns the answer as soon as it is complete, and
 * `end` when the connection ends.
 */
export function createResponseReader({ tunnel = false } = {}) {
  let pending: Buffer = Buffer.alloc(0)
  let head: ResponseHead | undefined
  let framing: Framing = { kind: 'close' }
  const body: Buffer[] = []

  const finished = (start: ResponseHead): HttpResponse => ({ ...start, body: Buffer.concat(body).toString('utf8') })

  /** The bytes up to the next line end, or undefined when there is none yet. */
  function takeLine(): string | undefined {
    const end = pending.indexOf('\n')
    if (end < 0) {
      if (pending.length > MOST_HEADER_BYTES) throw new HttpError('too long')
      return undefined
    }
    const line = pending.toString('latin1', 0, end).replace(/\r$/, '')
    pending = pending.subarray(end + 1)
    return line
  }

  function readHead(): ResponseHead | undefined {
    const end = /\r?\n\r?\n/.exec(pending.toString('latin1'))
    if (!end) {
      if (pending.length > MOST_HEADER_BYTES) throw new HttpError('too long')
      return undefined
    }
    const text = pending.toString('latin1', 0, end.index)
    pending = pending.subarray(end.index + end[0].length)
    return parseHead(text)
  }

  /** The chunk that is being read; its line end counts too. */
  let chunk: { left: number } | undefined
  let trailers = false
  let trailerBytes = 0

  function readChunks(): boolean {
    for (;;) {
      if (chunk) {
        const piece = pending.subarray(0, chunk.left)
        body.push(piece)
        pending = pending.subarray(piece.length)
        chunk.left -= piece.length
        if (chunk.left > 0) return false
        const end = takeLine()
        if (end === undefined) return false
        if (end !== '') throw new HttpError('too long')
        chunk = undefined
      }
      const line = takeLine()
      if (line === undefined) return false
      if (trailers) {
        if (line === '') return true
        trailerBytes += line.length
        if (trailerBytes > MOST_HEADER_BYTES) throw new HttpError('too long')
        continue
      }
      const size = CHUNK_LINE.exec(line)?.[1]
      if (size === undefined) throw new HttpError('no size')
      const left = Number.parseInt(size, 16)
      if (left === 0) trailers = true
      else chunk = { left }
    }
  }

  function advance(): HttpResponse | undefined {
    while (!head) {
      const found = readHead()
      if (!found) return undefined
      if (found.status === SWITCHING_PROTOCOLS) throw new HttpError('another protocol')
      if (found.status >= 200) {
        head = found
        framing = framingOf(found, tunnel)
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
      throw new HttpError('not complete')
    },
  }
}
