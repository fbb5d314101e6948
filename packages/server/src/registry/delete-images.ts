import { type DeletionFacts, type DeletionPlan, type ImageId, namedBy, planDeletion } from '../domain/deletion.ts'
import type { Digest } from '../domain/digest.ts'
import type { Tag } from '../domain/names.ts'
import type { RepositoryId, Rows } from '../ports/metadata-store.ts'
import type { RegistryContext } from './context.ts'

/**
 * Deletes images and tags: one transaction over all ids, worked out on the set of them
 * (BatchDeleteImage; see `planDeletion` for the rules). What could not be deleted is in `failures`.
 */
export function deleteImages(
  { metadata, clock }: RegistryContext,
  repositoryId: RepositoryId,
  ids: readonly ImageId[],
): Promise<DeletionPlan> {
  return metadata.transaction(async rows => {
    const plan = planDeletion(ids, await gatherFacts(rows, repositoryId, ids))
    if (plan.tags.length > 0) await rows.images.deleteTags(repositoryId, plan.tags)
    if (plan.images.length > 0) await rows.images.delete(repositoryId, plan.images, clock.now())
    return plan
  })
}

async function gatherFacts(rows: Rows, repositoryId: RepositoryId, ids: readonly ImageId[]): Promise<DeletionFacts> {
  const named = namedBy(ids)
  const tagRows = await rows.images.findTags(repositoryId, named.tags)
  const tags = new Map(tagRows.map(row => [row.tag, row.digest]))
  const live = await rows.images.existing(repositoryId, [...new Set([...named.digests, ...tags.values()])])
  const images = new Map<Digest, Tag[]>([...live].map(digest => [digest, []]))
  for (const row of await rows.images.tagsOf(repositoryId, [...live])) images.get(row.digest)?.push(row.tag)
  const parents = new Map<Digest, Digest[]>([...live].map(digest => [digest, []]))
  for (const { child, parent } of await rows.images.parents(repositoryId, [...live])) parents.get(child)?.push(parent)
  return { tags, images, parents }
}
