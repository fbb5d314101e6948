import { setTimeout as delay } from 'node:timers/promises'
import type { MetadataStore, Rows } from '../ports/metadata-store.ts'
import { ownTurn } from '../runtime/own-turn.ts'

/** How long a transaction may keep others from writing. */
const TRANSACTION_MS = 250

/** How long a piece of work may keep the event loop to itself. */
const TURN_MS = 10

/**
 * How long a job rests after each piece, in terms of what that piece took. SQLite's writes and the files that are
 * removed share a disk with everything else: with rests as short as the work the p99 of pulls doubled (decision 10).
 */
const RESTS = { alone: 4, shared: 1, awaited: 1 }

export interface PaceOptions {
  /** How many things one piece takes at most. */
  readonly most?: number | undefined
  /** Whether a caller waits for the end of the job. Such a job rests as long as it works. */
  readonly isAwaited?: boolean | undefined
}

/**
 * The pace of a job that would hold up requests if it did all of its work at once. The job works in pieces: `work`
 * does one, and `rest` leaves time and disk to requests before the next.
 */
export class Pace {
  readonly #most: number
  readonly #rests: number
  #size: number
  #lastMs = 0

  constructor({ isShared }: Pick<MetadataStore, 'isShared'>, { most = 1, isAwaited = false }: PaceOptions = {}) {
    this.#most = most
    this.#size = most
    this.#rests = isAwaited ? RESTS.awaited : isShared ? RESTS.shared : RESTS.alone
  }

  /**
   * How many things the next piece takes: as many as possible, unless the piece before took longer than others may be
   * kept from writing. One image has one tag, another a thousand.
   */
  get size(): number {
    return this.#size
  }

  async work<T>(piece: (size: number) => Promise<T>): Promise<T> {
    const start = performance.now()
    try {
      return await piece(this.#size)
    } finally {
      this.#took(performance.now() - start)
    }
  }

  /** Rests; ends early with `signal`. */
  async rest(signal?: AbortSignal): Promise<void> {
    await pause(this.#lastMs * this.#rests, signal)
  }

  #took(ms: number): void {
    this.#lastMs = ms
    if (ms > TRANSACTION_MS) this.#size = Math.max(1, Math.floor((this.#size * TRANSACTION_MS) / ms))
    else this.#size = Math.min(this.#most, this.#size * 2)
  }
}

/**
 * Does a job in pieces, each of them a transaction of so many things, until one finds fewer to do or `signal` ends it.
 * Returns how many were done.
 */
export async function inPieces(
  metadata: MetadataStore,
  piece: (rows: Rows, size: number) => Promise<number>,
  { signal, ...options }: PaceOptions & { readonly signal?: AbortSignal | undefined },
): Promise<number> {
  const pace = new Pace(metadata, options)
  let total = 0
  while (signal?.aborted !== true) {
    const { size } = pace
    const done = await pace.work(() => metadata.transaction(rows => piece(rows, size)))
    total += done
    if (done < size) break
    await pace.rest(signal)
  }
  return total
}

/** Waits for so many milliseconds. It ends early with `signal`, and never rejects. */
export async function pause(ms: number, signal?: AbortSignal | undefined): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => {})
}

/**
 * Turns of the event loop for work on thousands of things that awaits nothing by itself. `await turns.pass()` every
 * few of them lets requests be served in between, and other such work go on.
 */
export class Turns {
  #until = performance.now() + TURN_MS

  async pass(): Promise<void> {
    if (performance.now() < this.#until) return
    await ownTurn()
    this.#until = performance.now() + TURN_MS
  }
}
