import type { DeletionFacts } from '../../domain/deletion.ts'
import type { Digest } from '../../domain/digest.ts'
import { groupBy } from '../../domain/group-by.ts'
import { type ImageRef, namedBy } from '../../domain/image-ref.ts'
import type { Tag } from '../../domain/names.ts'
import type { Rows } from '../../ports/metadata-store.ts'
import type { RepositoryRow } from '../../ports/rows/repositories/repositories.ts'
import type { TagLists } from './tag-lists.ts'

/** Facts that the caller may add holders to. */
export type GatheredFacts = DeletionFacts & { readonly parents: Map<Digest, Digest[]> }

/** Reads what `planDeletion` decides `refs` by. */
export async function gatherFacts(
  rows: Rows,
  repository: Pick<RepositoryRow, 'id' | 'settings'>,
  refs: readonly ImageRef[],
  lists: TagLists,
): Promise<GatheredFacts> {
  const { id: repositoryId, settings } = repository
  const named = namedBy(refs)
  const tagRows = await rows.tags.find(repositoryId, named.tags)
  const tags = new Map(tagRows.map(row => [row.tag, row.digest]))
  const live = await rows.images.existing(repositoryId, [...new Set([...named.digests, ...tags.values()])])
  const images = new Map<Digest, Tag[]>([...live].map(digest => [digest, []]))
  for (const row of await rows.tags.of(repositoryId, [...live])) images.get(row.digest)?.push(row.tag)
  // Who has more indexes than there are images in the call is held by one that is not.
  const pairs = await rows.references.parents(repositoryId, [...live], live.size + 1)
  const parents = groupBy(
    pairs,
    ({ child }) => child,
    ({ parent }) => parent,
  )
  const protectedTags = await lists.matching(settings.protectedTags, images.values())
  return { tags, images, parents, isProtected: tag => protectedTags.has(tag) }
}
