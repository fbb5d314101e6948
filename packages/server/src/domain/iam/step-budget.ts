/**
 * Characters that one evaluation looks at, at most. A policy of 10,240 characters with patterns for a user agent of
 * 2,048 comes to a million; more comes of policies made to keep a server busy. All of the steps take some ten
 * milliseconds.
 */
export const EVALUATION_STEPS = 4_000_000

/** What is left of the work that one evaluation may cost. All statements of all policies share it. */
export class StepBudget {
  #left: number

  constructor(steps = EVALUATION_STEPS) {
    this.#left = steps
  }

  /** Spends steps. False when that was more than there were: what is found out after that counts for nothing. */
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
