import type { IncomingMessage } from 'node:http'
import type { Circumstances } from '../registry/authorize.ts'

/** How the request came, for the conditions of policies. */
export function circumstancesOf(request: IncomingMessage, nowMs: number): Circumstances {
  return {
    nowMs,
    sourceIp: request.socket.remoteAddress ?? '0.0.0.0',
    secureTransport: 'encrypted' in request.socket,
    userAgent: request.headers['user-agent'],
  }
}
