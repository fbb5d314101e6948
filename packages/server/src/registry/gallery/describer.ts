import { setTimeout as delay } from 'node:timers/promises'
import type { RegistryContext } from '../context.ts'
import { describeImages } from './describe-images.ts'

/** Whoever pushes an image pushes its index next: they are looked up together. */
const PAUSE_MS = 300

/**
 * Looks up what was pushed, soon after a push and beside it: nobody waits. What is missed, because the server ends or a
 * store is away, housekeeping finds.
 */
export class Describer {
  readonly #context: RegistryContext
  readonly #signal: AbortSignal
  readonly #onError: (error: unknown) => void
  #isDue = false
  #work: Promise<void> | undefined

  constructor(context: RegistryContext, signal: AbortSignal, onError: (error: unknown) => void) {
    this.#context = context
    this.#signal = signal
    this.#onError = onError
  }

  /** Notes that there is something to look up. It never throws. */
  begin(): void {
    this.#isDue = true
    this.#work ??= this.#run().finally(() => {
      this.#work = undefined
    })
  }

  /** Resolves when nothing is under way. It never rejects. */
  async ended(): Promise<void> {
    await this.#work
  }

  async #run(): Promise<void> {
    while (this.#isDue && !this.#signal.aborted) {
      await delay(PAUSE_MS, undefined, { signal: this.#signal, ref: false }).catch(() => {})
      this.#isDue = false
      await describeImages(this.#context, this.#signal).catch(this.#onError)
    }
  }
}
