import type { ImageRef } from '../../domain/image-ref.ts'
import type { Tag } from '../../domain/names.ts'
import { namingPattern } from '../../domain/tag-patterns.ts'
import type { ManifestRow } from '../../ports/rows/images/images.ts'
import { binMs } from '../bin/bin.ts'
import type { RegistryContext, RepositoryRef } from '../context.ts'
import { lookAtTags } from '../images/delete-images.ts'
import { inParts } from '../images/deletion-facts.ts'
import { Turns } from '../pace.ts'
import { readAgain } from '../repositories/repository-ref.ts'
import type { CountFreed, Freed } from './count-freed.ts'
import { nameOfPlan, planSelection, type SelectionPlan } from './plan-selection.ts'

/** The most images that one preview is made for. */
const MOST_PREVIEWED = 10_000
/**
 * For how many milliseconds a preview counts. Somebody waits for the page: a bound is told where counting takes longer.
 */
const COUNTED_WITHIN_MS = 1_700

/** What a deletion would take, before anything has happened. */
export interface PlannedDeletion extends SelectionPlan {
  /** The name of the plan, which the deletion is given so that it does this or nothing (`nameOfPlan`). */
  readonly name: string
}

/** A planned deletion as a person is shown it. */
export interface DeletionPreview extends PlannedDeletion {
  /** The images that go, in the order of the plan. */
  readonly images: readonly ManifestRow[]
  /** Which of the owner's patterns protects each protected tag that was selected. */
  readonly rules: ReadonlyMap<Tag, string>
  readonly freed: Freed
  /**
   * The time until which what goes can be restored at least, in milliseconds since 1970; undefined where the bin is
   * off.
   */
  readonly binUntil: number | undefined
}

/**
 * Plans what `deleteSelection` would do, and changes nothing. Undefined where that is more than `MOST_PREVIEWED`
 * images. @throws RegistryError as `readAgain`
 */
export async function planDeletionOf(
  context: RegistryContext,
  repository: RepositoryRef,
  refs: readonly ImageRef[],
): Promise<PlannedDeletion | undefined> {
  const { rows } = context.metadata
  const row = await readAgain(rows, repository)
  const lists = await lookAtTags(context, repository, refs)
  const planned = await planSelection(rows, row, refs, { most: MOST_PREVIEWED, lists, turns: new Turns() })
  return planned && { ...planned, name: nameOfPlan(planned) }
}

/** Tells what `planDeletionOf` plans, with what comes free. @throws RegistryError as `readAgain` */
export async function previewDeletion(
  context: RegistryContext,
  repository: RepositoryRef,
  refs: readonly ImageRef[],
  countFreed: CountFreed,
): Promise<DeletionPreview | undefined> {
  const { metadata, clock } = context
  const row = await readAgain(metadata.rows, repository)
  const ms = await binMs(context, metadata.rows, row)
  const binUntil = clock.now() + ms
  const planning = planWithImages(context, repository, refs)
  const images = planning.then(found => found?.images ?? [])
  const asked = { repositoryId: row.id, expected: refs.length, binUntil, withinMs: COUNTED_WITHIN_MS }
  const counting = countFreed({ ...asked, images })
  counting.catch(() => {})
  const found = await planning
  return (
    found && {
      ...found,
      rules: rulesOf(found, row.settings.protectedTags),
      freed: await counting,
      binUntil: ms > 0 ? binUntil : undefined,
    }
  )
}

async function planWithImages(context: RegistryContext, repository: RepositoryRef, refs: readonly ImageRef[]) {
  const planned = await planDeletionOf(context, repository, refs)
  if (planned === undefined) return undefined
  const { images } = context.metadata.rows
  return {
    ...planned,
    images: await inParts(planned.plan.images, new Turns(), part => images.find(repository.id, part)),
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
