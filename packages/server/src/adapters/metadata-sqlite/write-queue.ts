import { unavailable } from './sqlite-errors.ts'

/** Lets writers in one at a time, in the order in which they came. */
export class WriteQueue {
  readonly #patienceMs: number
  /** Each lets one writer in; a set keeps the order of arrival. */
  readonly #waiting = new Set<() => void>()
  #held = false

  /** A writer that waits longer than `patienceMs` is refused. */
  constructor(patienceMs: number) {
    this.#patienceMs = patienceMs
  }

  /** Waits for the writer's turn. @throws RegistryError `unavailable` */
  async enter(): Promise<void> {
    if (!this.#held) {
      this.#held = true
      return
    }
    await new Promise<void>((resolve, reject) => {
      const admit = () => {
        clearTimeout(timer)
        resolve()
      }
      const timer = setTimeout(() => {
        this.#waiting.delete(admit)
        reject(unavailable('Too many writes are waiting for the database.'))
      }, this.#patienceMs)
      this.#waiting.add(admit)
    })
  }

  leave(): void {
    const [next] = this.#waiting
    if (next === undefined) {
      this.#held = false
      return
    }
    this.#waiting.delete(next)
    next()
  }
}
