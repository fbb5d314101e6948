import type { IncomingMessage } from 'node:http'
import type { ClientOf } from './client.ts'

/** How clients reach the server, for what it writes into answers. */
export interface Origins {
  /** `http://127.0.0.1:5000`, without a slash at the end. */
  url(request: IncomingMessage): string
  /** The host that image URIs begin with: `127.0.0.1:5000`. */
  registryHost(request: IncomingMessage): string
}

export interface OriginSettings {
  readonly publicUrl: string | undefined
  readonly registryHost: string | undefined
  readonly clientOf: ClientOf
}

const HOST = /^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?$/

/** What is configured, else what the request itself says; a Host header that is no host is not repeated. */
export function createOrigins({ publicUrl, registryHost, clientOf }: OriginSettings): Origins {
  const fixed = publicUrl?.replace(/\/+$/, '')
  const hostOf = ({ headers, socket }: IncomingMessage) =>
    headers.host !== undefined && HOST.test(headers.host)
      ? headers.host
      : `${inUrl(socket.localAddress ?? '127.0.0.1')}:${socket.localPort ?? 80}`
  return {
    url: request => fixed ?? `${clientOf(request).isSecure ? 'https' : 'http'}://${hostOf(request)}`,
    registryHost: request => registryHost ?? (fixed === undefined ? hostOf(request) : new URL(fixed).host),
  }
}

/** RFC 3986, section 3.2.2; a dual-stack socket has IPv4 addresses as `::ffff:192.0.2.1`. */
function inUrl(address: string): string {
  const plain = address.replace(/^::ffff:(?=[0-9.]+$)/i, '')
  return plain.includes(':') ? `[${plain}]` : plain
}
