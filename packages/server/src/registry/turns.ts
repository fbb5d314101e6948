import { ownTurn } from '../ports/own-turn.ts'

/** How long a piece of work may keep the event loop to itself. */
const TURN_MS = 10

/**
 * For work on thousands of things that awaits nothing by itself: `await turns.pass()` every few of them lets requests be
 * served in between, and others go on that have as much to do.
 */
export class Turns {
  #until = 0

  async pass(): Promise<void> {
    if (performance.now() < this.#until) return
    await ownTurn()
    this.#until = performance.now() + TURN_MS
  }
}
