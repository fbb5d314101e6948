import type { IncomingMessage } from 'node:http'

const LONGEST_MS = 1_000

/**
 * Reads and drops what is left of a refused body, within bounds of size and time, so that the sender comes to read the
 * answer and the connection stays usable. True when nothing is left.
 */
export function drain(request: IncomingMessage, limitBytes = 8 * 1024 * 1024): Promise<boolean> {
  if (request.complete && request.readableLength === 0) return Promise.resolve(true)
  return new Promise(resolve => {
    let sizeBytes = 0
    const settle = (): void => {
      clearTimeout(timer)
      request.off('data', count).off('end', settle).off('close', settle).pause()
      resolve(request.readableEnded)
    }
    const count = (chunk: Buffer): void => {
      sizeBytes += chunk.length
      if (sizeBytes > limitBytes) settle()
    }
    const timer = setTimeout(settle, LONGEST_MS)
    request.on('data', count).on('end', settle).on('close', settle).resume()
  })
}
