import type { Actor } from '../../domain/actor.ts'
import type { ImageRef } from '../../domain/image-ref.ts'
import type { Rows } from '../../ports/metadata-store.ts'
import type { RepositoryRow } from '../../ports/rows/repositories/repositories.ts'
import type { RegistryContext } from '../context.ts'
import { carryOut } from '../images/delete-images.ts'
import type { TagLists } from '../images/tag-lists.ts'
import { nameOfPlan, planSelection, type SelectionPlan } from './plan-selection.ts'

export type SelectionOutcome =
  | { readonly kind: 'done'; readonly done: SelectionPlan }
  /** The selection would not take any more what was confirmed. Nothing was done. */
  | { readonly kind: 'changed' }
  /** The selection takes more images than `most`. Nothing was done. */
  | { readonly kind: 'tooMany' }

export interface SelectionOptions {
  readonly most: number
  /** The name of the plan that was confirmed. Undefined takes whatever the plan is now. */
  readonly confirmed: string | undefined
  /** The lists of tags that `lookAtTags` has matched. */
  readonly lists: TagLists
}

/**
 * Deletes selected images and tags with what belongs to them, as a part of the caller's transaction, by the plan that
 * `previewDeletion` shows.
 */
export async function deleteSelection(
  context: RegistryContext,
  rows: Rows,
  { actor, row, refs }: { readonly actor: Actor; readonly row: RepositoryRow; readonly refs: readonly ImageRef[] },
  { most, confirmed, lists }: SelectionOptions,
): Promise<SelectionOutcome> {
  const planned = await planSelection(rows, row, refs, { most, lists })
  if (planned === undefined) return { kind: 'tooMany' }
  if (confirmed !== undefined && nameOfPlan(planned) !== confirmed) return { kind: 'changed' }
  await carryOut(context, rows, actor, row, planned)
  return { kind: 'done', done: planned }
}
