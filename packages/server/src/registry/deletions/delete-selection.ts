import type { Actor } from '../../domain/actor.ts'
import type { ImageRef } from '../../domain/image-ref.ts'
import type { RegistryContext, RepositoryRef } from '../context.ts'
import { carryOut, lookAtTags } from '../images/delete-images.ts'
import { readAgain } from '../repositories/repository-ref.ts'
import { nameOfPlan, planSelection, type SelectionPlan } from './plan-selection.ts'

export type SelectionOutcome =
  | { readonly kind: 'done'; readonly done: SelectionPlan }
  /** What the selection would take is no longer what was confirmed. Nothing was done. */
  | { readonly kind: 'changed' }
  /** The selection takes more images than `most`. Nothing was done. */
  | { readonly kind: 'tooMany' }

export interface SelectionOptions {
  readonly most: number
  /** The name of the plan that was confirmed. Undefined takes whatever the plan is now. */
  readonly confirmed: string | undefined
}

/**
 * Deletes selected images and tags with what belongs to them, in one transaction, by the plan that `previewDeletion`
 * shows. @throws RegistryError as `readAgain`
 */
export async function deleteSelection(
  context: RegistryContext,
  actor: Actor,
  repository: RepositoryRef,
  refs: readonly ImageRef[],
  { most, confirmed }: SelectionOptions,
): Promise<SelectionOutcome> {
  const lists = await lookAtTags(context, repository, refs)
  return context.metadata.transaction(
    async (rows): Promise<SelectionOutcome> => {
      const row = await readAgain(rows, repository)
      const planned = await planSelection(rows, row, refs, { most, lists })
      if (planned === undefined) return { kind: 'tooMany' }
      if (confirmed !== undefined && nameOfPlan(planned) !== confirmed) return { kind: 'changed' }
      await carryOut(context, rows, actor, row, planned)
      return { kind: 'done', done: planned }
    },
    { isLarge: true },
  )
}
