import { randomUUID } from 'node:crypto'
import { type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { whenFirst } from './when-first.ts'
import { whenOver } from './when-over.ts'

/** An answer to bytes that never became a request that a surface could answer. */
interface Refusal {
  readonly status: 400 | 405 | 408 | 413 | 417 | 431 | 501
  readonly code: 'UNSUPPORTED' | 'SIZE_INVALID' | 'UNAVAILABLE'
  /** The exception that a client of the control API is told instead. */
  readonly exception: string
  readonly message: string
}

const NOT_HTTP: Refusal = {
  status: 400,
  code: 'UNSUPPORTED',
  exception: 'SerializationException',
  message: 'The request is not valid HTTP/1.1',
}
const NO_HOST: Refusal = { ...NOT_HTTP, message: 'The request has no Host header' }
const TWO_HOSTS: Refusal = { ...NOT_HTTP, message: 'The request has more than one Host header' }
const NOT_A_HOST: Refusal = { ...NOT_HTTP, message: 'The Host header is not a host with an optional port' }
const OLD_CODING: Refusal = { ...NOT_HTTP, message: 'HTTP/1.0 has no Transfer-Encoding' }
const NO_CODING: Refusal = { ...NOT_HTTP, status: 501, message: 'Of transfer codings only chunked is known' }
const NO_TUNNEL: Refusal = { ...NOT_HTTP, status: 405, message: 'The registry is no proxy' }
const NO_EXPECTATION: Refusal = {
  ...NOT_HTTP,
  status: 417,
  message: 'Of expectations only 100-continue can be met',
}

const BY_PARSER_ERROR: Readonly<Record<string, Refusal>> = {
  HPE_HEADER_OVERFLOW: {
    status: 431,
    code: 'SIZE_INVALID',
    exception: 'RequestEntityTooLargeException',
    message: 'The headers are too large',
  },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: {
    status: 413,
    code: 'SIZE_INVALID',
    exception: 'RequestEntityTooLargeException',
    message: 'The extensions of a chunk are too large',
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: 408,
    code: 'UNAVAILABLE',
    exception: 'RequestTimeoutException',
    message: 'The request took too long to arrive',
  },
}

/**
 * Answers what is no request in the place of Node's bare status lines: bytes that are not HTTP, headers that are too
 * large or too late, CONNECT, unknown expectations. Answers have the registry's form, or that of the control API where
 * the bytes begin as a call of it. Each ends its connection.
 */
export function refuseWhatIsNoRequest(server: Server): void {
  const latest = new WeakMap<Duplex, ServerResponse>()
  const refused = new WeakSet<Duplex>()
  server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
    latest.set(request.socket, response)
  })
  server.on('clientError', (error: Error & { code?: string; rawPacket?: Buffer }, socket: Duplex) => {
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy(error)
      return
    }
    if (refused.has(socket)) return // nothing after it is a request either
    refused.add(socket)
    const refusal = BY_PARSER_ERROR[error.code ?? ''] ?? NOT_HTTP
    const isControl = /^POST \/[ ?]/.test(error.rawPacket?.subarray(0, 8).toString('latin1') ?? '')
    const refuse = (): void => {
      if (socket.writable) socket.end(format(refusal, isControl), () => socket.destroy())
    }
    const before = latest.get(socket)
    if (before === undefined || before.writableFinished) refuse()
    // Requests that came whole before it get their answers first.
    else if (before.req.complete) whenOver(before, refuse)
    // The body of that request is malformed. An answer under way must not get another one into its middle.
    else void whenFirst(before).then(() => (before.headersSent ? socket.destroy() : refuse()))
  })
  server.on('connect', (_request: IncomingMessage, socket: Socket) => {
    socket.on('error', () => socket.destroy())
    socket.end(format(NO_TUNNEL, false), () => socket.destroy())
  })
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
    refuse(NO_EXPECTATION, request, response)
  })
}

/** RFC 3986, sections 3.2.2 and 3.2.3. An empty one is that of a URL without a host (RFC 9110, section 7.2). */
const HOST = /^(?:[A-Za-z0-9._~!$&'()*+,;=%-]*|\[[A-Za-z0-9._~!$&'()*+,;=:%-]+\])(?::[0-9]*)?$/

/**
 * Refuses a request for its head, and returns true, where the head lacks the one good `Host` that HTTP/1.1 demands (RFC
 * 9112, section 3.2): a proxy in front may have decided by another `Host` than the one that would count here. It also
 * refuses a body with a coding that would be stored as if it were the body (section 6.1).
 */
export function refusedForHead(request: IncomingMessage, response: ServerResponse): boolean {
  const refusal = faultOfHost(request) ?? faultOfCoding(request)
  if (refusal !== undefined) refuse(refusal, request, response)
  return refusal !== undefined
}

function faultOfHost({ headers: { host }, httpVersion }: IncomingMessage): Refusal | undefined {
  if (host === undefined) return httpVersion === '1.1' ? NO_HOST : undefined
  if (HOST.test(host)) return undefined
  return host.includes(', ') ? TWO_HOSTS : NOT_A_HOST // as Node joins what stands twice
}

function faultOfCoding({ headers, httpVersion }: IncomingMessage): Refusal | undefined {
  const coding = headers['transfer-encoding']
  if (coding === undefined) return undefined
  if (httpVersion === '1.0') return OLD_CODING
  // Where chunks do not come last, nobody knows where the body ends, and the parser refuses it.
  return /,[ \t]*chunked[ \t]*$/i.test(coding) ? NO_CODING : undefined
}

function refuse(refusal: Refusal, { method, url }: IncomingMessage, response: ServerResponse): void {
  const [head, body] = parts(refusal, method === 'POST' && /^\/(?:\?|$)/.test(url ?? ''))
  response.writeHead(refusal.status, head)
  response.end(method === 'HEAD' ? undefined : body)
}

function format(refusal: Refusal, isControl: boolean): string {
  const [head, body] = parts(refusal, isControl)
  const lines = Object.entries(head).map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status]}\r\n${lines.join('')}\r\n${body}`
}

function parts(refusal: Refusal, isControl: boolean): [head: Record<string, string | number>, body: string] {
  const { code, exception, message } = refusal
  const body = JSON.stringify(isControl ? { __type: exception, message } : { errors: [{ code, message }] })
  const head = {
    'content-type': isControl ? 'application/x-amz-json-1.1' : 'application/json',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    connection: 'close',
    ...(refusal.status === 405 && { allow: 'GET, HEAD, POST, PUT, PATCH, DELETE' }),
    ...(isControl && { 'x-amzn-ErrorType': exception, 'x-amzn-RequestId': randomUUID() }),
  }
  return [head, body]
}
