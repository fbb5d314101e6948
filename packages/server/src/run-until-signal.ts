import type { Server } from 'node:http'

const TIDY_MS = 100
const ONE_KEY_PRESS_MS = 500

/**
 * Resolves once a SIGINT or SIGTERM came and every request in flight has its answer, or `drainMs` are
 * over. New connections are refused meanwhile. A second signal ends the process at once, unless it comes
 * within a moment: under `npm start` one Ctrl-C arrives twice, from the terminal and from npm.
 */
export function runUntilSignal(server: Server, { drainMs }: { drainMs: number }): Promise<void> {
  return new Promise(resolve => {
    let stoppingSince: number | undefined
    const stop = (signal: NodeJS.Signals) => {
      if (stoppingSince !== undefined) {
        if (performance.now() - stoppingSince > ONE_KEY_PRESS_MS) process.exit(signal === 'SIGINT' ? 130 : 143)
        return
      }
      stoppingSince = performance.now()
      const giveUp = setTimeout(() => server.closeAllConnections(), drainMs)
      // Node closes what is idle now; a connection whose answer comes later would be kept for a next request.
      const tidy = setInterval(() => server.closeIdleConnections(), TIDY_MS)
      server.close(() => {
        clearTimeout(giveUp)
        clearInterval(tidy)
        resolve()
      })
    }
    process.on('SIGINT', stop)
    process.on('SIGTERM', stop)
  })
}
