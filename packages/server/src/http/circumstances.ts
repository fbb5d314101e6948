import type { IncomingMessage } from 'node:http'
import type { Circumstances } from '../registry/authorize.ts'
import type { Client } from './client.ts'

/** How the request came, for the conditions of policies. */
export function circumstancesOf(request: IncomingMessage, client: Client, nowMs: number): Circumstances {
  return {
    nowMs,
    sourceIp: client.address ?? '0.0.0.0',
    secureTransport: client.isSecure,
    userAgent: request.headers['user-agent'],
  }
}
