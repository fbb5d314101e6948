import type { IncomingMessage } from 'node:http'
import { RegistryError } from '../../domain/problem.ts'

const SMALL_BYTES = 4 * 1024 * 1024
/** What a larger body brings at least, on average over each window. */
export const LEAST_BYTES_PER_SECOND = 64 * 1024

/** The body as it arrives. Leaving the loop early keeps the connection, so that an answer can still be sent. */
export function bodyOf(request: IncomingMessage): AsyncIterable<Buffer> {
  return request.iterator({ destroyOnReturn: false })
}

export interface Pace {
  /** A body of 4 MiB is complete within this time, and a larger one brings 64 KiB a second in each such span. */
  readonly windowMs: number
  /** Ends the body with its reason, if that comes first. */
  readonly signal?: AbortSignal | undefined
}

/**
 * A body that does not live for ever: one that trickles holds memory, or a file, for as long as it lasts. Time in which
 * nobody asks for more of it counts too, so read it at once.
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
