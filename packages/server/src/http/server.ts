import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { Socket } from 'node:net'
import { isOutage, isProblem } from '../domain/problem.ts'
import type { Memory } from '../ports/memory.ts'
import { type Settled, settledResponse } from '../runtime/settled-response.ts'
import { noteArrival, shortTurn } from '../runtime/short-turn.ts'
import { waitsToSend } from './bodies/expectation.ts'
import { quietRequests } from './bodies/quiet-request.ts'
import { hasBody } from './bodies/read-body.ts'
import type { ClientOf } from './client.ts'
import type { CountRequest } from './count-requests.ts'
import { acceptsHtml } from './gallery/accepts-html.ts'
import { isOwnPath } from './gallery/parse-path.ts'
import { refusedForHead, refuseWhatIsNoRequest } from './not-http.ts'
import { onConnection } from './on-connection.ts'
import { createRequestQueue } from './request-queue.ts'

export type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>

export interface Surfaces {
  /** Answers everything under `/v2`. */
  readonly oci: Handler
  /** Answers `/token` and `/token/`, where clients change a login for a bearer token. */
  readonly token: Handler
  /** Answers `POST /`: the control API. */
  readonly control: Handler
  /** Answers `/logos/...`. */
  readonly logos: Handler
  /** Answers browsers with pages; undefined for none. */
  readonly gallery?: Handler | undefined
  /** Counts what no surface answers, and throws where that is too much. Absent, nothing is too much. */
  readonly count?: CountRequest | undefined
  /** Whether the server should get new traffic; else the reason why not. */
  readonly ready: () => Promise<true | string>
}

export interface ServerLimits {
  /** Milliseconds without any traffic after which a connection is closed, unless the server is at work for it. */
  readonly idleMs: number
  /** Counts what requests hold that wait for their turn. */
  readonly memory: Memory
  readonly clientOf: ClientOf
  /** Undefined where rows tell only of what is durable. */
  readonly settled?: Settled | undefined
  /**
   * Called for errors that no surface had an answer for. The client gets a bare 500, or a 503 where waiting may help.
   */
  readonly onError: (error: unknown) => void
  /** Certificate and key in PEM. Without them the server speaks plain HTTP. */
  readonly tls?: { readonly cert: Buffer; readonly key: Buffer } | undefined
}

/**
 * Milliseconds that a connection stays open between requests: longer than in the load balancers in front, so that they
 * close a connection first.
 */
const KEEP_ALIVE_MS = 65_000
const HEADERS_MS = 20_000
/** The headers of an answer without a body, which ends the connection. */
const BARE = { connection: 'close', 'cache-control': 'no-store' }

/**
 * Makes the server of one port for both protocols. Headers must arrive within 20 seconds. How long a body may take is
 * for its surface to say, since layers are large and lines are slow.
 */
export function createHttpServer(surfaces: Surfaces, limits: ServerLimits): Server {
  const { idleMs, memory, clientOf, settled, onError, tls } = limits
  const options = {
    // Between requests a connection is idle too.
    keepAliveTimeout: Math.min(KEEP_ALIVE_MS, idleMs),
    headersTimeout: HEADERS_MS,
    requestTimeout: 0,
    connectionsCheckingInterval: 5_000,
    requireHostHeader: false, // a request without one is refused below, with a body that says why
    // Node would take the first of a header that may stand once: a proxy in front may have gone by the last.
    joinDuplicateHeaders: true,
    ...quietRequests,
    ...(settled && { ServerResponse: settledResponse(settled, isProbe) }),
  }
  const begin = (request: IncomingMessage, response: ServerResponse): void => {
    if (refusedForHead(request, response)) return
    takeOriginForm(request)
    // The registry says itself when it wants a body, so that a refused push never sends its layer.
    if (waitsToSend(request) && !isRegistry(request)) response.writeContinue()
    route(surfaces, request)(request, response).catch((error: unknown) => {
      onError(error)
      answerBarely(response, error)
    })
  }
  const listener: RequestListener = (request, response) => {
    response.on('timeout', letWorkTakeItsTime)
    endLateBody(request, response, idleMs / 2)
    queue(request, response, () => {
      // A probe of whether the server is alive does not wait for the work that the server has.
      const turn = isProbe(request) ? undefined : shortTurn(() => clientOf(request).address)
      if (turn === undefined) begin(request, response)
      else
        void turn.then(() => {
          if (!request.socket.destroyed) begin(request, response)
        })
    })
  }
  const server: Server =
    tls === undefined
      ? createServer(options, listener)
      : createTlsServer({ ...options, ...tls, handshakeTimeout: HEADERS_MS, allowHalfOpen: true }, listener)
  const queue = createRequestQueue(server, memory)
  server.setTimeout(idleMs)
  // Node would drop headers after the first two thousand, such as a condition. 16 KiB are the limit of them all.
  server.maxHeadersCount = 0
  // Each answer that waits for its turn listens to its connection, and a client may ask for many answers: that is no
  // leak.
  onConnection(server, socket => {
    noteArrival()
    socket.setMaxListeners(0)
  })
  // A client that has sent everything may close its half of the connection, and waits for the answer on the other.
  Object.assign(server, { httpAllowHalfOpen: true })
  refuseWhatIsNoRequest(server)
  server.on('checkContinue', (request, response) => server.emit('request', request, response))
  return server
}

