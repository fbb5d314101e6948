import type { Tag } from '../../domain/names.ts'
import type { ShownRepository } from '../../ports/rows/gallery/shown-repositories.ts'
import type { RegistryContext } from '../context.ts'
import { KEPT_DAYS, lastDays } from '../images/pull-counts.ts'

/** The days whose sum is shown where one number has to do. */
export const RECENT_DAYS = 30

/** How often a repository was pulled, by day. */
export interface PullsByDay {
  /** Every day that is kept, the last one is today. Days are as `dayOf` gives them. */
  readonly days: readonly { readonly day: number; readonly pulls: number }[]
  /** Of the last 30 of them. */
  readonly recent: number
}

/** Undefined where its registry hides that. */
export async function showPulls(
  { metadata, clock }: RegistryContext,
  { id, hidesPulls }: ShownRepository,
): Promise<PullsByDay | undefined> {
  if (hidesPulls) return undefined
  const kept = lastDays(clock, KEPT_DAYS)
  const counted = new Map((await metadata.rows.pullCounts.byDay(id, kept)).map(({ day, pulls }) => [day, pulls]))
  const days = Array.from({ length: KEPT_DAYS }, (_, at) => kept.first + at).map(day => ({
    day,
    pulls: counted.get(day) ?? 0,
  }))
  return { days, recent: days.slice(-RECENT_DAYS).reduce((sum, { pulls }) => sum + pulls, 0) }
}

/** How often tags were pulled in all days that are kept, where that is more than never. */
export async function pullsOfTags(
  { metadata, clock }: RegistryContext,
  { id }: Pick<ShownRepository, 'id'>,
  tags: readonly Tag[],
): Promise<ReadonlyMap<Tag, number>> {
  return metadata.rows.pullCounts.ofTags(id, tags, lastDays(clock, KEPT_DAYS))
}
