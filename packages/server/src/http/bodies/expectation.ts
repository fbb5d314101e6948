import type { IncomingMessage } from 'node:http'

/**
 * Whether a client holds its body back until it gets 100 Continue. What HTTP/1.0 expects is ignored (RFC 9110,
 * 10.1.1).
 */
export const waitsToSend = ({ headers, httpVersion }: IncomingMessage): boolean =>
  headers.expect !== undefined && httpVersion === '1.1'
