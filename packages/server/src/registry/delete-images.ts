import type { Actor } from '../domain/actor.ts'
import { type DeletionFacts, type DeletionPlan, type ImageId, namedBy, planDeletion } from '../domain/deletion.ts'
import type { Digest } from '../domain/digest.ts'
import { groupBy } from '../domain/group-by.ts'
import type { Tag } from '../domain/names.ts'
import { tagMatcher } from '../domain/tag-patterns.ts'
import type { RepositoryRow, Rows } from '../ports/metadata-store.ts'
import { recordDeeds } from './audit.ts'
import { binMs } from './bin.ts'
import type { RegistryContext, RepositoryRef } from './context.ts'
import { readAgain } from './repository-ref.ts'

/**
 * Deletes images and tags: one transaction over all ids, worked out on the set of them
 * (BatchDeleteImage; see `planDeletion` for the rules). What could not be deleted is in `failures`.
 * @throws RegistryError as `readAgain`
 */
export function deleteImages(
  context: RegistryContext,
  actor: Actor,
  repository: RepositoryRef,
  ids: readonly ImageId[],
): Promise<DeletionPlan> {
  return context.metadata.transaction(async rows =>
    deleteInTransaction(context, rows, actor, await readAgain(rows, repository), ids),
  )
}

/** The same as a part of the caller's transaction; the images go to the bin, and every deed into the audit log. */
export async function deleteInTransaction(
  context: RegistryContext,
  rows: Rows,
  actor: Actor,
  repository: RepositoryRow,
  ids: readonly ImageId[],
): Promise<DeletionPlan> {
  const { id: repositoryId, accountId, name } = repository
  const now = context.clock.now()
  const facts = await gatherFacts(rows, repository, ids)
  const plan = planDeletion(ids, facts)
  if (plan.tags.length > 0) await rows.images.deleteTags(repositoryId, plan.tags)
  if (plan.images.length > 0) {
    const deletion = { deletedAt: now, deletedBy: actor.principal, reason: actor.reason ?? actor.via }
    for (const [purgeAfter, digests] of await binnedUntil(context, rows, repository, {
      ...facts,
      digests: plan.images,
      now,
    }))
      await rows.bin.add(repositoryId, digests, { ...deletion, purgeAfter })
    await rows.images.delete(repositoryId, plan.images, now)
  }
  const gone = new Set(plan.images)
  await recordDeeds(
    rows,
    actor,
    now,
    plan.deleted.map(({ digest, tag }) => ({
      action: gone.has(digest) ? 'DeleteImage' : 'DeleteTag',
      ...{ accountId, repository: name, digest, tag },
    })),
  )
  return plan
}

/**
 * Which images go into the bin, by the time until which they stay there; none where the bin is off. What an
 * index in the bin lists stays as long as the index, so that the index can be restored.
 */
async function binnedUntil(
  context: RegistryContext,
  rows: Rows,
  repository: RepositoryRow,
  { digests, parents, now }: Pick<DeletionFacts, 'parents'> & { digests: readonly Digest[]; now: number },
): Promise<Map<number, Digest[]>> {
  const ms = await binMs(context, rows, repository)
  const until = new Map(digests.map(digest => [digest, ms > 0 ? now + ms : 0]))
  for (const { child, purgeAfter } of await rows.bin.parents(repository.id, digests, now))
    until.set(child, Math.max(until.get(child) ?? 0, purgeAfter))
  // An index that stays longer for the sake of another keeps its own children as long, to whatever depth.
  const together = digests.flatMap(child =>
    (parents.get(child) ?? []).filter(parent => until.has(parent)).map(parent => ({ child, parent })),
  )
  for (let settled = false; !settled; ) {
    settled = true
    for (const { child, parent } of together) {
      const time = until.get(parent) ?? 0
      if (time <= (until.get(child) ?? 0)) continue
      until.set(child, time)
      settled = false
    }
  }

  const binned = [...until].filter(([, time]) => time > 0)
  return groupBy(
    binned,
    ([, time]) => time,
    ([digest]) => digest,
  )
}

async function gatherFacts(rows: Rows, repository: RepositoryRow, ids: readonly ImageId[]): Promise<DeletionFacts> {
  const { id: repositoryId, settings } = repository
  const named = namedBy(ids)
  const tagRows = await rows.images.findTags(repositoryId, named.tags)
  const tags = new Map(tagRows.map(row => [row.tag, row.digest]))
  const live = await rows.images.existing(repositoryId, [...new Set([...named.digests, ...tags.values()])])
  const images = new Map<Digest, Tag[]>([...live].map(digest => [digest, []]))
  for (const row of await rows.images.tagsOf(repositoryId, [...live])) images.get(row.digest)?.push(row.tag)
  const pairs = await rows.images.parents(repositoryId, [...live])
  const parents = groupBy(
    pairs,
    ({ child }) => child,
    ({ parent }) => parent,
  )
  return { tags, images, parents, isProtected: tagMatcher(settings.protectedTags) }
}
