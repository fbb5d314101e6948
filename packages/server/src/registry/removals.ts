import type { RegistryContext } from './context.ts'

/**
 * Removes bytes that the journal names: rows were struck first, so a crash in between leaves a
 * journal row and the next sweep finishes the work.
 */
export class Removals {
  readonly #context: RegistryContext
  readonly #onError: (error: unknown) => void
  #sweep: Promise<void> | undefined
  #again = false

  /** `onError` hears of bytes that could not be removed now; they stay in the journal. */
  constructor(context: RegistryContext, onError: (error: unknown) => void) {
    this.#context = context
    this.#onError = onError
  }

  /** Empties the journal. A call during a sweep makes that one look once more. Never rejects. */
  sweep(): Promise<void> {
    if (this.#sweep !== undefined) {
      this.#again = true
      return this.#sweep
    }
    this.#sweep = this.#run()
      .catch(this.#onError)
      .finally(() => {
        this.#sweep = undefined
      })
    return this.#sweep
  }

  async #run(): Promise<void> {
    const { metadata, blobs } = this.#context
    do {
      this.#again = false
      for (;;) {
        const keys = await metadata.rows.uploads.removals(100)
        if (keys.length === 0) break
        for (const key of keys) await blobs.remove(key)
        await metadata.transaction(async rows => {
          for (const key of keys) await rows.uploads.removed(key)
        })
      }
    } while (this.#again)
  }
}
