import type { StorageKey } from '../ports/blob-store.ts'
import type { RegistryContext } from './context.ts'

const BATCH = 100

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
    this.#again = true
    this.#sweep ??= this.#run()
    return this.#sweep
  }

  async #run(): Promise<void> {
    try {
      while (this.#again) {
        this.#again = false
        if ((await this.#removeSome()) > 0) this.#again = true
      }
    } catch (error) {
      this.#onError(error)
    } finally {
      this.#sweep = undefined
    }
  }

  /** Returns how many keys were struck off; one that cannot be removed does not hold up the others. */
  async #removeSome(): Promise<number> {
    const { metadata, blobs } = this.#context
    const gone: StorageKey[] = []
    for (const key of await metadata.rows.uploads.removals(BATCH)) {
      try {
        await blobs.remove(key)
        gone.push(key)
      } catch (error) {
        this.#onError(error)
      }
    }
    if (gone.length > 0)
      await metadata.transaction(async ({ uploads }) => {
        for (const key of gone) await uploads.removed(key)
      })
    return gone.length
  }
}
