/** How far ahead of now each stored time can lie that a clock which was right has written. Milliseconds. */
export interface LongestTimes {
  /** By how much the clocks of servers may differ. */
  readonly slackMs: number
  readonly blobLeaseMs: number
  readonly uploadMs: number
  readonly retryMs: number
}

/** What lies further ahead, and in how many rows, such as `{ uploads: 2 }`. */
export type WrongTimes = Readonly<Record<string, number>>

/**
 * Stored times that lie in the future. A clock that was ahead for a moment, as of a machine that has not asked for the
 * time yet, leaves some behind that would hold up work for as long as it was ahead.
 */
export interface TimeRows {
  /** True where a row is to be mended: a cheap look, outside of transactions. */
  areWrong(now: number, longest: LongestTimes): Promise<boolean>
  /** Puts back what lies too far ahead, as if it had been written now, some thousand rows of a kind at a time. */
  mend(now: number, longest: LongestTimes): Promise<WrongTimes>
}
