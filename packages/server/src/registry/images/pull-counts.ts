import { type Clock, dayOf } from '../../ports/clock.ts'
import type { Days } from '../../ports/rows/images/pull-counts.ts'
import type { RegistryContext } from '../context.ts'
import { Pace } from '../pace.ts'

/** The number of days for which pulls are kept, today included. */
export const KEPT_DAYS = 90
/** How many counts are removed in one transaction. */
const BATCH = 500

/** The last days, today included. */
export function lastDays(clock: Clock, days: number): Days {
  const last = dayOf(clock.now())
  return { first: last - days + 1, last }
}

/**
 * Removes counts of days that are not kept any more, until `signal` ends it. The clocks of servers may be a day apart.
 */
export async function forgetPullCounts({ metadata, clock }: RegistryContext, signal?: AbortSignal): Promise<void> {
  const pace = new Pace(metadata, { most: BATCH })
  while (signal?.aborted !== true) {
    const { first, last } = lastDays(clock, KEPT_DAYS)
    const { size } = pace
    const days = { first, last: last + 1 }
    const went = await pace.work(() => metadata.transaction(rows => rows.pullCounts.removeOutside(days, size)))
    if (went < size) return
    await pace.rest(signal)
  }
}
