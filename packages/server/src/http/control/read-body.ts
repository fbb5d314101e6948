import type { IncomingMessage } from 'node:http'
import { RegistryError } from '../../domain/problem.ts'

/** Reads a request's whole body. @throws RegistryError `bodyTooLarge`, without reading further */
export async function readBody(request: IncomingMessage, limitBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let sizeBytes = 0
  // Left early, the loop must not destroy the request: the answer goes over the same connection.
  const body: AsyncIterable<Buffer> = request.iterator({ destroyOnReturn: false })
  for await (const chunk of body) {
    sizeBytes += chunk.length
    if (sizeBytes > limitBytes) throw new RegistryError({ kind: 'bodyTooLarge', limitBytes })
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, sizeBytes)
}
