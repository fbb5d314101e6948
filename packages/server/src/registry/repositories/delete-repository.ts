import type { Actor } from '../../domain/actor.ts'
import type { Tag } from '../../domain/names.ts'
import { ControlError } from '../../domain/problem.ts'
import type { Rows } from '../../ports/metadata-store.ts'
import type { Page, RepositoryId } from '../../ports/rows/common.ts'
import type { RepositorySettings } from '../../ports/rows/repositories/repositories.ts'
import { recordDeeds } from '../audit.ts'
import type { Removals } from '../blobs/removals.ts'
import { type RegistryContext, type RepositoryRef, words } from '../context.ts'
import { everyPage } from '../every-page.ts'
import { TagLists } from '../images/tag-lists.ts'
import { Pace } from '../pace.ts'
import { readAgain } from './repository-ref.ts'

/**
 * How many rows go with the repository itself, in the transaction that takes its name: nearly all repositories have
 * fewer.
 */
const AT_ONCE = 500
/** How many rows go in each of the transactions that follow. */
const BATCH = 5_000
const HIDDEN_PAGE = 100

/**
 * Deletes a repository with everything in it, its bin too. One that holds images goes only by `force`, and one that
 * protects some of them does not go. The repository is gone at once. Where much is in it, that goes afterwards, a part
 * at a time.
 * @throws ProblemError `repositoryNotEmpty`, `repositoryProtected`, and as `readAgain`
 */
export async function deleteRepository(
  context: RegistryContext,
  actor: Actor,
  removals: Removals,
  repository: RepositoryRef,
  { force }: { force: boolean },
): Promise<void> {
  const { metadata, clock } = context
  const lists = new TagLists()
  const protectsTags = repository.settings.protectedTags.length > 0
  if (protectsTags && force) await refuseForProtected(metadata.rows, repository.settings, repository, lists)
  const isEmpty = await metadata.transaction(
    async rows => {
      const row = await readAgain(rows, repository)
      if (row.imageCount > 0 && !force) throw new ControlError({ kind: 'repositoryNotEmpty', ...words(repository) })
      await refuseForProtected(rows, row.settings, repository, lists)
      await rows.hiddenRepositories.hide(row.id)
      const { accountId, name, imageCount, binCount } = row
      const detail = `with ${imageCount} images, and ${binCount} in the bin`
      const deed = { action: 'DeleteRepository' as const, accountId, repository: name, detail }
      await recordDeeds(rows, actor, clock.now(), [deed])
      return emptySome(rows, row.id, clock.now(), AT_ONCE)
    },
    // All tags of the repository are read where some are protected.
    { isLarge: protectsTags },
  )
  // Nobody waits for the rest, nor for the bytes of open uploads. The next pass does what is not done now.
  void (isEmpty ? Promise.resolve() : finishDeletion(context, repository.id).catch(() => {})).then(() =>
    removals.emptyJournal(),
  )
}

/**
 * The first page with protected tags tells enough. The pages that were seen before the transaction are not matched
 * again.
 * @throws ControlError `repositoryProtected`
 */
async function refuseForProtected(
  rows: Rows,
  { protectedTags }: RepositorySettings,
  repository: RepositoryRef,
  lists: TagLists,
): Promise<void> {
  if (protectedTags.length === 0) return
  const list = (page: Page<Tag>) => rows.tags.list(repository.id, page)
  for await (const page of everyPage(list, row => row.tag, 1_000)) {
    const tags = [...(await lists.matching(protectedTags, [page.map(row => row.tag)]))]
    if (tags.length > 0) throw new ControlError({ kind: 'repositoryProtected', tags, ...words(repository) })
  }
}

/**
 * Removes about `limit` rows of a hidden repository, and the repository with the last of them. True when it is gone.
 */
async function emptySome(rows: Rows, id: RepositoryId, now: number, limit: number): Promise<boolean> {
  if (!(await rows.hiddenRepositories.empty(id, now, limit))) return false
  await rows.hiddenRepositories.delete(id, now)
  return true
}

async function finishDeletion(
  { metadata, clock }: RegistryContext,
  id: RepositoryId,
  signal?: AbortSignal | undefined,
): Promise<void> {
  const pace = new Pace(metadata, { most: BATCH })
  while (signal?.aborted !== true) {
    const isGone = await pace.work(size =>
      metadata.transaction(rows => emptySome(rows, id, clock.now(), size), { isLarge: true }),
    )
    if (isGone) return
    await pace.rest(signal)
  }
}

/** Empties the repositories that were deleted and still hold something: a server may have stopped in between. */
export async function finishDeletions(context: RegistryContext, signal?: AbortSignal): Promise<void> {
  for (;;) {
    const hidden = await context.metadata.rows.hiddenRepositories.list(HIDDEN_PAGE)
    for (const id of hidden) await finishDeletion(context, id, signal)
    if (hidden.length < HIDDEN_PAGE || signal?.aborted === true) return
  }
}
