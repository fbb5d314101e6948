/** How far ahead of now each kind of stored time can lie when the clock that wrote it was right. Milliseconds. */
export interface LongestTimes {
  /** By how much the clocks of servers may differ. */
  readonly slackMs: number
  readonly blobLeaseMs: number
  readonly uploadMs: number
  readonly retryMs: number
}

/** How many rows of each kind have times too far ahead, such as `{ uploads: 2 }`. */
export type WrongTimes = Readonly<Record<string, number>>

/**
 * Stored times that lie in the future. A clock that was ahead for a moment, as on a machine that has not asked for the
 * time yet, leaves times behind that would hold up work for as long as the clock was ahead.
 */
export interface TimeRows {
  /** Whether some row is to be mended. This is a cheap look, outside of transactions. */
  areWrong(now: number, longest: LongestTimes): Promise<boolean>
  /** Sets times that lie too far ahead as if they had been written now, some thousand rows of a kind at a time. */
  mend(now: number, longest: LongestTimes): Promise<WrongTimes>
}
