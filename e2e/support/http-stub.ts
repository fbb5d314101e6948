import { createServer, type IncomingMessage, type Server } from 'node:http'

export interface StubRequest {
  readonly method: string
  /** The request target as it was sent. */
  readonly target: string
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: string
}

export interface StubAnswer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  /** The body: text as it is, anything else as JSON. */
  readonly body: unknown
}

/** A server on a free loopback port that answers as it is told, and keeps what it was asked. */
export interface HttpStub extends AsyncDisposable {
  readonly url: string
  readonly requests: StubRequest[]
}

/** @param answer what to answer; undefined never answers, to try the client's patience */
export async function startHttpStub(
  answer: (request: StubRequest) => StubAnswer | undefined | Promise<StubAnswer>,
): Promise<HttpStub> {
  const requests: StubRequest[] = []
  const server = createServer(async (incoming, response) => {
    const request = await readRequest(incoming)
    requests.push(request)
    const given = await answer(request)
    if (given === undefined) return
    const { status = 200, headers = {}, body } = given
    response.writeHead(status, { connection: 'close', ...headers })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  })
  // A client that takes this for its proxy tells where it would have gone, and gets no further.
  server.on('connect', ({ url: target = '' }, socket) => {
    requests.push({ method: 'CONNECT', target, headers: {}, body: '' })
    socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n')
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${portOf(server)}`,
    requests,
    [Symbol.asyncDispose]: () =>
      new Promise<void>(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function readRequest(incoming: IncomingMessage): Promise<StubRequest> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk)
  const headers = Object.fromEntries(
    Object.entries(incoming.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  )
  const body = Buffer.concat(chunks).toString()
  return { method: incoming.method ?? '', target: incoming.url ?? '', headers, body }
}

function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return address.port
}
