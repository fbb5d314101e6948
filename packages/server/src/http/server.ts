import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'

export type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>

export interface Surfaces {
  /** Everything under `/v2`. */
  readonly oci: Handler
  /** `/token` and `/token/`: where clients change a login for a bearer token. */
  readonly token: Handler
  /** `POST /`: the control API. */
  readonly control: Handler
  /** `/logos/...`. */
  readonly logos: Handler
  /** False while the server should get no new traffic. */
  readonly ready: () => Promise<boolean>
}

export interface ServerLimits {
  /** A connection without any traffic for this long is closed. */
  readonly idleMs: number
  /** Hears of what no surface had an answer for; the client gets a bare 500. */
  readonly onError: (error: unknown) => void
}

/**
 * One port for both protocols. Headers must arrive within 20 seconds; a body may take as long as it
 * keeps moving, since layers are large and lines are slow.
 */
export function createHttpServer(surfaces: Surfaces, { idleMs, onError }: ServerLimits): Server {
  const server = createServer(
    { keepAliveTimeout: 65_000, headersTimeout: 20_000, requestTimeout: 0, connectionsCheckingInterval: 5_000 },
    (request, response) => {
      route(surfaces, request)(request, response).catch((error: unknown) => {
        onError(error)
        if (response.headersSent) response.destroy()
        else response.writeHead(500, { connection: 'close' }).end()
      })
    },
  )
  server.setTimeout(idleMs)
  // The registry says itself when it wants a body, so that a refused push never sends its layer.
  server.on('checkContinue', (request, response) => {
    if (!isRegistry(request)) response.writeContinue()
    server.emit('request', request, response)
  })
  return server
}

function route(surfaces: Surfaces, request: IncomingMessage): Handler {
  const { url = '/' } = request
  if (isRegistry(request)) return surfaces.oci
  if (request.method === 'POST' && isPath(url, '/')) return surfaces.control
  if (isPath(url, '/token') || isPath(url, '/token/')) return surfaces.token
  if (url.startsWith('/logos/')) return surfaces.logos
  if (isPath(url, '/healthz')) return answer(200, 'alive\n')
  if (isPath(url, '/readyz'))
    return async (...exchange) => {
      const ready = await surfaces.ready()
      await answer(ready ? 200 : 503, ready ? 'ready\n' : 'not ready\n')(...exchange)
    }
  if (isPath(url, '/')) return answer(200, FRONT_DOOR)
  return answer(404, 'There is nothing here. The registry is under /v2/, the control API at POST /.\n')
}

const isRegistry = ({ url = '/' }: IncomingMessage): boolean => /^\/v2(?:[/?]|$)/.test(url)

const isPath = (url: string, path: string): boolean =>
  url === path || (url.startsWith(path) && url[path.length] === '?')

const FRONT_DOOR = `berth: a public container registry.

  docker pull HOST/ALIAS/NAME            the registry, OCI Distribution v1.1, is under /v2/
  aws ecr-public --endpoint-url URL ...  the control API is at POST /
`

function answer(status: number, text: string): Handler {
  return async (request, response) => {
    response.writeHead(status, {
      'content-type': 'text/plain; charset=utf-8',
      'content-length': Buffer.byteLength(text),
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    })
    response.end(request.method === 'HEAD' ? undefined : text)
  }
}
