/** The server that recorded cases talk to: it answers as the case says, and keeps what it was asked. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { checkSignature } from './check-signature.ts'
import { parseExactly, type RecordedAnswer, type RecordedRequest } from './recorded-case.ts'

/** What the server answers. A case whose answers name its own port sets them when the port is known. */
export interface StubScript {
  readonly responses: readonly RecordedAnswer[]
  readonly routes: Readonly<Record<string, RecordedAnswer>>
  readonly secrets: Readonly<Record<string, string>>
}

export interface StubServer extends AsyncDisposable {
  readonly port: number
  readonly requests: RecordedRequest[]
  play(script: StubScript): void
}

export async function startStubServer(tls?: { readonly cert: Buffer; readonly key: Buffer }): Promise<StubServer> {
  const requests: RecordedRequest[] = []
  let script: StubScript = { responses: [], routes: {}, secrets: {} }
  let answered = 0

  const nextAnswer = (method: string, path: string): RecordedAnswer => {
    const route = Object.entries(script.routes).find(([key]) => isRoute(key, method, path))
    if (route !== undefined) return route[1]
    answered += 1
    return script.responses[Math.min(answered, script.responses.length) - 1] ?? { json: {} }
  }
  const listener = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await readAll(request)
    requests.push(recordOf(request, body, script.secrets))
    await send(response, nextAnswer(request.method ?? '', request.url ?? ''))
  }
  const server: Server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener)
  // A client that takes this for its proxy tells where it would have gone, and gets no further.
  server.on('connect', (request, socket) => {
    requests.push(recordOf(request, Buffer.alloc(0), script.secrets))
    socket.on('error', () => {})
    socket.end('HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n')
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    play: next => {
      script = next
    },
    [Symbol.asyncDispose]: () =>
      new Promise<void>(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function isRoute(key: string, method: string, path: string): boolean {
  const [verb, route = ''] = key.split(' ')
  return verb === method && (route.endsWith('*') ? path.startsWith(route.slice(0, -1)) : path === route)
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks)
}

function recordOf(request: IncomingMessage, body: Buffer, secrets: StubScript['secrets']): RecordedRequest {
  const { method = '', url: target = '', headers } = request
  const auth = checkSignature({ method, target, headers, body }, secrets)
  const header = (name: string, key = name) => (headers[name] === undefined ? {} : { [key]: String(headers[name]) })
  const showsToken = method === 'GET' && auth.signed === true && auth.access_key === undefined
  return {
    method,
    path: target,
    auth,
    ...documentOf(body),
    ...header('x-amz-target', 'target'),
    ...header('content-type', 'content_type'),
    ...header('x-amz-security-token'),
    ...header('x-aws-ec2-metadata-token'),
    ...(showsToken && header('authorization')),
  }
}

/** A body that is no JSON is told apart by what it is not. */
function documentOf(body: Buffer): { json?: unknown } {
  if (body.length === 0) return { json: null }
  try {
    return { json: parseExactly(body.toString()) }
  } catch {
    return {}
  }
}

async function send(response: ServerResponse, answer: RecordedAnswer): Promise<void> {
  if (answer.delay !== undefined) await wait(answer.delay * 1000)
  if (answer.drop === true) return void response.destroy()
  const headers = {
    'Content-Type': 'application/x-amz-json-1.1',
    'x-amzn-RequestId': 'req-0001',
    ...answer.headers,
  }
  const body = bodyOf(answer)
  response.statusCode = answer.status ?? 200
  for (const [name, value] of Object.entries(headers)) if (value !== null) response.setHeader(name, value)
  response.setHeader('Content-Length', body.length)
  response.end(body)
}

function bodyOf({ json, body_b64: base64, body = '' }: RecordedAnswer): Buffer {
  if (json !== undefined) return Buffer.from(JSON.stringify(json))
  return base64 === undefined ? Buffer.from(body) : Buffer.from(base64, 'base64')
}
