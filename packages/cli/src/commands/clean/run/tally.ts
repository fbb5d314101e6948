import type { Repository } from '../inventory/repositories.ts'
import type { Removal } from '../plan/plan.ts'
import type { Totals } from '../plan/totals.ts'
import type { Outcome } from './call-delete.ts'

interface Failure {
  readonly repository: Repository
  readonly removal: Removal
  readonly code: string
  readonly reason: string
}

/** What came of a plan. */
export interface Result {
  readonly images: number
  readonly tags: number
  /** How many removals found their image or tag gone already. */
  readonly gone: number
  readonly failures: readonly Failure[]
  readonly notTried: number
  readonly interrupted: boolean
  /** The kinds of the outcomes that were told. */
  readonly outcomes: ReadonlyMap<Removal, Outcome['kind']>
}

/** Gathers outcomes as they come. */
export function createTally(planned: Totals & { readonly removals: number }) {
  let [images, tags, gone] = [0, 0, 0]
  const failures: Failure[] = []
  const outcomes = new Map<Removal, Outcome['kind']>()
  return {
    add(repository: Repository, removal: Removal, outcome: Outcome) {
      outcomes.set(removal, outcome.kind)
      if ('code' in outcome) failures.push({ repository, removal, code: outcome.code, reason: outcome.reason })
      else if (outcome.kind === 'gone') gone++
      else if (removal.tags) tags += removal.tags.length
      else images++
    },
    settled: () => outcomes.size,
    result: (interrupted: boolean): Result => ({
      images,
      tags,
      gone,
      failures,
      interrupted,
      outcomes,
      notTried: planned.removals - outcomes.size,
    }),
  }
}
