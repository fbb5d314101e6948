/**
 * The most characters that one evaluation looks at. A policy of 10,240 characters with patterns for a user agent of
 * 2,048 takes a million. Policies that are made to keep a server busy take more. All of the steps together take some
 * ten milliseconds.
 */
export const EVALUATION_STEPS = 4_000_000

/** The work that one evaluation may still cost. All statements of all policies share one budget. */
export class StepBudget {
  #left: number

  constructor(steps = EVALUATION_STEPS) {
    this.#left = steps
  }

  /**
   * Spends steps. Returns false once more were spent than there were: what is found out after that counts for nothing.
   */
  spend(steps: number): boolean {
    this.#left -= steps
    return !this.isSpent
  }

  get isSpent(): boolean {
    return this.#left < 0
  }

  get left(): number {
    return this.#left
  }
}
