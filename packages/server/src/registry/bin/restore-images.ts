import type { Actor } from '../../domain/actor.ts'
import type { Digest } from '../../domain/digest.ts'
import type { ImageRef } from '../../domain/image-ref.ts'
import { readStoredManifest } from '../../domain/manifest/manifest.ts'
import type { Tag } from '../../domain/names.ts'
import { RegistryError } from '../../domain/problem.ts'
import { tagMatcher } from '../../domain/tag-patterns.ts'
import type { Rows } from '../../ports/metadata-store.ts'
import type { DeletionId } from '../../ports/rows/common.ts'
import type { BinRow } from '../../ports/rows/images/bin.ts'
import type { RepositoryRow } from '../../ports/rows/repositories/repositories.ts'
import { requireAuditRoom } from '../access/account-quotas.ts'
import { bytesOfImage, jsonBytes, refuseLargeAnswer } from '../answer-limit.ts'
import { type Deed, recordDeeds } from '../audit.ts'
import { type RegistryContext, type RepositoryRef, words } from '../context.ts'
import { sortReferences } from '../images/references.ts'
import { recordTagMoves } from '../images/tag-history.ts'
import { readAgain, refTo } from '../repositories/repository-ref.ts'
import type { BinFailure } from './bin.ts'
import { findRestorable, type Wish } from './find-restorable.ts'
import { inOrder } from './restore-order.ts'

export interface RestoredImage {
  readonly digest: Digest
  /** Tags that lead to the image again. */
  readonly tags: readonly Tag[]
  /** Tags of the image that another image has taken since. They stay there. */
  readonly taken: readonly { readonly tag: Tag; readonly digest: Digest }[]
}

/** A tag that leads to another image than before. */
interface Step {
  readonly tag: Tag
  readonly from: Digest | undefined
  readonly to: Digest
}

/**
 * Brings deleted images back with their tags, and tags that were moved or deleted while their image stayed, in one
 * transaction. What an index lists comes back with it, and so does what was attached to an image and went with it. An
 * image that was pushed again meanwhile only gets its tags back.
 * A tag that another image has stays there, unless a reference names it together with its image and the tag is not
 * immutable.
 * @throws RegistryError `quotaExceeded`, `parameterInvalid` where the answer would be too large, and as `readAgain`
 */
export async function restoreImages(
  context: RegistryContext,
  actor: Actor,
  repository: RepositoryRef,
  refs: readonly ImageRef[],
): Promise<{ restored: RestoredImage[]; failures: BinFailure[] }> {
  await requireAuditRoom(context, actor, repository)
  // They may have thousands of tags and references, and a restore is rare enough for not looking first.
  const work = (rows: Rows) => restoreInTransaction(context, rows, actor, repository, refs)
  const answer = await context.metadata.transaction(work, { isLarge: true })
  if (answer.restored.length > 0) context.pushed?.tell()
  return answer
}

/** As `restoreImages`, as a part of the caller's transaction. */
export async function restoreInTransaction(
  context: RegistryContext,
  rows: Rows,
  actor: Actor,
  repository: RepositoryRef,
  refs: readonly ImageRef[],
): Promise<{ restored: RestoredImage[]; failures: BinFailure[] }> {
  const now = context.clock.now()
  const row = await readAgain(rows, repository)
  const { wishes, failures } = await findRestorable(rows, row.id, refs, now)
  const deleted = wishes.flatMap(wish => wish.image ?? [])
  const restored = new Map<DeletionId | Digest, RestoredImage>()
  for (const binned of await inOrder(rows, row.id, deleted, now)) {
    const held = await rows.bin.restore(binned.id, now, now + context.blobLeaseMs)
    await addWhatCame(rows, binned)
    await rows.tagHistory.regained(row.id, binned.digest)
    restored.set(binned.id, restoredImage(binned, held))
  }
  const steps: Step[] = []
  for (const wish of wishes) {
    if (wish.tags.length === 0 && wish.named.length === 0) continue
    const key = wish.image?.id ?? wish.digest
    restored.set(key, joined(restored.get(key), await giveTags(rows, row, wish, now, steps)))
  }
  const answer = [...restored.values()]
  refuseLargeAnswer(
    refs.length,
    answer.reduce((sum, image) => sum + bytesOfRestored(image), jsonBytes(failures)),
  )
  await requireQuotas(context, rows, row, answer)
  await recordTagMoves(context, rows, actor, row, steps, now)
  await recordDeeds(rows, actor, now, deedsOf(row, restored, steps))
  return { restored: answer, failures }
}

