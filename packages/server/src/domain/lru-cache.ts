/** A map that forgets what was used longest ago once its entries weigh more than `capacity`. */
export class LruCache<Key, Value> {
  readonly #entries = new Map<Key, Value>()
  readonly #capacity: number
  readonly #weigh: (value: Value) => number
  #weight = 0
  /**
   * Walks from the entry that was used longest ago. It is kept, because a new one passes all places in the map that
   * removed entries have left.
   */
  #oldest: MapIterator<Key>

  constructor(capacity: number, weigh: (value: Value) => number = () => 1) {
    this.#capacity = capacity
    this.#weigh = weigh
    this.#oldest = this.#entries.keys()
  }

  get size(): number {
    return this.#entries.size
  }

  get(key: Key): Value | undefined {
    const value = this.#entries.get(key)
    if (value !== undefined) {
      this.#entries.delete(key)
      this.#entries.set(key, value)
    }
    return value
  }

  set(key: Key, value: Value): void {
    this.delete(key)
    this.#entries.set(key, value)
    this.#weight += this.#weigh(value)
    while (this.#weight > this.#capacity && this.#entries.size > 0) {
      const { value: oldest, done } = this.#oldest.next()
      if (done === true) this.#oldest = this.#entries.keys()
      else this.delete(oldest)
    }
  }

  delete(key: Key): void {
    const value = this.#entries.get(key)
    if (value === undefined) return
    this.#entries.delete(key)
    this.#weight -= this.#weigh(value)
  }
}
