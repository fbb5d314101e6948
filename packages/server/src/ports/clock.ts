/** The time, so that tests can move it. Milliseconds since 1970. */
export interface Clock {
  now(): number
  /** Milliseconds of a clock that nobody sets, for spans of time; tests that move the time do without. */
  elapsed?(): number
}

/** For how long something has been: as `elapsed` tells, if it does. */
export const elapsedMs = (clock: Clock): number => clock.elapsed?.() ?? clock.now()

/** For what goes by spans of time alone: whoever sets the clock does not move it. */
export const monotonicClock: Clock = { now: () => performance.now() }

export const systemClock: Clock = { now: () => Date.now(), elapsed: () => performance.now() }
