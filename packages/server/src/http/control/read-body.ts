import type { IncomingMessage } from 'node:http'
import { RegistryError } from '../../domain/problem.ts'

/** How much of a body that is too large is still read, so that its sender comes to read the answer. */
const DISCARDED_BYTES = 32 * 1024 * 1024

/** Reads a request's whole body. @throws RegistryError `bodyTooLarge` */
export async function readBody(request: IncomingMessage, limitBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let sizeBytes = 0
  // Left early, the loop must not destroy the request: the answer goes over the same connection.
  const body: AsyncIterable<Buffer> = request.iterator({ destroyOnReturn: false })
  for await (const chunk of body) {
    sizeBytes += chunk.length
    if (sizeBytes <= limitBytes) chunks.push(chunk)
    else chunks.length = 0
    if (sizeBytes > limitBytes + DISCARDED_BYTES) break
  }
  if (sizeBytes > limitBytes) throw new RegistryError({ kind: 'bodyTooLarge', limitBytes })
  return Buffer.concat(chunks, sizeBytes)
}
