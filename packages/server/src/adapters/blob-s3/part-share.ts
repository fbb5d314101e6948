/** What the writers of one store share: buffers to fill again, and how many parts are on their way at a time. */
export class PartShare {
  readonly partBytes: number
  readonly #limit: number
  readonly #idle: Buffer[] = []
  readonly #waiting: (() => void)[] = []
  #sending = 0

  constructor(partBytes: number, limit: number) {
    this.partBytes = partBytes
    this.#limit = limit
  }

  /** A buffer for one part. The system gives its memory only as it is filled, so a small upload takes little. */
  takeBuffer(): Buffer {
    return this.#idle.pop() ?? Buffer.allocUnsafeSlow(this.partBytes)
  }

  /** Takes back a buffer that nothing refers to any more. */
  giveBuffer(buffer: Buffer): void {
    if (buffer.length === this.partBytes && this.#idle.length < this.#limit) this.#idle.push(buffer)
  }

  /** Waits for its turn, in the order of asking. `leave` must follow. */
  async enter(): Promise<void> {
    if (this.#sending < this.#limit) this.#sending += 1
    else await new Promise<void>(resolve => this.#waiting.push(resolve))
  }

  leave(): void {
    const next = this.#waiting.shift()
    if (next) next()
    else this.#sending -= 1
  }
}
