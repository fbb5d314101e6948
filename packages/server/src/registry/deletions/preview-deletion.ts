import type { ImageRef } from '../../domain/image-ref.ts'
import type { Tag } from '../../domain/names.ts'
import { namingPattern } from '../../domain/tag-patterns.ts'
import type { ManifestRow } from '../../ports/rows/images/images.ts'
import { binMs } from '../bin/bin.ts'
import type { RegistryContext, RepositoryRef } from '../context.ts'
import { lookAtTags } from '../images/delete-images.ts'
import { Turns } from '../pace.ts'
import { readAgain } from '../repositories/repository-ref.ts'
import { countFreed, type Freed } from './count-freed.ts'
import { nameOfPlan, planSelection, type SelectionPlan } from './plan-selection.ts'

/** The most images that one preview is made for. */
const MOST_PREVIEWED = 10_000
/** Somebody waits for the page. */
const COUNTING_MS = 1_500
/** Rows that are read at a time. */
const PIECE = 500

/** What a deletion would take, before anything has happened. */
export interface DeletionPreview extends SelectionPlan {
  /** The name of the plan, which the deletion is given so that it does this or nothing (`nameOfPlan`). */
  readonly name: string
  /** The images that go, in the order of the plan. */
  readonly images: readonly ManifestRow[]
  /** Which of the owner's patterns protects each protected tag that was selected. */
  readonly rules: ReadonlyMap<Tag, string>
  readonly freed: Freed
  /** Until when what goes can be restored at least; undefined where the bin is off. Milliseconds since 1970. */
  readonly binUntil: number | undefined
}

/**
 * Tells what `deleteSelection` would do, and changes nothing. Undefined where that is more than `MOST_PREVIEWED`
 * images. @throws RegistryError as `readAgain`
 */
export async function previewDeletion(
  context: RegistryContext,
  repository: RepositoryRef,
  refs: readonly ImageRef[],
): Promise<DeletionPreview | undefined> {
  const { metadata, clock } = context
  const { rows } = metadata
  const row = await readAgain(rows, repository)
  const turns = new Turns()
  const lists = await lookAtTags(context, repository, refs)
  const planned = await planSelection(rows, row, refs, { most: MOST_PREVIEWED, lists, turns })
  if (planned === undefined) return undefined
  const images: ManifestRow[] = []
  for (let start = 0; start < planned.plan.images.length; start += PIECE) {
    await turns.pass()
    for (const image of await rows.images.find(row.id, planned.plan.images.slice(start, start + PIECE)))
      images.push(image)
  }
  const ms = await binMs(context, rows, row)
  const now = clock.now()
  const counting = { binUntil: now + ms, withinMs: COUNTING_MS }
  return {
    ...planned,
    name: nameOfPlan(planned),
    images,
    rules: rulesOf(planned, row.settings.protectedTags),
    freed: await countFreed(context, row.id, images, counting),
    binUntil: ms > 0 ? now + ms : undefined,
  }
}

function rulesOf({ plan }: SelectionPlan, patterns: readonly string[]): Map<Tag, string> {
  const patternOf = namingPattern(patterns)
  const rules = new Map<Tag, string>()
  for (const { failure } of plan.failures) {
    if (failure.kind !== 'protected') continue
    for (const tag of failure.tags) {
      const pattern = patternOf(tag)
      if (pattern !== undefined) rules.set(tag, pattern)
    }
  }
  return rules
}
