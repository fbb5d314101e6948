import type { IncomingMessage } from 'node:http'
import { RegistryError } from '../../domain/problem.ts'

/** What is read of a refused body before the answer goes out, so that the connection stays usable. */
const DRAIN_BYTES = 8 * 1024 * 1024
const DRAIN_MS = 1_000

/** True when the request announces a body, be it of unknown length. */
export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

/** The announced length in bytes; undefined when it is chunked. */
export function announcedBytes({ headers }: IncomingMessage): number | undefined {
  return headers['transfer-encoding'] === undefined ? Number(headers['content-length'] ?? 0) : undefined
}

/** The body as it arrives. Leaving the loop early keeps the connection, so that an answer can still be sent. */
export function bodyOf(request: IncomingMessage): AsyncIterable<Buffer> {
  return request.iterator({ destroyOnReturn: false })
}

/** The whole body. @throws RegistryError `manifestTooLarge`, without reading further */
export async function readManifestBody(request: IncomingMessage, limitBytes: number): Promise<Buffer> {
  if ((announcedBytes(request) ?? 0) > limitBytes) throw new RegistryError({ kind: 'manifestTooLarge', limitBytes })
  const chunks: Buffer[] = []
  let sizeBytes = 0
  for await (const chunk of bodyOf(request)) {
    sizeBytes += chunk.length
    if (sizeBytes > limitBytes) throw new RegistryError({ kind: 'manifestTooLarge', limitBytes })
    chunks.push(chunk)
  }
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, sizeBytes)
}

/** Reads and forgets what is left of a body, within bounds of size and time. True when nothing is left. */
export function drain(request: IncomingMessage): Promise<boolean> {
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
      if (sizeBytes > DRAIN_BYTES) settle()
    }
    const timer = setTimeout(settle, DRAIN_MS)
    request.on('data', count).on('end', settle).on('close', settle).resume()
  })
}
