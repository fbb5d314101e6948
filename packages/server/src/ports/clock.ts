/** The time, in milliseconds since 1970. Tests hand in clocks that they move. */
export interface Clock {
  now(): number
  /** Milliseconds of a clock that nobody sets, for spans of time. Clocks of tests may lack it. */
  elapsed?(): number
}

/** Milliseconds of which only differences count: those of `elapsed` where the clock has it, else of `now`. */
export const elapsedMs = (clock: Clock): number => clock.elapsed?.() ?? clock.now()

/** A clock for spans of time only: setting the machine's clock does not move it. */
export const monotonicClock: Clock = { now: () => performance.now() }

export const systemClock: Clock = { now: () => Date.now(), elapsed: () => performance.now() }

const DAY_MS = 24 * 60 * 60 * 1000

/** The day of a time in milliseconds since 1970, in UTC, as the number of days since then. */
export const dayOf = (at: number): number => Math.floor(at / DAY_MS)

/** `2026-12-01` */
export const formatDay = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10)
