export interface ScheduleRow {
  readonly name: string
  readonly leaseUntil: number
  readonly finishedAt: number | undefined
  /** The report of the last run, as JSON. */
  readonly report: string | undefined
}

export interface ScheduleRows {
  find(name: string): Promise<ScheduleRow | undefined>
  /**
   * Claims the work until `leaseUntil`. False while another process has it, or when it was finished after `notSince`.
   */
  claim(name: string, now: number, leaseUntil: number, notSince: number): Promise<boolean>
  /** Prolongs the lease until `leaseUntil`. */
  renew(name: string, leaseUntil: number): Promise<void>
  /** Ends the work, finished at the time `at`, and stores its report. */
  finish(name: string, at: number, report: string): Promise<void>
}
