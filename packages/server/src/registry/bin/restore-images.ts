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
import { Pace } from '../pace.ts'
import { readAgain, refTo } from '../repositories/repository-ref.ts'
import type { BinFailure } from './bin.ts'
import { findRestorable, type Wish } from './find-restorable.ts'
import { inOrder } from './restore-order.ts'
import { bytesOfRestored, joined, type RestoredImage, restoredImage } from './restored-image.ts'

/** A tag that leads to another image than before. */
interface Step {
  readonly tag: Tag
  readonly from: Digest | undefined
  readonly to: Digest
}

export interface Restored {
  readonly restored: RestoredImage[]
  readonly failures: BinFailure[]
}

/** How many images come back in one transaction. More than this come back piece by piece. */
const AT_ONCE = 100

/**
 * Brings deleted images back with their tags, and tags that were moved or deleted while their image stayed, in one
 * transaction. What an index lists comes back with it, and so does what was attached to an image and went with it;
 * where these are many, they come before. An image that was pushed again meanwhile only gets its tags back.
 * A tag that another image has stays there, unless a reference names it together with its image and the tag is not
 * immutable.
 * @throws RegistryError `quotaExceeded`, `parameterInvalid` where the answer would be too large, and as `readAgain`
 */
export async function restoreImages(
  context: RegistryContext,
  actor: Actor,
  repository: RepositoryRef,
  refs: readonly ImageRef[],
): Promise<Restored> {
  await requireAuditRoom(context, actor, repository)
  // Images may have thousands of tags and references, and a restore is rare enough for not looking first.
  const transaction = <Result>(work: (rows: Rows) => Promise<Result>) =>
    context.metadata.transaction(work, { isLarge: true })
  const before = await transaction(async rows => {
    const plan = await planRestore(context, rows, repository, refs)
    if (plan.order.length <= AT_ONCE) return carryOut(context, rows, actor, plan)
    await requireRoomFor(context, rows, plan)
    return belongingOf(plan)
  })
  const answer = Array.isArray(before)
    ? {
        before: await restoreInPieces(context, actor, repository, before),
        ...(await transaction(rows => restoreInTransaction(context, rows, actor, repository, refs))),
      }
    : { before: [], ...before }
  const restored = [...answer.before, ...answer.restored]
  if (restored.length > 0) context.pushed?.tell()
  return { restored, failures: answer.failures }
}

/** As `restoreImages`, as a part of the caller's transaction. */
export async function restoreInTransaction(
  context: RegistryContext,
  rows: Rows,
  actor: Actor,
  repository: RepositoryRef,
  refs: readonly ImageRef[],
): Promise<Restored> {
  return carryOut(context, rows, actor, await planRestore(context, rows, repository, refs))
}

interface Plan {
  readonly now: number
  readonly row: RepositoryRow
  readonly refs: number
  readonly wishes: readonly Wish[]
  readonly failures: BinFailure[]
  /** All images that come back, with what belongs to those that are wished for. */
  readonly order: readonly BinRow[]
}

async function planRestore(
  { clock }: RegistryContext,
  rows: Rows,
  repository: RepositoryRef,
  refs: readonly ImageRef[],
): Promise<Plan> {
  const now = clock.now()
  const row = await readAgain(rows, repository)
  const { wishes, failures } = await findRestorable(rows, row.id, refs, now)
  const deleted = wishes.flatMap(wish => wish.image ?? [])
  const order = await inOrder(rows, deleted, { repositoryId: row.id, now, onRow: sizeGuard(refs.length) })
  return { now, row, refs: refs.length, wishes, failures, order }
}

async function carryOut(context: RegistryContext, rows: Rows, actor: Actor, plan: Plan): Promise<Restored> {
  const { now, row, refs, wishes, failures, order } = plan
  const restored = await bringBack(context, rows, order, now)
  const steps: Step[] = []
  for (const wish of wishes) {
    if (wish.tags.length === 0 && wish.named.length === 0) continue
    const key = wish.image?.id ?? wish.digest
    restored.set(key, joined(restored.get(key), await giveTags(rows, row, wish, now, steps)))
  }
  const answer = [...restored.values()]
  refuseLargeAnswer(
    refs,
    answer.reduce((sum, image) => sum + bytesOfRestored(image), jsonBytes(failures)),
  )
  await requireQuotas(context, rows, row, answer)
  await recordTagMoves(context, rows, actor, row, steps, now)
  await recordDeeds(rows, actor, now, deedsOf(row, restored, steps))
  return { restored: answer, failures }
}

function belongingOf({ wishes, order }: Plan): BinRow[] {
  const named = new Set(wishes.map(wish => wish.image?.id))
  return order.filter(({ id }) => !named.has(id))
}

