import type { IncomingMessage } from 'node:http'

/** Shorter chunks are put together. */
const SMALL_BYTES = 1024
const JOINED_BYTES = 8 * 1024
/** Bytes that are parsed at a time: few where chunks are many, and more again where they are few. */
const SLICE_BYTES = { least: 1024, most: 64 * 1024 }
const MANY_CHUNKS = 64

/**
 * Puts the short chunks of a body together. Node hands each on with a buffer of its own, and a stream counts bytes
 * alone: sixty thousand buffers wait in it where each has one byte, and take four hundred times as much.
 */
export class JoinedChunks {
  readonly #request: IncomingMessage
  readonly #push: (chunk: unknown, encoding?: BufferEncoding) => boolean
  readonly #joined = Buffer.allocUnsafeSlow(JOINED_BYTES)
  #joinedBytes = 0
  #chunks = 0
  #sliceBytes = SLICE_BYTES.least

  /** Calls `onRead` whenever somebody reads of the body. */
  constructor(request: IncomingMessage, onRead: () => void) {
    this.#request = request
    this.#push = request.push.bind(request)
    request.push = this.#join
    const read = request._read.bind(request)
    request._read = size => {
      onRead()
      read(size)
    }
  }

  /** How much of the body should be parsed next. */
  get sliceBytes(): number {
    return this.#sliceBytes
  }

  /** Whether the body waits to be read. */
  get isFull(): boolean {
    return this.#request.readableLength >= this.#request.readableHighWaterMark
  }

  /** Hands on what was put together of a slice. */
  endSlice(): void {
    this.#flush()
    const { least, most } = SLICE_BYTES
    this.#sliceBytes = this.#chunks > MANY_CHUNKS ? least : Math.min(2 * this.#sliceBytes, most)
    this.#chunks = 0
  }

  readonly #join = (chunk: unknown, encoding?: BufferEncoding): boolean => {
    this.#chunks += 1
    const isSmall = Buffer.isBuffer(chunk) && chunk.length < SMALL_BYTES
    if (!isSmall || this.#joinedBytes + chunk.length > JOINED_BYTES) this.#flush()
    if (isSmall) this.#joinedBytes += chunk.copy(this.#joined, this.#joinedBytes)
    else this.#push(chunk, encoding)
    // Node would stop the reading below the stream. Whoever parses looks at `isFull`, and pauses the connection.
    return true
  }

  #flush(): void {
    if (this.#joinedBytes === 0) return
    // With memory of its own, which can be given back at once.
    const whole = Buffer.allocUnsafeSlow(this.#joinedBytes)
    this.#joined.copy(whole, 0, 0, this.#joinedBytes)
    this.#joinedBytes = 0
    if (!this.#request.destroyed) this.#push(whole)
  }
}
