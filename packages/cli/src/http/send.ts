import type { Socket } from 'node:net'
import type { HttpProxy } from './choose-proxy.ts'
import { addressOf, connect } from './connect.ts'
import { exchange } from './exchange.ts'
import type { HttpResponse } from './http1.ts'
import {
  connectFailed,
  connectionClosed,
  connectTimedOut,
  NetworkError,
  proxyFailed,
  readTimedOut,
  tlsFailed,
} from './network-error.ts'
import type { SignedRequest } from './sign.ts'
import type { Target } from './target.ts'

export interface Transport {
  /** Seconds until a connection must stand; 0 waits for ever. */
  readonly connectTimeout: number
  readonly readTimeout: number
  readonly verifyTls: boolean
  /** A file of certificates that replaces the trusted roots. */
  readonly caBundle?: string
  readonly proxy?: HttpProxy
}

/**
 * Sends one request on a connection of its own, and reads the whole answer.
 * @throws NetworkError
 */
export async function send(
  { url, headers, body, method = 'POST' }: SignedRequest & { readonly method?: string },
  transport: Transport,
): Promise<HttpResponse> {
  const shown = urlText(url)
  const { proxy, readTimeout } = transport
  const plainProxy = url.protocol === 'http:' && proxy ? proxy : undefined
  const socket = await open(url, transport)
  const request = {
    method,
    target: (plainProxy ? `http://${url.host}` : '') + url.pathname + url.search,
    headers: { host: url.host, ...headers, ...(await authorization(plainProxy)), connection: 'close' },
    body,
  }
  try {
    return await exchange(socket, request, { seconds: readTimeout, onTimeout: () => readTimedOut(shown) })
  } catch (error) {
    throw error instanceof NetworkError ? error : connectionClosed(shown, error)
  }
}

/** The URL as messages show it. */
export const urlText = (url: Target): string => `${url.protocol}//${url.host}${url.pathname}`

async function authorization(proxy: HttpProxy | undefined): Promise<Record<string, string>> {
  if (!proxy) return {}
  const { proxyAuthorization } = await import('./tunnel.ts')
  return proxyAuthorization(proxy.url)
}

const trustOf = ({ verifyTls, caBundle }: Pick<Transport, 'verifyTls' | 'caBundle'>) => ({
  verify: verifyTls,
  ...(caBundle !== undefined && { caBundle }),
})

/** A connection to the host of `url`, by way of the proxy if there is one. TLS is loaded only where it is used. */
async function open(url: Target, transport: Transport): Promise<Socket> {
  const { proxy, connectTimeout } = transport
  const shown = urlText(url)
  const timedOut = () => connectTimedOut(shown)
  const secured = url.protocol === 'https:'
  const address = addressOf(url, secured ? 443 : 80)
  let socket: Socket
  if (proxy) socket = await openProxy(url, proxy, transport)
  else {
    socket = await connect(address, connectTimeout, timedOut).catch(error => {
      throw error instanceof NetworkError ? error : connectFailed(shown, error)
    })
  }
  if (!secured) return socket
  const { secure } = await import('./tls.ts')
  return secure(socket, address, trustOf(transport), connectTimeout, timedOut).catch(error => {
    throw error instanceof NetworkError ? error : tlsFailed(shown, error)
  })
}

async function openProxy(url: Target, proxy: HttpProxy, { connectTimeout, ...transport }: Transport): Promise<Socket> {
  const secured = proxy.url.protocol === 'https:'
  const address = addressOf(proxy.url, secured ? 443 : 80)
  const timedOut = () => new Error('the proxy does not answer')
  try {
    let socket = await connect(address, connectTimeout, timedOut)
    if (secured) {
      const { secure } = await import('./tls.ts')
      socket = await secure(socket, address, trustOf(transport), connectTimeout, timedOut)
    }
    if (url.protocol === 'https:') {
      const { openTunnel } = await import('./tunnel.ts')
      await openTunnel(socket, url, proxy.url, connectTimeout)
    }
    return socket
  } catch (error) {
    throw proxyFailed(proxy.shown, error)
  }
}