/**
 * Answers in the place of a surface that failed. Both wires word every error themselves, so this is for a surface
 * without a table of errors: a page, a logo, or a token for which a defect came between. Nobody knows in which protocol
 * the client reads, and so it gets a status alone. A store that is away is the one error worth waiting for.
 */
function answerBarely(response: ServerResponse, error: unknown): void {
  if (response.headersSent) response.destroy()
  else if (isOutage(error))
    response.writeHead(503, { ...BARE, 'retry-after': String(error.problem.retryAfterSeconds) }).end()
  else response.writeHead(500, BARE).end()
}

/** A client is silent while it waits: the stores may take longer to complete a large blob than a line may be idle. */
function letWorkTakeItsTime(this: ServerResponse, socket: Socket): void {
  if (!this.req.complete || this.headersSent) socket.destroy()
}

function route(surfaces: Surfaces, request: IncomingMessage): Handler {
  const { url = '/' } = request
  if (isRegistry(request)) return surfaces.oci
  if (request.method === 'POST' && isPath(url, '/')) return surfaces.control
  if (isPath(url, '/token') || isPath(url, '/token/')) return surfaces.token
  if (url.startsWith('/logos/')) return surfaces.logos
  if (isPath(url, '/healthz')) return page(request, answer(200, 'alive\n'))
  if (isPath(url, '/readyz'))
    return page(request, async (...exchange) => {
      const ready = await surfaces.ready()
      await (ready === true ? answer(200, 'ready\n') : answer(503, `not ready: ${ready}\n`))(...exchange)
    })
  if (surfaces.gallery !== undefined && isForGallery(request)) return surfaces.gallery
  if (isPath(url, '/')) return counted(surfaces, page(request, answer(200, FRONT_DOOR, VARIES), 'GET, HEAD, POST'))
  return counted(surfaces, answer(404, NOTHING_HERE, VARIES))
}

const counted =
  ({ count }: Surfaces, handler: Handler): Handler =>
  async (request, response) => {
    try {
      await count?.(request, undefined, 'other')
    } catch (error) {
      if (!isProblem(error, 'tooManyRequests')) throw error
      const headers = { 'retry-after': String(error.problem.retryAfterSeconds) }
      return answer(429, 'Too many requests come from your address.\n', headers)(request, response)
    }
    await handler(request, response)
  }

const NOTHING_HERE = 'There is nothing here. The registry is under /v2/, the control API at POST /.\n'

/** The same path is a page to a browser. */
const VARIES = { vary: 'accept' }

/** The gallery's own paths, and whatever else a browser asks to see. Others get the texts that scripts know. */
function isForGallery({ method, url = '/', headers }: IncomingMessage): boolean {
  const [path = ''] = url.split('?', 1)
  if (isOwnPath(path)) return true
  return (method === 'GET' || method === 'HEAD') && acceptsHtml(headers.accept)
}

const isProbe = ({ url = '/' }: IncomingMessage): boolean => isPath(url, '/healthz')

const isRegistry = ({ url = '/' }: IncomingMessage): boolean => /^\/v2(?:[/?]|$)/.test(url)

const ABSOLUTE = /^https?:\/\/(?:[^/?]*@)?([^/?@]*)/i

/** Servers must take absolute URLs, whose host goes before that of the header (RFC 9112, section 3.2.2). */
function takeOriginForm(request: IncomingMessage): void {
  const { url = '/' } = request
  if (url.startsWith('/')) return
  const [start, host] = ABSOLUTE.exec(url) ?? []
  if (start === undefined) return
  request.url = url.slice(start.length).replace(/^(?=\?|$)/, '/')
  if (host !== undefined) request.headers.host = host
}

/** Ends a body that comes after its answer. Its bytes are thrown away, and it must end as other bodies must. */
function endLateBody(request: IncomingMessage, response: ServerResponse, windowMs: number): void {
  if (!hasBody(request)) return
  const { socket } = request
  response.once('close', () => {
    if (request.complete || socket.destroyed) return
    const timer = setTimeout(() => {
      if (!request.complete) socket.destroy()
    }, windowMs)
    socket.once('close', () => clearTimeout(timer))
  })
}

const isPath = (url: string, path: string): boolean =>
  url === path || (url.startsWith(path) && url[path.length] === '?')

const FRONT_DOOR = `berth: a public container registry.

  docker pull HOST/ALIAS/NAME            the registry, OCI Distribution v1.1, is under /v2/
  aws ecr-public --endpoint-url URL ...  the control API is at POST /
`

/** A page that is there to be read. */
const page = ({ method }: IncomingMessage, handler: Handler, allow = 'GET, HEAD'): Handler =>
  method === 'GET' || method === 'HEAD' ? handler : answer(405, `The methods here are ${allow}.\n`, { allow })

function answer(status: number, text: string, headers: Readonly<Record<string, string>> = {}): Handler {
  return async (request, response) => {
    response.writeHead(status, {
      'content-type': 'text/plain; charset=utf-8',
      'content-length': Buffer.byteLength(text),
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      ...headers,
    })
    response.end(request.method === 'HEAD' ? undefined : text)
  }
}