const bytesOfRestored = ({ digest, tags, taken }: RestoredImage): number =>
  taken.reduce((sum, { tag, digest: holder }) => sum + tag.length + holder.length + 34, bytesOfImage(digest, tags))

/** Since the image was deleted more of what it names may have come, or may still come. */
async function addWhatCame(rows: Rows, { repositoryId, digest, mediaType }: BinRow): Promise<void> {
  const bytes = await rows.images.read(repositoryId, digest)
  const manifest = bytes && readStoredManifest(bytes, mediaType)
  if (manifest === undefined) return
  const held = (digests: readonly Digest[]) => rows.blobs.sizes(repositoryId, digests)
  const references = await sortReferences(rows, repositoryId, manifest, { heldBlobs: held })
  await rows.references.add(repositoryId, digest, references)
}

function restoredImage({ digest, tags }: BinRow, held: RestoredImage['taken']): RestoredImage {
  const kept = new Set(held.map(({ tag }) => tag))
  return { digest, tags: tags.filter(tag => !kept.has(tag)), taken: held.filter(other => other.digest !== digest) }
}

/** An image that was not deleted and got no tag back is no deed. */
function deedsOf(
  { accountId, name }: RepositoryRow,
  restored: ReadonlyMap<DeletionId | Digest, RestoredImage>,
  steps: readonly Step[],
): Deed[] {
  const where = { accountId, repository: name }
  return [
    ...[...restored]
      .filter(([key, { tags }]) => typeof key === 'number' || tags.length > 0)
      .map(([, { digest, tags }]) => {
        const detail = tags.length === 0 ? undefined : `tags: ${tags.join(', ')}`
        return { action: 'RestoreImage' as const, ...where, digest, detail }
      }),
    ...steps
      .filter(({ from }) => from !== undefined)
      .map(({ tag, from, to }) => ({
        action: 'OverwriteTag' as const,
        ...where,
        digest: to,
        tag,
        detail: `it was at ${from}`,
      })),
  ]
}

/** What the bin gave an image, and what it got on top. */
function joined(before: RestoredImage | undefined, more: RestoredImage): RestoredImage {
  if (before === undefined) return more
  const tags = [...before.tags, ...more.tags]
  const taken = new Map([...before.taken, ...more.taken].map(each => [each.tag, each]))
  return { ...more, tags, taken: [...taken.values()].filter(({ tag }) => !tags.includes(tag)) }
}

/** A lower quota, or another push meanwhile, may leave no room. */
async function requireQuotas(
  { quotas: { imagesPerRepository, tagsPerImage } }: RegistryContext,
  rows: Rows,
  repository: RepositoryRow,
  restored: readonly RestoredImage[],
): Promise<void> {
  const overQuota = (quota: string, limit: number) =>
    new RegistryError({ kind: 'quotaExceeded', quota, limit, ...words(refTo(repository)) })
  if (((await rows.repositories.imageCount(repository.id)) ?? 0) > imagesPerRepository)
    throw overQuota('images', imagesPerRepository)
  for (const { digest, tags } of restored)
    if (tags.length > 0 && (await rows.tags.count(repository.id, [digest])) > tagsPerImage)
      throw overQuota('tags', tagsPerImage)
}

/** Points the tags at the image, those that another one has only where they are named, and notes each in `steps`. */
async function giveTags(
  rows: Rows,
  { id: repositoryId, settings }: RepositoryRow,
  { digest, tags, named }: Pick<Wish, 'digest' | 'tags' | 'named'>,
  now: number,
  steps: Step[],
): Promise<RestoredImage> {
  const wanted = [...new Set([...tags, ...named])]
  const held = new Map((await rows.tags.find(repositoryId, wanted)).map(row => [row.tag, row.digest]))
  const isImmutable = tagMatcher(settings.immutableTags)
  const given = wanted.filter(tag => !held.has(tag) || (named.includes(tag) && !isImmutable(tag)))
  const moving = given.filter(tag => held.get(tag) !== digest)
  await rows.tags.put(moving.map(tag => ({ repositoryId, tag, digest, createdAt: now })))
  for (const tag of moving) steps.push({ tag, from: held.get(tag), to: digest })
  const taken = [...held].filter(([tag, holder]) => holder !== digest && !moving.includes(tag))
  return { digest, tags: moving, taken: taken.map(([tag, holder]) => ({ tag, digest: holder })) }
}
