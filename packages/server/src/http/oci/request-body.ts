import type { IncomingMessage } from 'node:http'
import { RegistryError } from '../../domain/problem.ts'

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
