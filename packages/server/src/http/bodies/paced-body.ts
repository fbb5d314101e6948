import type { IncomingMessage } from 'node:http'
import { RegistryError } from '../../domain/problem.ts'

const SMALL_BYTES = 4 * 1024 * 1024
/** Bytes a second that a larger body brings at least, on average over each window. */
export const LEAST_BYTES_PER_SECOND = 64 * 1024

/** The body as it arrives. A caller that leaves the loop early keeps the connection, and can still send an answer. */
export function bodyOf(request: IncomingMessage): AsyncIterable<Buffer> {
  return request.iterator({ destroyOnReturn: false })
}

export interface Pace {
  /** Milliseconds in which a body of 4 MiB is complete, and in which a larger one brings 64 KiB a second. */
  readonly windowMs: number
  /** Ends the body with the signal's reason, if that comes first. */
  readonly signal?: AbortSignal | undefined
}

/**
 * A body that ends within bounds: one that trickles would hold memory, or a file, for as long as it lasts. Time in
 * which nobody reads from it counts too, so it must be read at once.
 * @throws RegistryError `bodyTooSlow`
 */
export async function* pacedBody(request: IncomingMessage, { windowMs, signal }: Pace): AsyncGenerator<Buffer> {
  const iterator = bodyOf(request)[Symbol.asyncIterator]()
  const announced = Number(request.headers['content-length'] ?? Number.NaN)
  let [received, before] = [0, 0]
  let failure: unknown
  let fail = (_reason: unknown): void => {}
  const end = (reason: unknown): void => {
    failure ??= reason
    fail(failure)
  }
  const timer = setInterval(() => {
    const isSmall = Number.isNaN(announced) ? received < SMALL_BYTES : announced <= SMALL_BYTES
    const least = isSmall ? Number.POSITIVE_INFINITY : (LEAST_BYTES_PER_SECOND * windowMs) / 1000
    if (received - before < least) end(new RegistryError({ kind: 'bodyTooSlow', withinMs: windowMs }))
    before = received
  }, windowMs)
  const onAbort = (): void => end(signal?.reason)
  signal?.addEventListener('abort', onAbort)
  if (signal?.aborted === true) onAbort()
  try {
    for (;;) {
      const { done, value } = await new Promise<IteratorResult<Buffer>>((resolve, reject) => {
        fail = reject
        if (failure === undefined) iterator.next().then(resolve, reject)
        else reject(failure)
      })
      if (done === true) return
      received += value.length
      yield value
    }
  } finally {
    clearInterval(timer)
    signal?.removeEventListener('abort', onAbort)
  }
}
