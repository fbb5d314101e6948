/** So long a transaction may keep others from writing. */
const TRANSACTION_MS = 250

/**
 * How many things the next transaction of background work takes: as many as may be, unless the one before took too long. An
 * image may have one tag or a thousand.
 */
export class BatchSize {
  readonly #max: number
  #size: number

  constructor(max: number) {
    this.#max = max
    this.#size = max
  }

  get size(): number {
    return this.#size
  }

  /** To be told of each transaction. */
  took(ms: number): void {
    if (ms > TRANSACTION_MS) this.#size = Math.max(1, Math.floor((this.#size * TRANSACTION_MS) / ms))
    else this.#size = Math.min(this.#max, this.#size * 2)
  }
}
