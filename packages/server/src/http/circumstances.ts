import type { IncomingMessage } from 'node:http'
import type { Circumstances } from '../registry/authorize.ts'
import type { Client } from './client.ts'

/** How the request came, for the conditions of policies. */
export function circumstancesOf({ headers }: IncomingMessage, client: Client, nowMs: number): Circumstances {
  return {
    nowMs,
    sourceIp: client.address,
    secureTransport: client.isSecure,
    userAgent: headers['user-agent'],
  }
}
