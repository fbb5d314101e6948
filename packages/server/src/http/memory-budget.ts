import { RegistryError } from '../domain/problem.ts'

/** What a request may hold uncounted: connections as such take as much. */
export const UNCOUNTED_BYTES = 64 * 1024

/** What one request holds of a budget. */
export interface MemoryShare {
  /**
   * The request holds `sizeBytes` in all from now on.
   * @throws RegistryError `unavailable` where that is more than is left
   */
  hold(sizeBytes: number): void
  /** Gives everything back; again and again without harm. */
  release(): void
}

/**
 * Memory that large requests share, so that their number does not decide how much the server takes. It is taken as
 * bytes come, not as they are announced, and small requests are always served.
 */
export class MemoryBudget {
  readonly #limitBytes: number
  #heldBytes = 0

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes
  }

  share(): MemoryShare {
    let own = 0
    const set = (sizeBytes: number) => {
      this.#heldBytes += sizeBytes - own
      own = sizeBytes
    }
    return {
      hold: sizeBytes => {
        if (sizeBytes <= UNCOUNTED_BYTES) return
        if (this.#heldBytes - own + sizeBytes > this.#limitBytes)
          throw new RegistryError({
            kind: 'unavailable',
            what: 'The server has as many large requests as its memory allows. Try again in a moment.',
            retryAfterSeconds: 1,
          })
        set(sizeBytes)
      },
      release: () => set(0),
    }
  }
}
