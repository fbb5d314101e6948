import type { IncomingMessage } from 'node:http'
import { type CoreProblem, RegistryError } from '../../domain/problem.ts'
import { freeBuffer } from '../../runtime/free-buffer.ts'
import { refuseCodedBody } from './content-coding.ts'
import { type Pace, pacedBody } from './paced-body.ts'

/** True when the request announces a body, of known length or not. */
export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

/** The announced length in bytes; undefined for a chunked body. */
export function announcedBytes({ headers }: IncomingMessage): number | undefined {
  return headers['transfer-encoding'] === undefined ? Number(headers['content-length'] ?? 0) : undefined
}

export interface ReadOptions extends Pace {
  readonly limitBytes: number
  readonly tooLarge: CoreProblem
}

const FIRST_BYTES = 64 * 1024

/**
 * The whole body in one buffer. Chunks are copied together as they come: many small ones would take many times their
 * bytes.
 * @throws RegistryError `tooLarge`, without reading beyond `limitBytes`, `bodyTooSlow`, and as `refuseCodedBody`
 */
export async function readBody(request: IncomingMessage, options: ReadOptions): Promise<Buffer> {
  const { limitBytes, tooLarge } = options
  refuseCodedBody(request)
  const announced = announcedBytes(request)
  if ((announced ?? 0) > limitBytes) throw new RegistryError(tooLarge)
  let buffer = Buffer.allocUnsafeSlow(announced ?? Math.min(FIRST_BYTES, limitBytes))
  let sizeBytes = 0
  for await (const chunk of pacedBody(request, options)) {
    if (sizeBytes + chunk.length > limitBytes) throw new RegistryError(tooLarge)
    if (sizeBytes + chunk.length > buffer.length) {
      const larger = Buffer.allocUnsafeSlow(Math.min(limitBytes, 2 * (sizeBytes + chunk.length)))
      buffer.copy(larger, 0, 0, sizeBytes)
      buffer = larger
    }
    sizeBytes += chunk.copy(buffer, sizeBytes)
    freeBuffer(chunk)
  }
  return buffer.subarray(0, sizeBytes)
}
