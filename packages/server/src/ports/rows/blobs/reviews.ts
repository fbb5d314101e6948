/** What waits for the collector. */
export interface QueueState {
  /** Digests that wait for a review. */
  readonly waiting: number
  /** Those of them whose review is due. */
  readonly due: number
  readonly firstAt: number | undefined
  readonly lastAt: number | undefined
}
