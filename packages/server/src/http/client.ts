import type { IncomingMessage } from 'node:http'
import { type BlockList, isIP } from 'node:net'

/** Who sent a request, as far as the server can tell. */
export interface Client {
  readonly address: string
  /** Whether the request came over TLS, as far as the trusted proxy says. */
  readonly isSecure: boolean
}

export type ClientOf = (request: IncomingMessage) => Client

/**
 * Finds the client of a request: the other end of the connection or, where that is a trusted proxy, the client that it
 * names. That is the last address of `X-Forwarded-For` that is no trusted proxy itself: its sender may have made up
 * what stands before.
 */
export function createClientOf(trustedProxies?: BlockList | undefined): ClientOf {
  const isTrusted = (address: string) => trustedProxies !== undefined && isIn(trustedProxies, address)
  return ({ headers, socket }) => {
    let address = withoutZone(socket.remoteAddress ?? '0.0.0.0')
    const isEncrypted = 'encrypted' in socket
    if (!isTrusted(address)) return { address, isSecure: isEncrypted }
    for (const hop of listOf(headers['x-forwarded-for']).reverse()) {
      const forwarded = withoutPort(hop)
      if (isIP(forwarded) === 0) break
      address = withoutZone(forwarded)
      if (!isTrusted(address)) break
    }
    const protocol = listOf(headers['x-forwarded-proto']).at(-1)
    return { address, isSecure: protocol === undefined ? isEncrypted : protocol.toLowerCase() === 'https' }
  }
}

/** Whether an address lies in the ranges. An IPv4 address counts in both of its spellings. */
export const isIn = (ranges: BlockList, address: string): boolean =>
  ranges.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')

/** Cuts the port off: some proxies write `192.0.2.1:1234` and `[2001:db8::1]:1234`. */
const withoutPort = (hop: string): string => hop.replace(/^\[(.*)\](?::\d+)?$|^([\d.]+):\d+$/, '$1$2')

/**
 * Cuts the zone off: `fe80::1%eth0` names a network interface of whoever wrote it (RFC 4007). No range of addresses has
 * a zone, so that with one neither a trusted proxy nor a policy's network would be known again.
 */
function withoutZone(address: string): string {
  const at = address.indexOf('%')
  return at < 0 ? address : address.slice(0, at)
}

const listOf = (header: string | string[] | undefined): string[] =>
  header === undefined
    ? []
    : String(header)
        .split(',')
        .map(entry => entry.trim())
