import type { IncomingMessage } from 'node:http'
import { isIPv4 } from 'node:net'
import type { ClientOf } from '../../client.ts'

/** How a browser reached the server, as far as that decides what the browser may be trusted with. */
export interface Door {
  /** `plain` is HTTP that may have passed a network: whoever listened there has read all of it. */
  readonly kind: 'https' | 'loopback' | 'plain'
  /** The port that the browser knows the server by: cookies of one host are shared by all its ports. */
  readonly port: string
  /** The origins that a form of this server may be sent from, the likelier first. */
  readonly origins: readonly string[]
  /** Whether the `Host` is one of this server's own, and not a name that a stranger has led here. */
  readonly isKnown: boolean
}

export type DoorOf = (request: IncomingMessage) => Door

export interface DoorSettings {
  readonly clientOf: ClientOf
  /** The server's lasting URL; undefined where it is not configured. */
  readonly publicUrl: string | undefined
  /** The name or address that the server was told to listen at. */
  readonly listenHost: string
}

const FORWARDED = ['x-forwarded-for', 'x-forwarded-proto', 'forwarded', 'via'] as const

/** Known hosts are that of the public URL, the address where the server listens, and loopback. */
export function createDoorOf({ clientOf, publicUrl, listenHost }: DoorSettings): DoorOf {
  const publicOrigin = publicUrl === undefined ? undefined : new URL(publicUrl).origin
  return request => {
    const { headers, socket } = request
    const { address, isSecure } = clientOf(request)
    const here = originOf(isSecure, headers.host)
    const name = here === undefined ? '' : new URL(here).hostname
    // A proxy on this machine passes on what others have sent.
    const isFromHere = isLoopback(inUrl(address)) && !FORWARDED.some(each => headers[each] !== undefined)
    const listening = [listenHost, socket.localAddress ?? ''].map(each =>
      originOf(isSecure, `${inUrl(each)}:${socket.localPort ?? 0}`),
    )
    const isKnown = here !== undefined && (isLoopback(name) || [publicOrigin, ...listening].includes(here))
    return {
      kind: isSecure ? 'https' : isFromHere && isLoopback(name) ? 'loopback' : 'plain',
      port: (here && new URL(here).port) || (isSecure ? '443' : '80'),
      origins: [publicOrigin, isKnown ? here : undefined].filter(each => each !== undefined),
      isKnown,
    }
  }
}

/** The origin of a `Host`, without the scheme's own port; undefined for what is no host. */
function originOf(isSecure: boolean, host: string | undefined): string | undefined {
  const url = `${isSecure ? 'https' : 'http'}://${host}`
  if (host === undefined || !/^[\w.:[\]-]+$/.test(host) || !URL.canParse(url)) return undefined
  return new URL(url).origin
}

/** `name` is a host as URLs have it. */
const isLoopback = (name: string): boolean =>
  name === 'localhost' || name.endsWith('.localhost') || name === '[::1]' || (isIPv4(name) && name.startsWith('127.'))

/** RFC 3986, section 3.2.2; a dual-stack socket has IPv4 addresses as `::ffff:192.0.2.1`. */
function inUrl(address: string): string {
  const plain = address.replace(/^::ffff:(?=[0-9.]+$)/i, '')
  return plain.includes(':') ? `[${plain}]` : plain
}
