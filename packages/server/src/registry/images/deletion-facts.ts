import type { DeletionFacts } from '../../domain/deletion.ts'
import type { Digest } from '../../domain/digest.ts'
import { groupBy } from '../../domain/group-by.ts'
import { type ImageRef, namedBy } from '../../domain/image-ref.ts'
import type { Tag } from '../../domain/names.ts'
import type { Rows } from '../../ports/metadata-store.ts'
import type { RepositoryRow } from '../../ports/rows/repositories/repositories.ts'
import type { Turns } from '../pace.ts'
import type { TagLists } from './tag-lists.ts'

/** Facts that the caller may add holders to. */
export type GatheredFacts = DeletionFacts & { readonly parents: Map<Digest, Digest[]> }

/** How many names are read at a time where others shall have their turns in between. */
const PART = 500

/**
 * Reads the facts by which `planDeletion` decides on `refs`. `turns` lets others do their work in between; transactions
 * pass none.
 */
export async function gatherFacts(
  rows: Rows,
  repository: Pick<RepositoryRow, 'id' | 'settings'>,
  refs: readonly ImageRef[],
  lists: TagLists,
  turns?: Turns,
): Promise<GatheredFacts> {
  const { id: repositoryId, settings } = repository
  const named = namedBy(refs)
  const tagRows = await inParts(named.tags, turns, part => rows.tags.find(repositoryId, part))
  const tags = new Map(tagRows.map(row => [row.tag, row.digest]))
  const asked = [...new Set([...named.digests, ...tags.values()])]
  const live = await inParts(asked, turns, async part => [...(await rows.images.existing(repositoryId, part))])
  const images = new Map<Digest, Tag[]>(live.map(digest => [digest, []]))
  for (const row of await inParts(live, turns, part => rows.tags.of(repositoryId, part)))
    images.get(row.digest)?.push(row.tag)
  // An image with more indexes than the call has images is held by an index that is not in the call.
  const pairs = await inParts(live, turns, part => rows.references.parents(repositoryId, part, live.length + 1))
  const parents = groupBy(
    pairs,
    ({ child }) => child,
    ({ parent }) => parent,
  )
  const protectedTags = await lists.matching(settings.protectedTags, images.values())
  return { tags, images, parents, isProtected: tag => protectedTags.has(tag) }
}

/** Reads for all of `names`, a part at a time where others shall have their turns. */
export async function inParts<Name, Row>(
  names: readonly Name[],
  turns: Turns | undefined,
  read: (part: readonly Name[]) => Promise<readonly Row[]>,
): Promise<readonly Row[]> {
  if (turns === undefined) return read(names)
  const found: Row[] = []
  for (let start = 0; start < names.length; start += PART) {
    await turns.pass()
    for (const row of await read(names.slice(start, start + PART))) found.push(row)
  }
  return found
}
