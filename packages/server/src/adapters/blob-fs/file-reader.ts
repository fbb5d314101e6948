import { open } from 'node:fs/promises'
import { fsCall } from '../../runtime/disk/fs-errors.ts'

const LARGE_BYTES = 1024 * 1024
const OVERFLOW_BYTES = 128 * 1024

/**
 * Buffers for readers. Pulls of large objects share a few buffers instead of leaving one behind a read. At most
 * `limit` large buffers are out at a time. Readers beyond that get small ones, because hundreds of slow clients must
 * not hold a mebibyte each.
 */
export class BufferPool {
  readonly #idle: Buffer[] = []
  readonly #limit: number
  #lent = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  /** A buffer for an object of `sizeBytes`, never larger than that. */
  take(sizeBytes: number): Buffer {
    if (sizeBytes < LARGE_BYTES) return Buffer.allocUnsafe(Math.min(sizeBytes, OVERFLOW_BYTES))
    if (this.#lent === this.#limit) return Buffer.allocUnsafe(OVERFLOW_BYTES)
    this.#lent += 1
    return this.#idle.pop() ?? Buffer.allocUnsafeSlow(LARGE_BYTES)
  }

  /** Takes back what `take` gave, once. */
  give(buffer: Buffer): void {
    if (buffer.length < LARGE_BYTES) return
    this.#lent -= 1
    this.#idle.push(buffer)
  }
}

/** Bytes of a file: `length` of them from `start`. */
export interface Extent {
  readonly start: number
  readonly length: number
}

/**
 * Yields the extent through the two halves of one buffer: while a chunk is on its way to the client, the next one is
 * read. A chunk is good until the next is asked for. The first `next()` opens the file, so an iterator that nobody
 * begins holds nothing.
 */
export async function* readExtent(path: string, extent: Extent, pool: BufferPool): AsyncGenerator<Buffer, void, void> {
  if (extent.length === 0) return
  const end = extent.start + extent.length
  const file = await fsCall(open(path, 'r'), 'the blobs')
  const buffer = pool.take(extent.length)
  const half = extent.length <= buffer.length ? buffer.length : buffer.length / 2
  let position = extent.start
  let ahead: Promise<Buffer> | undefined
  /** Fills `into` as far as the extent goes, or the file where that has become shorter. */
  const read = async (into: Buffer): Promise<Buffer> => {
    let filled = 0
    while (position < end && filled < into.length) {
      const { bytesRead } = await file.read(into, filled, Math.min(into.length - filled, end - position), position)
      if (bytesRead === 0) break
      filled += bytesRead
      position += bytesRead
    }
    if (filled === 0) throw new Error(`${path} ends at byte ${position}, before byte ${end}`)
    return into.subarray(0, filled)
  }
  try {
    ahead = read(buffer.subarray(0, half))
    for (let turn = 1; ; turn += 1) {
      const chunk = await ahead
      ahead = undefined
      if (position >= end) {
        yield chunk
        return
      }
      const other = turn % 2 === 1 ? buffer.subarray(half) : buffer.subarray(0, half)
      ahead = read(other)
      ahead.catch(() => {}) // a failure is seen when the read is awaited, which may be after the client went away
      yield chunk
    }
  } finally {
    await ahead?.catch(() => {})
    pool.give(buffer)
    await file.close()
  }
}
