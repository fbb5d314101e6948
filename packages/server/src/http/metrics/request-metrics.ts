import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { markOf } from '../exchange-mark.ts'
import { onConnection } from '../on-connection.ts'
import { gauge, type Metric, type MetricSource, type Sample } from './exposition.ts'

/** The bounds of the buckets, from a manifest out of memory to a layer over a slow line. */
const BUCKETS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300]

interface Timed {
  readonly labels: Readonly<Record<string, string>>
  /** Requests in each bucket alone; those that took longer come last. */
  readonly counts: number[]
  sumSeconds: number
  /** Requests by how they ended. */
  readonly statuses: Map<string, number>
}

/** Counts the requests of a server from now on, and the bytes of its connections. */
export function observeRequests(server: Server): MetricSource {
  const timed = new Map<string, Timed>()
  const connections = new Set<Socket>()
  const closed = { received: 0, sent: 0 }

  // Bytes are asked of connections when they end or figures are wanted: a request costs nothing for it.
  onConnection(server, socket => {
    connections.add(socket)
    socket.once('close', () => {
      connections.delete(socket)
      closed.received += socket.bytesRead
      closed.sent += socket.bytesWritten
    })
  })
  server.prependListener('request', ({ method = '' }: IncomingMessage, response: ServerResponse) => {
    const start = performance.now()
    response.on('close', () => {
      const { protocol, operation } = markOf(response)
      const key = `${protocol} ${operation} ${method}`
      let entry = timed.get(key)
      if (entry === undefined) {
        const counts = Array.from({ length: BUCKETS_SECONDS.length + 1 }, () => 0)
        entry = { labels: { protocol, operation, method }, counts, sumSeconds: 0, statuses: new Map() }
        timed.set(key, entry)
      }
      count(entry, (performance.now() - start) / 1000, response.writableFinished ? `${response.statusCode}` : 'aborted')
    })
  })

  return () => {
    const bytes = { ...closed }
    for (const { bytesRead, bytesWritten } of connections) {
      bytes.received += bytesRead
      bytes.sent += bytesWritten
    }
    return [
      requestsTotal([...timed.values()]),
      durations([...timed.values()]),
      {
        name: 'berth_http_bytes_total',
        help: 'Bytes of requests and answers, headers and all.',
        type: 'counter',
        samples: Object.entries(bytes).map(([direction, value]) => ({ labels: { direction }, value })),
      },
      gauge('berth_http_connections', 'Open connections.', connections.size),
    ]
  }
}

function count(entry: Timed, seconds: number, status: string): void {
  let bucket = 0
  while (bucket < BUCKETS_SECONDS.length && seconds > (BUCKETS_SECONDS[bucket] ?? 0)) bucket += 1
  entry.counts[bucket] = (entry.counts[bucket] ?? 0) + 1
  entry.sumSeconds += seconds
  entry.statuses.set(status, (entry.statuses.get(status) ?? 0) + 1)
}

function requestsTotal(all: readonly Timed[]): Metric {
  return {
    name: 'berth_http_requests_total',
    help: 'Requests that ended; with the status "aborted" where the client did not wait for the whole answer.',
    type: 'counter',
    samples: all.flatMap(({ labels, statuses }) =>
      Array.from(statuses, ([status, value]) => ({ labels: { ...labels, status }, value })),
    ),
  }
}

function durations(all: readonly Timed[]): Metric {
  return {
    name: 'berth_http_request_duration_seconds',
    help: 'Time from the head of a request to the end of its answer.',
    type: 'histogram',
    samples: all.flatMap(({ labels, counts, sumSeconds }) => {
      let total = 0
      const buckets = counts.map((inBucket, index): Sample => {
        total += inBucket
        const le = `${BUCKETS_SECONDS[index] ?? '+Inf'}`
        return { suffix: '_bucket', labels: { ...labels, le }, value: total }
      })
      return [...buckets, { suffix: '_sum', labels, value: sumSeconds }, { suffix: '_count', labels, value: total }]
    }),
  }
}
