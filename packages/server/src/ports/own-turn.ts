import { setImmediate as nextTurn } from 'node:timers/promises'

let last: Promise<unknown> = Promise.resolve()

/**
 * Waits for a turn of the event loop that no other caller has: of long pieces of work one is done in a turn, however many
 * clients ask for them at once, and whatever is short is served between two of them. The order is that of asking.
 */
export function ownTurn(): Promise<unknown> {
  last = last.then(() => nextTurn())
  return last
}
