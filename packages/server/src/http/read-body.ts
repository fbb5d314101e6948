import type { IncomingMessage } from 'node:http'
import { type Problem, RegistryError } from '../domain/problem.ts'
import type { MemoryShare } from '../ports/memory.ts'

/** The body as it arrives. Leaving the loop early keeps the connection, so that an answer can still be sent. */
export function bodyOf(request: IncomingMessage): AsyncIterable<Buffer> {
  return request.iterator({ destroyOnReturn: false })
}

/**
 * The whole body, whose memory is counted in `share`.
 * @throws RegistryError `tooLarge`, without reading beyond `limitBytes`, and as `MemoryShare.hold`
 */
export async function readBody(
  request: IncomingMessage,
  limitBytes: number,
  tooLarge: Problem,
  share?: MemoryShare,
): Promise<Buffer> {
  const chunks: Buffer[] = []
  let sizeBytes = 0
  for await (const chunk of bodyOf(request)) {
    sizeBytes += chunk.length
    if (sizeBytes > limitBytes) throw new RegistryError(tooLarge)
    share?.hold(sizeBytes)
    chunks.push(chunk)
  }
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, sizeBytes)
}
