import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { ClientOf } from './client.ts'
import { markOf } from './exchange-mark.ts'
import { urlForLog } from './url-for-log.ts'

export interface AccessLog {
  info(details: object, message: string): void
}

/**
 * Logs one line for each request that ended. The line has the id of the request's answer, and so do lines about its
 * errors.
 */
export function logRequests(server: Server, log: AccessLog, clientOf: ClientOf): void {
  server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
    const start = performance.now()
    // The connection may be gone when the answer is.
    const { address } = clientOf(request)
    const { method } = request
    const url = urlForLog(request.url)
    response.on('close', () => {
      const { statusCode: status, writableFinished: isAnswered } = response
      const durationMs = Math.round(performance.now() - start)
      const ending = isAnswered ? { status } : { status: undefined, aborted: true }
      const userAgent = request.headers['user-agent']
      log.info({ ...markOf(response), method, url, ...ending, durationMs, address, userAgent }, 'request')
    })
  })
}
