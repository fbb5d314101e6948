import { createServer, type Server } from 'node:http'
import { CONTENT_TYPE, formatMetrics, type MetricSource } from './exposition.ts'

/** Serves `GET /metrics` on a port of its own, for Prometheus, and nothing else. */
export function createMetricsServer(sources: readonly MetricSource[], onError: (error: unknown) => void): Server {
  const read = async () => formatMetrics((await Promise.all(sources.map(async source => source()))).flat())
  return createServer({ headersTimeout: 20_000, connectionsCheckingInterval: 5_000 }, (request, response) => {
    const { method = '', url = '' } = request
    const isRead = method === 'GET' || method === 'HEAD'
    if (url.split('?', 1)[0] !== '/metrics' || !isRead) {
      response.writeHead(isRead ? 404 : 405, { 'content-type': 'text/plain' }).end('Ask for GET /metrics.\n')
      return
    }
    read().then(
      text => response.writeHead(200, { 'content-type': CONTENT_TYPE }).end(method === 'HEAD' ? undefined : text),
      (error: unknown) => {
        onError(error)
        response.writeHead(500).end()
      },
    )
  })
}
