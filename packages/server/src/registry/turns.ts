import { setImmediate as nextTurn } from 'node:timers/promises'

/** How long a piece of work may keep the event loop to itself. */
const TURN_MS = 10

/**
 * For work on thousands of things that awaits nothing by itself: `await turns.pass()` every few of them lets requests be
 * served in between.
 */
export class Turns {
  #since = performance.now()

  async pass(): Promise<void> {
    if (performance.now() - this.#since < TURN_MS) return
    await nextTurn()
    this.#since = performance.now()
  }
}
