import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { onConnection } from '../../http/on-connection.ts'

/**
 * Milliseconds within which two signals are one key press: under `npm start` one Ctrl-C arrives twice, from the
 * terminal and from npm.
 */
export const ONE_KEY_PRESS_MS = 500

export interface StopOptions {
  readonly drainMs: number
  /** How long new connections are taken after the signal, for those who send them to notice. */
  readonly noticeMs?: number | undefined
  /** Called at the signal. */
  readonly onSignal?: (() => void) | undefined
}

/**
 * Resolves once a SIGINT or SIGTERM came and every request in flight has its answer, or `drainMs` are over, with the
 * number of requests that were cut off then. New connections are refused once `noticeMs` are over. A second signal, not
 * of the same key press, ends the process at once. Requests are counted from the call on: call it when the server
 * begins to listen.
 */
export function runUntilSignal(server: Server, { drainMs, noticeMs = 0, onSignal }: StopOptions): Promise<number> {
  // The requests in flight, by connection: Node does not close an answer that waits for its turn on one that went away.
  const inFlight = new Map<Socket, number>()
  let stoppingSince: number | undefined
  let isClosed = false
  // Connections without a request end with the last one that has: Node would wait for a client that
  // keeps its connection for later, or that has not said a word yet.
  const endWhenDone = (): void => {
    if (isClosed && inFlight.size === 0) endAll()
  }
  // All connections. The server knows nothing yet of one whose TLS handshake is not over, and waits for it.
  const connections = new Set<Socket>()
  const endAll = (): void => {
    server.closeAllConnections()
    for (const socket of connections) socket.destroy()
  }
  server.on('connection', (socket: Socket) => {
    connections.add(socket)
    socket.once('close', () => connections.delete(socket))
  })
  onConnection(server, socket => {
    socket.once('close', () => {
      inFlight.delete(socket)
      endWhenDone()
    })
  })
  server.prependListener('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    inFlight.set(socket, (inFlight.get(socket) ?? 0) + 1)
    if (stoppingSince !== undefined) response.setHeader('Connection', 'close')
    response.once('close', () => {
      const left = (inFlight.get(socket) ?? 1) - 1
      if (left > 0) inFlight.set(socket, left)
      else inFlight.delete(socket)
      endWhenDone()
    })
  })
  return new Promise(resolve => {
    const close = (): void => {
      isClosed = true
      let cut = 0
      const giveUp = setTimeout(() => {
        for (const requests of inFlight.values()) cut += requests
        endAll()
      }, drainMs)
      server.close(() => {
        clearTimeout(giveUp)
        resolve(cut)
      })
      endWhenDone()
    }
    const stop = (signal: NodeJS.Signals): void => {
      if (stoppingSince !== undefined) {
        if (performance.now() - stoppingSince > ONE_KEY_PRESS_MS) process.exit(signal === 'SIGINT' ? 130 : 143)
        return
      }
      stoppingSince = performance.now()
      onSignal?.()
      if (noticeMs === 0) close()
      else setTimeout(close, noticeMs)
    }
    process.on('SIGINT', stop)
    process.on('SIGTERM', stop)
  })
}
