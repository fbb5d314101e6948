import { RegistryError } from '../../domain/problem.ts'
import type { ByteRange } from '../../ports/blob-store.ts'

const CONTENT_RANGE = /^(?:bytes[ =])?(\d{1,15})-(\d{1,15})(?:\/(?:\d{1,15}|\*))?$/i

/**
 * Reads the `Content-Range` of an upload's chunk: `start-end` ("Pushing a blob in chunks"), or HTTP's own
 * `bytes start-end/size`, which some clients send. Undefined without a header.
 * @throws RegistryError `requestMalformed`
 */
export function parseContentRange(header: string | undefined): ByteRange | undefined {
  if (header === undefined) return undefined
  const match = CONTENT_RANGE.exec(header.trim())
  const first = Number(match?.[1])
  const last = Number(match?.[2])
  if (match === null || last < first)
    throw new RegistryError({ kind: 'requestMalformed', reason: 'Content-Range must have the form START-END' })
  return { first, last }
}

/**
 * The `Range` of the bytes that an upload has received. It is `0-0` for no bytes, too, since clients expect two
 * numbers.
 */
export function receivedRange(sizeBytes: number): string {
  return `0-${Math.max(0, sizeBytes - 1)}`
}