/**
 * Restores images in pieces, before the image that was named: an index may list ten thousand images, and nobody else
 * could write while they all come back at once. If the named image is refused afterwards, they stay without it, like
 * images that were pushed first.
 */
async function restoreInPieces(
  context: RegistryContext,
  actor: Actor,
  repository: RepositoryRef,
  belonging: readonly BinRow[],
): Promise<RestoredImage[]> {
  const { metadata } = context
  const restored: RestoredImage[] = []
  const pace = new Pace(metadata, { most: AT_ONCE, isAwaited: true })
  for (let done = 0; done < belonging.length; ) {
    const piece = belonging.slice(done, done + pace.size)
    done += piece.length
    const work = (rows: Rows) => restorePiece(context, rows, actor, repository, piece)
    restored.push(...(await pace.work(() => metadata.transaction(work, { isLarge: true }))))
    await pace.rest()
  }
  return restored
}

/** Restores those of the rows that are still in the bin and not live. */
async function restorePiece(
  context: RegistryContext,
  rows: Rows,
  actor: Actor,
  repository: RepositoryRef,
  piece: readonly BinRow[],
): Promise<RestoredImage[]> {
  const now = context.clock.now()
  const row = await readAgain(rows, repository)
  const digests = piece.map(({ digest }) => digest)
  const live = await rows.images.existing(row.id, digests)
  const there = new Set((await rows.restorable.deletions(row.id, digests, now)).map(({ id }) => id))
  const still = piece.filter(({ id, digest }) => there.has(id) && !live.has(digest))
  const restored = await bringBack(context, rows, still, now)
  await requireQuotas(context, rows, row, [...restored.values()])
  await recordDeeds(rows, actor, now, deedsOf(row, restored, []))
  return [...restored.values()]
}

/** Makes the guard that refuses a restore by and by, before more of it is read than an answer has room for. */
function sizeGuard(refs: number): (row: BinRow) => void {
  let answerBytes = 0
  return ({ digest, tags }) => {
    answerBytes += bytesOfImage(digest, tags)
    refuseLargeAnswer(refs, answerBytes)
  }
}

async function bringBack(
  context: RegistryContext,
  rows: Rows,
  order: readonly BinRow[],
  now: number,
): Promise<Map<DeletionId | Digest, RestoredImage>> {
  const restored = new Map<DeletionId | Digest, RestoredImage>()
  for (const binned of order) {
    const held = await rows.bin.restore(binned.id, now, now + context.blobLeaseMs)
    await addWhatCame(rows, binned)
    await rows.tagHistory.regained(binned.repositoryId, binned.digest)
    restored.set(binned.id, restoredImage(binned, held))
  }
  return restored
}

/** Adds references of the image to what has come since it was deleted, and to what may still come. */
async function addWhatCame(rows: Rows, { repositoryId, digest, mediaType }: BinRow): Promise<void> {
  const bytes = await rows.images.read(repositoryId, digest)
  const manifest = bytes && readStoredManifest(bytes, mediaType)
  if (manifest === undefined) return
  const held = (digests: readonly Digest[]) => rows.blobs.sizes(repositoryId, digests)
  const references = await sortReferences(rows, repositoryId, manifest, { heldBlobs: held })
  await rows.references.add(repositoryId, digest, references)
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

const overQuota = (repository: RepositoryRef, quota: string, limit: number) =>
  new RegistryError({ kind: 'quotaExceeded', quota, limit, ...words(repository) })

/** Refuses a restore without room, before anything comes back piece by piece. */
async function requireRoomFor({ quotas }: RegistryContext, rows: Rows, { row, order }: Plan): Promise<void> {
  const images = (await rows.repositories.imageCount(row.id)) ?? 0
  if (images + order.length > quotas.imagesPerRepository)
    throw overQuota(refTo(row), 'images', quotas.imagesPerRepository)
}

/** Refuses a restore beyond the quotas. A lower quota, or another push meanwhile, may leave no room. */
async function requireQuotas(
  { quotas: { imagesPerRepository, tagsPerImage } }: RegistryContext,
  rows: Rows,
  repository: RepositoryRow,
  restored: readonly RestoredImage[],
): Promise<void> {
  if (((await rows.repositories.imageCount(repository.id)) ?? 0) > imagesPerRepository)
    throw overQuota(refTo(repository), 'images', imagesPerRepository)
  for (const { digest, tags } of restored)
    if (tags.length > 0 && (await rows.tags.count(repository.id, [digest])) > tagsPerImage)
      throw overQuota(refTo(repository), 'tags', tagsPerImage)
}

/**
 * Points the tags at the image, and notes each in `steps`. A tag that another image has moves only where it is named.
 */
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
