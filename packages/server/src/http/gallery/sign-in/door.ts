import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { isIPv4 } from 'node:net'
import type { ClientOf } from '../../client.ts'

/** How a browser reached the server, as far as that decides what the browser may be trusted with. */
export interface Door {
  /** `plain` is HTTP that may have passed a network: whoever listened there has read all of it. */
  readonly kind: 'https' | 'loopback' | 'plain'
  /** The loopback origin that the browser asked, where it is `plain` because of how that came to the server. */
  readonly relayedFrom: string | undefined
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
  /** The addresses by which the machine of a container reaches what the container publishes (`machineOfContainer`). */
  readonly machine?: readonly string[] | undefined
}

const FORWARDED = ['x-forwarded-for', 'x-forwarded-proto', 'forwarded', 'via'] as const

/**
 * Known hosts are that of the public URL, the address where the server listens, and loopback. Plain HTTP is `loopback`
 * where all three agree: the name that the browser asked for, the browser itself, and the way to the server.
 */
export function createDoorOf({ clientOf, publicUrl, listenHost, machine = [] }: DoorSettings): DoorOf {
  const publicOrigin = publicUrl === undefined ? undefined : new URL(publicUrl).origin
  const isComingFromHere = createIsFromHere(publicOrigin, machine)
  return request => {
    const { headers, socket } = request
    const { address, isSecure } = clientOf(request)
    const here = originOf(isSecure, headers.host)
    const isLocalName = here !== undefined && isLoopback(new URL(here).hostname)
    const listening = [listenHost, socket.localAddress ?? ''].map(each =>
      originOf(isSecure, `${inUrl(each)}:${socket.localPort ?? 0}`),
    )
    const isKnown = here !== undefined && (isLocalName || [publicOrigin, ...listening].includes(here))
    const isLocal = isLocalName && !seesNetwork(headers)
    const kind = isSecure ? 'https' : isLocal && isComingFromHere(request, here, address) ? 'loopback' : 'plain'
    return {
      kind,
      relayedFrom: kind === 'plain' && isLocal ? here : undefined,
      port: (here && new URL(here).port) || (isSecure ? '443' : '80'),
      origins: [publicOrigin, isKnown ? here : undefined].filter(each => each !== undefined),
      isKnown,
    }
  }
}

/**
 * Whether a request for a loopback name came to the server without a network. A proxy on this machine passes on what
 * others have sent. A container is reached from its machine by a bridge. Whoever runs the server may say of a port that
 * it is one of loopback, by a public URL.
 */
function createIsFromHere(publicOrigin: string | undefined, machine: readonly string[]) {
  const { protocol, hostname, port } = new URL(publicOrigin ?? 'https://none')
  const localPort = protocol === 'http:' && isLoopback(hostname) ? port : undefined
  return ({ headers, socket }: IncomingMessage, here: string, address: string): boolean => {
    if (portOf(here) === localPort) return true
    if (FORWARDED.some(each => headers[each] !== undefined)) return false
    const peer = inUrl(address)
    return isLoopback(peer) || peer === inUrl(socket.localAddress ?? '') || machine.includes(peer)
  }
}

/**
 * Whether the browser holds the server for one that a network leads to: then it would like HTTPS, and does not send
 * what it sends to loopback and over HTTPS alone (Upgrade Insecure Requests, section 3.2.1; Fetch Metadata, section 2).
 * So it is where a proxy has put a loopback name in place of the one that was typed.
 */
const seesNetwork = (headers: IncomingHttpHeaders): boolean =>
  headers['upgrade-insecure-requests'] !== undefined && headers['sec-fetch-site'] === undefined

const portOf = (origin: string): string => new URL(origin).port

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
