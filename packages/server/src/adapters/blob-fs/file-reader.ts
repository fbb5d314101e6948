import { open } from 'node:fs/promises'
import { fsCall } from './fs-errors.ts'

const LARGE_BYTES = 1024 * 1024
const OVERFLOW_BYTES = 128 * 1024

/**
 * Buffers for readers, so that pulls of large objects share a few instead of leaving one behind a
 * read. At most `limit` large ones are out at a time; readers beyond that get small ones, because
 * hundreds of slow clients must not hold a mebibyte each.
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
 * Yields the extent through one buffer, which is good until the next chunk is asked for. The file
 * is opened by the first `next()`, so an iterator that nobody begins holds nothing.
 */
export async function* readExtent(path: string, extent: Extent, pool: BufferPool): AsyncGenerator<Buffer, void, void> {
  const end = extent.start + extent.length
  const file = await fsCall(open(path, 'r'))
  const buffer = pool.take(extent.length)
  try {
    for (let position = extent.start; position < end; ) {
      const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, end - position), position)
      if (bytesRead === 0) throw new Error(`${path} ends at byte ${position}, before byte ${end}`)
      position += bytesRead
      yield buffer.subarray(0, bytesRead)
    }
  } finally {
    pool.give(buffer)
    await file.close()
  }
}
