export interface ScheduleRow {
  readonly name: string
  readonly leaseUntil: number
  readonly finishedAt: number | undefined
  /** JSON, as the last run left it. */
  readonly report: string | undefined
}

export interface ScheduleRows {
  find(name: string): Promise<ScheduleRow | undefined>
  /**
   * Takes the work until `leaseUntil`. False while another process has it, or when it was finished after `notSince`.
   */
  claim(name: string, now: number, leaseUntil: number, notSince: number): Promise<boolean>
  /** Puts the end of the lease off. */
  renew(name: string, leaseUntil: number): Promise<void>
  /** Gives the work back. */
  finish(name: string, at: number, report: string): Promise<void>
}
