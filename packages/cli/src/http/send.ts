import { type ClientRequest, request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import {
  connectFailed,
  connectionClosed,
  connectTimedOut,
  NetworkError,
  readTimedOut,
  tlsFailed,
} from './network-error.ts'
import type { SignedRequest } from './sign.ts'

export type HttpResponse = {
  readonly status: number
  readonly reason: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

export type Transport = {
  /** Seconds; 0 waits for ever. */
  readonly connectTimeout: number
  readonly readTimeout: number
  readonly verifyTls: boolean
  /** A file of certificates that replaces the trusted roots. */
  readonly caBundle?: string
  readonly proxy?: URL
}

/**
 * Sends one request and reads the whole answer.
 * @throws NetworkError
 */
export async function send(request: SignedRequest, transport: Transport): Promise<HttpResponse> {
  const start = await opener(request, transport)
  const url = urlText(request.url)
  return new Promise((resolve, reject) => {
    let connected = false
    let timer: NodeJS.Timeout | undefined
    const outgoing = start({
      method: 'POST',
      headers: {
        ...request.headers,
        host: request.url.host,
        'content-length': Buffer.byteLength(request.body),
        connection: 'close',
      },
    })

    const finish = (settle: () => void) => {
      clearTimeout(timer)
      settle()
    }
    const fail = (error: Error) =>
      finish(() => {
        reject(error instanceof NetworkError ? error : describe(error, url, connected))
        outgoing.destroy()
      })
    const wait = (seconds: number, error: NetworkError) => {
      clearTimeout(timer)
      if (seconds > 0) timer = setTimeout(() => fail(error), seconds * 1000)
    }

    wait(transport.connectTimeout, connectTimedOut(url))
    outgoing.on('socket', socket => {
      const begin = () => {
        connected = true
        wait(transport.readTimeout, readTimedOut(url))
      }
      if (socket.connecting) socket.once(request.url.protocol === 'https:' ? 'secureConnect' : 'connect', begin)
      else begin()
    })
    outgoing.on('error', fail)
    outgoing.on('response', response => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk)
        wait(transport.readTimeout, readTimedOut(url))
      })
      response.on('error', fail)
      response.on('end', () => {
        finish(() =>
          resolve({
            status: response.statusCode ?? 0,
            reason: response.statusMessage ?? '',
            headers: response.headers,
            body: Buffer.concat(chunks).toString('utf8'),
          }),
        )
      })
    })
    outgoing.end(request.body)
  })
}

type Opener = (options: RequestOptions) => ClientRequest

/** What makes connections: TLS and proxies are loaded only where they are used. */
async function opener({ url }: SignedRequest, transport: Transport): Promise<Opener> {
  if (url.protocol === 'https:') {
    const { openTls } = await import('./tls.ts')
    return openTls(url, transport)
  }
  const { proxy } = transport
  if (proxy) {
    const { openThroughProxy } = await import('./proxy.ts')
    return openThroughProxy(url, proxy)
  }
  const options = { host: hostOf(url), port: url.port || 80, path: url.pathname, agent: false }
  return more => httpRequest({ ...options, ...more })
}

/** The host without the brackets that URLs put around IPv6 addresses. */
export const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '')

/** The URL as messages show it. */
export const urlText = (url: URL): string => `${url.protocol}//${url.host}${url.pathname}`

const CONNECT_CODES = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
])

function describe(error: Error, url: string, connected: boolean): NetworkError {
  const code = 'code' in error ? String(error.code) : ''
  if (CONNECT_CODES.has(code)) return connectFailed(url, error)
  if (/^(ERR_TLS|ERR_SSL|CERT_|UNABLE_TO|SELF_SIGNED|DEPTH_ZERO|EPROTO|HOSTNAME)/.test(code))
    return tlsFailed(url, error)
  return connected || code === 'ECONNRESET' ? connectionClosed(url, error) : connectFailed(url, error)
}
