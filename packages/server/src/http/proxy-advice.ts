import type { IncomingMessage, Server } from 'node:http'
import type { BlockList } from 'node:net'
import { isPrivate, networkOf } from '../domain/address.ts'
import { isIn } from './client.ts'

export interface AdviceLog {
  warn(details: object, message: string): void
}

/** After how many requests from it alone a private address is likely to be a proxy. Fewer do that say so. */
const LIKELY = 1_000
const LIKELY_WITH_HEADER = 50

/**
 * Says once that `--trusted-proxies` is missing, where all requests come from one private address. All clients without
 * a login then share one allowance, and policies and the audit log see nobody's own address. A client on this machine
 * is no proxy unless it forwards.
 */
export function adviseOnProxies(server: Server, trustedProxies: BlockList | undefined, log: AdviceLog): void {
  let only: string | undefined
  let requests = 0
  let forwarded = 0
  const settle = () => server.off('request', look)
  const look = ({ headers, socket: { remoteAddress: address } }: IncomingMessage) => {
    if (address === undefined) return
    if (only === undefined) {
      // The address is looked up once: that takes longer than all the rest of a request's way to here.
      if (!isPrivate(address) || (trustedProxies !== undefined && isIn(trustedProxies, address))) return settle()
      only = address
    }
    if (address !== only) return settle()
    requests += 1
    if (headers['x-forwarded-for'] !== undefined || headers.forwarded !== undefined) forwarded += 1
    const isLikely = requests >= LIKELY && !isLoopback(address)
    if (!isLikely && !(forwarded >= LIKELY_WITH_HEADER && forwarded === requests)) return
    settle()
    log.warn(
      { address, requests },
      'all requests come from one private address; if that is a proxy, name it by --trusted-proxies',
    )
  }
  server.on('request', look)
}

const isLoopback = (address: string) => address === '::1' || networkOf(address).startsWith('127.')
