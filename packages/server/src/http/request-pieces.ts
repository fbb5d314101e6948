/** A piece is no shorter, or a body of empty lines would be cut into thousands. Four of the shortest heads fit. */
const PIECE_BYTES = 64

/** An empty line ends a head. Before Node 20.19.1 its parser took one without CR as well. */
const EMPTY_LINES = [Buffer.from('\n\r\n'), Buffer.from('\n\n')]

/** Most heads are shorter. What is longer may have memory of its own, to be freed. */
const SHORT_BYTES = 4 * 1024

/** True of a short read that is a single piece, as one request is without a body: the usual case. */
export function isOnePiece(bytes: Buffer): boolean {
  const { length } = bytes
  if (length <= PIECE_BYTES) return true
  if (length > SHORT_BYTES || bytes[length - 1] !== 0x0a) return false
  return EMPTY_LINES.every(line => {
    const found = bytes.indexOf(line, PIECE_BYTES)
    return found < 0 || found + line.length === length
  })
}

/**
 * What was read of a connection at once, in pieces that begin five requests at most. Each piece ends with an empty
 * line, or where all ends. Bodies rarely have one, and so stay whole. It takes linear time, whatever the bytes.
 */
export class RequestPieces {
  readonly #bytes: Buffer
  #at = 0
  /** Where the next of each kind of empty line begins that may end a piece. */
  readonly #found = EMPTY_LINES.map(() => -1)

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  /** The bytes that the pieces are of. */
  get bytes(): Buffer {
    return this.#bytes
  }

  get isEmpty(): boolean {
    return this.#at === this.#bytes.length
  }

  /** The next piece, of at most `mostBytes`; undefined when there are no more. */
  next(mostBytes = Number.POSITIVE_INFINITY): Buffer | undefined {
    const start = this.#at
    if (this.isEmpty) return undefined
    const end = this.#bytes.length - start <= PIECE_BYTES ? this.#bytes.length : this.#endAfter(start + PIECE_BYTES)
    this.#at = Math.min(end, start + mostBytes)
    return this.#bytes.subarray(start, this.#at)
  }

  #endAfter(from: number): number {
    let end = this.#bytes.length
    for (const [kind, line] of EMPTY_LINES.entries()) {
      const known = this.#found[kind] ?? -1
      const found = known >= from ? known : this.#find(line, from)
      this.#found[kind] = found
      end = Math.min(end, found + line.length)
    }
    return end
  }

  #find(line: Buffer, from: number): number {
    const found = this.#bytes.indexOf(line, from)
    return found < 0 ? Number.POSITIVE_INFINITY : found
  }
}
