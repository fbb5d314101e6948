import type { Server } from 'node:http'

/** The files that a connection takes: its own, and that of the blob that goes over it. */
const FILES_A_CONNECTION = 2
/** The files beside those of connections: the database, logs and requests of the server's own. */
const OTHER_FILES = 200
/** The most connections: above that their memory counts, not their files. */
const MOST = 10_000
const TOLD_EVERY_MS = 60_000

/**
 * How many connections are taken with so many open files. Without a number, it asks what the system allows this
 * process.
 */
export function usualConnections(openFiles = openFileLimit()): number {
  const most = Math.floor((openFiles - OTHER_FILES) / FILES_A_CONNECTION)
  return Math.max(1, Math.min(MOST, most))
}

/**
 * Has the server close connections beyond `most` as soon as they come: were they all taken, files would be missing for
 * those that are served. `onFull` is called once a minute at most.
 */
export function limitConnections(server: Server, most: number, onFull: () => void): void {
  server.maxConnections = most
  let toldAt = Number.NEGATIVE_INFINITY
  server.on('drop', () => {
    const now = performance.now()
    if (now - toldAt < TOLD_EVERY_MS) return
    toldAt = now
    onFull()
  })
}

/** The limit of open files. Call it before there are connections: Node's report looks the names of their ends up. */
function openFileLimit(): number {
  const { userLimits } = process.report.getReport() as { userLimits?: { open_files?: { soft?: unknown } } }
  const soft = userLimits?.open_files?.soft
  return typeof soft === 'number' ? soft : Number.POSITIVE_INFINITY
}
