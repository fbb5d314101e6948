import { holdLongPieces } from '../../runtime/own-turn.ts'
import { unavailable } from './sqlite-errors.ts'

/**
 * How many times as long as the last large write took short writes get before the next one, where any of them waited
 * for it.
 */
const SHARE = 3

/** How long one large write may hold back long pieces of work. */
const HOLD_MS = 100

interface Waiter {
  readonly isLarge: boolean
  readonly admit: () => void
}

/**
 * Lets writers in one at a time, in the order in which they came. A push is a handful of short writes: beside somebody
 * who asks for one large write after the other, each of these would wait for a large one. So large writes rest after
 * one that kept short ones waiting, and short ones pass them meanwhile. While short ones wait for a large one, no long
 * piece of work begins on this thread: the large one asks another thread for each of its statements, and each answer
 * would stand behind such a piece. The rests leave time to these.
 */
export class WriteQueue {
  readonly #patienceMs: number
  /** A set keeps the order of arrival. */
  readonly #waiting = new Set<Waiter>()
  #held: { readonly isLarge: boolean; readonly since: number } | undefined
  /** The time until which large writes rest. */
  #restUntil = 0
  #rest: NodeJS.Timeout | undefined
  /** Lets long pieces of work begin again. */
  #letGo: (() => void) | undefined
  #isClosed = false

  /** A writer that waits longer than `patienceMs` is refused. */
  constructor(patienceMs: number) {
    this.#patienceMs = patienceMs
  }

  /** Waits for the writer's turn. @throws RegistryError `unavailable` */
  async enter({ isLarge = false } = {}): Promise<void> {
    if (this.#isClosed) throw unavailable('The database is closed.')
    await this.#wait(isLarge)
  }

  /**
   * Takes the last turn. Writers that came before have theirs first; large ones rest no more. Writers that come later
   * are refused.
   * @throws RegistryError `unavailable`
   */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#restUntil = 0
    clearTimeout(this.#rest)
    this.#rest = undefined
    if (this.#held === undefined) this.#admitNext()
    await this.#wait(false)
  }

  async #wait(isLarge: boolean): Promise<void> {
    if (this.#held === undefined && !(isLarge && this.#isResting())) {
      this.#hold(isLarge)
      return
    }
    await new Promise<void>((resolve, reject) => {
      const admit = () => {
        clearTimeout(timer)
        resolve()
      }
      const waiter = { isLarge, admit }
      const timer = setTimeout(() => {
        this.#waiting.delete(waiter)
        reject(unavailable('Too many writes are waiting for the database.'))
      }, this.#patienceMs)
      this.#waiting.add(waiter)
      this.#holdWork()
      if (this.#held === undefined) this.#admitNext()
    })
  }

  leave(): void {
    const held = this.#held
    this.#held = undefined
    this.#letGo?.()
    this.#letGo = undefined
    if (held?.isLarge === true) {
      const now = performance.now()
      // Nobody shall lose patience for a rest alone.
      const restMs = Math.min(SHARE * (now - held.since), this.#patienceMs / 4)
      this.#restUntil = this.#isShortWaiting() && !this.#isClosed ? now + restMs : now
    }
    this.#admitNext()
  }

  #hold(isLarge: boolean): void {
    this.#held = { isLarge, since: performance.now() }
    this.#holdWork()
  }

  /** Holds long pieces of work back once in a large write, from when a short one waits for it. */
  #holdWork(): void {
    if (this.#held?.isLarge !== true || this.#letGo !== undefined || !this.#isShortWaiting()) return
    const letGo = holdLongPieces()
    const timer = setTimeout(letGo, HOLD_MS)
    this.#letGo = () => {
      clearTimeout(timer)
      letGo()
    }
  }

  #isResting(): boolean {
    return performance.now() < this.#restUntil
  }

  #isShortWaiting(): boolean {
    for (const { isLarge } of this.#waiting) if (!isLarge) return true
    return false
  }

  #admitNext(): void {
    for (const waiter of this.#waiting) {
      if (waiter.isLarge && this.#isResting()) continue
      this.#waiting.delete(waiter)
      this.#hold(waiter.isLarge)
      waiter.admit()
      return
    }
    if (this.#waiting.size > 0) this.#rest ??= setTimeout(this.#endRest, this.#restUntil - performance.now())
  }

  readonly #endRest = (): void => {
    this.#rest = undefined
    if (this.#held === undefined) this.#admitNext()
  }
}
