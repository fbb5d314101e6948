import type { IncomingMessage } from 'node:http'
import { type BlockList, isIP } from 'node:net'

/** Who sent a request, as far as the way that it took tells. */
export interface Client {
  readonly address: string | undefined
  /** Whether it sent the request over TLS. */
  readonly isSecure: boolean
}

export type ClientOf = (request: IncomingMessage) => Client

/**
 * The other end of the connection. Where that is one of the proxies to be trusted, its X-Forwarded-For is read from the
 * right, up to the first address that is none of them: what comes before that is whatever the client wrote.
 */
export function createClientOf(trusted?: BlockList): ClientOf {
  const isTrusted = (address: string) => trusted !== undefined && isIn(trusted, address)
  return ({ socket, headers }) => {
    let address = socket.remoteAddress
    if (address === undefined || !isTrusted(address)) return { address, isSecure: 'encrypted' in socket }
    for (const hop of entriesOf(headers['x-forwarded-for']).toReversed()) {
      const next = withoutPort(hop)
      if (isIP(next) === 0) break
      address = next
      if (!isTrusted(next)) break
    }
    return { address, isSecure: entriesOf(headers['x-forwarded-proto']).at(-1)?.toLowerCase() === 'https' }
  }
}

/** An IPv4 address counts in both of its spellings. */
export const isIn = (ranges: BlockList, address: string): boolean =>
  ranges.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')

const entriesOf = (header: string | string[] | undefined): string[] =>
  [header ?? []]
    .flat()
    .join()
    .split(',')
    .map(entry => entry.trim())

/** `192.0.2.1:1234` and `[2001:db8::1]:1234`, as some proxies write. */
const withoutPort = (hop: string): string => hop.replace(/^\[(.*)\](?::\d+)?$|^([\d.]+):\d+$/, '$1$2')
