import type { RegistryContext } from '../registry/context.ts'

const SCHEDULE = 'clock'
const HOUR_MS = 60 * 60 * 1000
const DAY_MS = 24 * HOUR_MS

/** How far ahead a clock is doubted, and for how long it is not believed then. */
const AHEAD = { fromMs: DAY_MS, doubtMs: HOUR_MS }
const BEHIND = { fromMs: HOUR_MS, doubtMs: DAY_MS }

export type ClockDoubt = 'ahead' | 'behind'

/**
 * Tells whether to believe the clock enough for what cannot be taken back. A clock more than a day ahead of the last
 * time that any server wrote may be right, where all of them were off. It is believed after an hour: a machine that
 * has just started asks for the time meanwhile. A clock that is behind by an hour is believed after a day.
 */
export class ClockWatch {
  readonly #context: RegistryContext
  readonly #elapsedMs: () => number
  #doubt: { readonly kind: ClockDoubt; readonly untilMs: number } | undefined

  /** `elapsedMs` tells the milliseconds of a clock that nobody sets. */
  constructor(context: RegistryContext, elapsedMs = () => performance.now()) {
    this.#context = context
    this.#elapsedMs = elapsedMs
  }

  /** The fault of the clock, and by how many milliseconds it is off; undefined where the clock is believed. */
  async doubt(): Promise<{ readonly kind: ClockDoubt; readonly byMs: number } | undefined> {
    const { metadata, clock } = this.#context
    const now = clock.now()
    const known = (await metadata.rows.schedules.find(SCHEDULE))?.finishedAt ?? now
    const kind = now - known > AHEAD.fromMs ? 'ahead' : known - now > BEHIND.fromMs ? 'behind' : undefined
    if (kind !== undefined) {
      const { doubtMs } = kind === 'ahead' ? AHEAD : BEHIND
      if (this.#doubt?.kind !== kind) this.#doubt = { kind, untilMs: this.#elapsedMs() + doubtMs }
      if (this.#elapsedMs() < this.#doubt.untilMs) return { kind, byMs: Math.abs(now - known) }
    }
    this.#doubt = undefined
    if (known === now || Math.abs(now - known) > HOUR_MS)
      await metadata.transaction(async ({ schedules }) => {
        await schedules.claim(SCHEDULE, now, now, now)
        await schedules.finish(SCHEDULE, now, '{}')
      })
    return undefined
  }
}
