interface Entry<Key, Value> {
  readonly key: Key
  readonly value: Value
  /** The neighbors of the entry in the order of use. */
  older: Entry<Key, Value> | undefined
  newer: Entry<Key, Value> | undefined
}

/**
 * A map that forgets the entries used longest ago once all entries weigh more than `capacity`. The order is kept in
 * links between the entries, so that a look-up allocates nothing: a `Map` that is written at each use grows and is made
 * anew again and again.
 */
export class LruCache<Key, Value> {
  readonly #entries = new Map<Key, Entry<Key, Value>>()
  readonly #capacity: number
  readonly #weigh: (value: Value) => number
  #weight = 0
  #oldest: Entry<Key, Value> | undefined
  #newest: Entry<Key, Value> | undefined

  constructor(capacity: number, weigh: (value: Value) => number = () => 1) {
    this.#capacity = capacity
    this.#weigh = weigh
  }

  get size(): number {
    return this.#entries.size
  }

  get(key: Key): Value | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    if (entry !== this.#newest) {
      this.#takeOut(entry)
      this.#putLast(entry)
    }
    return entry.value
  }

  set(key: Key, value: Value): void {
    this.delete(key)
    const entry = { key, value, older: undefined, newer: undefined }
    this.#entries.set(key, entry)
    this.#putLast(entry)
    this.#weight += this.#weigh(value)
    while (this.#weight > this.#capacity && this.#oldest !== undefined) this.delete(this.#oldest.key)
  }

  delete(key: Key): void {
    const entry = this.#entries.get(key)
    if (entry === undefined) return
    this.#entries.delete(key)
    this.#takeOut(entry)
    this.#weight -= this.#weigh(entry.value)
  }

  #takeOut(entry: Entry<Key, Value>): void {
    const { older, newer } = entry
    if (older === undefined) this.#oldest = newer
    else older.newer = newer
    if (newer === undefined) this.#newest = older
    else newer.older = older
  }

  #putLast(entry: Entry<Key, Value>): void {
    entry.older = this.#newest
    entry.newer = undefined
    if (this.#newest === undefined) this.#oldest = entry
    else this.#newest.newer = entry
    this.#newest = entry
  }
}
