import { groupBy } from '../../domain/group-by.ts'
import type { AccountId } from '../../domain/names.ts'
import type { Rows } from '../../ports/metadata-store.ts'
import type { DeletionId, Page, RepositoryId } from '../../ports/rows/common.ts'
import type { BinRow } from '../../ports/rows/images/bin.ts'
import type { LostTag } from '../../ports/rows/images/tag-history.ts'
import type { RepositoryRow } from '../../ports/rows/repositories/repositories.ts'
import type { RegistryContext } from '../context.ts'
import { restorable } from '../images/tag-history.ts'
import type { PageOf } from '../page.ts'

/** An image with its tags that can be restored, or a tag that was moved or deleted while its image stayed. */
export type Deleted = { readonly image: BinRow } | { readonly tag: LostTag }

/** The last deletion and the last lost tag that were listed. */
export interface DeletedKey {
  readonly image?: DeletionId | undefined
  readonly tag?: number | undefined
}

/**
 * Lists what was deleted in one repository and can be restored, newest first. A page before the end may be shorter than
 * its limit.
 */
export async function listDeleted(
  { metadata: { rows }, clock }: RegistryContext,
  repositoryId: RepositoryId,
  { after, limit }: Page<DeletedKey>,
): Promise<PageOf<Deleted, DeletedKey>> {
  const page = { limit: limit + 1, notDueAt: clock.now() }
  const images = await rows.bin.list(repositoryId, { ...page, after: after?.image })
  const tags = await rows.tagHistory.lost(repositoryId, { ...page, after: after?.tag })
  const { items, next } = merge(images, tags, limit, after)
  return { items: await withoutGone(rows, items, page.notDueAt), next }
}

/** As `listDeleted`, for all repositories of an account. Each entry has its repository. */
export async function listDeletedOfRegistry(
  { metadata: { rows }, clock }: RegistryContext,
  accountId: AccountId,
  { after, limit }: Page<DeletedKey>,
): Promise<PageOf<{ deleted: Deleted; repository: RepositoryRow }, DeletedKey>> {
  const page = { limit: limit + 1, notDueAt: clock.now() }
  const images = await rows.bin.listAll(accountId, { ...page, after: after?.image })
  const tags = await rows.tagHistory.lostOfAccount(accountId, { ...page, after: after?.tag })
  const { items, next } = merge(images, tags, limit, after)
  const there = await withoutGone(rows, items, page.notDueAt)
  const repositories = new Map<RepositoryId, RepositoryRow>()
  for (const id of new Set(there.map(repositoryOf))) {
    const row = await rows.repositories.get(id)
    if (row !== undefined) repositories.set(id, row)
  }
  // A repository that went while the page was read took its images with it.
  const found = there.flatMap(deleted => {
    const repository = repositories.get(repositoryOf(deleted))
    return repository === undefined ? [] : [{ deleted, repository }]
  })
  return { items: found, next }
}

const repositoryOf = (deleted: Deleted): RepositoryId =>
  'image' in deleted ? deleted.image.repositoryId : deleted.tag.repositoryId

/** Two lists, each newest first, as one of at most `limit`. */
function merge(
  images: readonly BinRow[],
  tags: readonly LostTag[],
  limit: number,
  after: DeletedKey | undefined,
): PageOf<Deleted, DeletedKey> {
  const items: Deleted[] = []
  let [imageAt, tagAt] = [0, 0]
  while (items.length < limit) {
    const [image, tag] = [images[imageAt], tags[tagAt]]
    if (image !== undefined && (tag === undefined || image.deletedAt >= tag.movedAt)) {
      items.push({ image })
      imageAt += 1
    } else if (tag !== undefined) {
      items.push({ tag })
      tagAt += 1
    } else break
  }
  const next = { image: images[imageAt - 1]?.id ?? after?.image, tag: tags[tagAt - 1]?.id ?? after?.tag }
  return { items, next: imageAt < images.length || tagAt < tags.length ? next : undefined }
}

async function withoutGone(rows: Rows, items: readonly Deleted[], now: number): Promise<Deleted[]> {
  const lost = items.flatMap(item => ('tag' in item ? [item.tag] : []))
  const there = new Set<number>()
  for (const [repositoryId, own] of groupBy(
    lost,
    row => row.repositoryId,
    row => row,
  ))
    for (const { id } of await restorable(rows, repositoryId, own, now)) there.add(id)
  return items.filter(item => 'image' in item || there.has(item.tag.id))
}
