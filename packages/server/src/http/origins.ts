import type { IncomingMessage } from 'node:http'
import type { ClientOf } from './client.ts'

/** How clients reach the server, as answers repeat it. */
export interface Origins {
  /** `http://127.0.0.1:5000`, without a slash at the end. */
  url(request: IncomingMessage): string
  /** The host that image URIs begin with: `127.0.0.1:5000`. */
  registryHost(request: IncomingMessage): string
  /** Whether clients may take a URL for one of this server, and send their login there. */
  mayGetLogin(request: IncomingMessage, url: string): boolean
}

export interface OriginSettings {
  readonly publicUrl: string | undefined
  readonly registryHost: string | undefined
  readonly clientOf: ClientOf
}

const HOST = /^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?$/

/**
 * Makes `Origins` of what is configured, else of what the request itself says. A Host header that is no host is not
 * repeated.
 */
export function createOrigins({ publicUrl, registryHost, clientOf }: OriginSettings): Origins {
  const fixed = publicUrl === undefined ? undefined : new URL(publicUrl).origin
  const hostOf = ({ headers, socket }: IncomingMessage) =>
    headers.host !== undefined && HOST.test(headers.host)
      ? headers.host
      : `${inUrl(socket.localAddress ?? '127.0.0.1')}:${socket.localPort ?? 80}`
  return {
    url: request => fixed ?? `${clientOf(request).isSecure ? 'https' : 'http'}://${hostOf(request)}`,
    registryHost: request => registryHost ?? (fixed === undefined ? hostOf(request) : new URL(fixed).host),
    mayGetLogin: (request, url) => {
      const name = nameOf(new URL(url).host)
      const known = [hostOf(request), registryHost, fixed && new URL(fixed).host]
      return known.some(host => host !== undefined && isOrIsBelow(name, nameOf(host)))
    },
  }
}

/**
 * The name in a host, without the port: Go's clients, docker's among them, compare names alone (net/http,
 * shouldCopyHeaderOnRedirect).
 */
function nameOf(host: string): string {
  const url = `http://${host}`
  return (URL.canParse(url) ? new URL(url).hostname : host.toLowerCase()).replace(/\.+$/, '')
}

const isOrIsBelow = (name: string, parent: string) => name === parent || name.endsWith(`.${parent}`)

/** RFC 3986, section 3.2.2; a dual-stack socket has IPv4 addresses as `::ffff:192.0.2.1`. */
function inUrl(address: string): string {
  const plain = address.replace(/^::ffff:(?=[0-9.]+$)/i, '')
  return plain.includes(':') ? `[${plain}]` : plain
}
