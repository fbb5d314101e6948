import type { Actor } from '../../domain/actor.ts'
import { planPurge } from '../../domain/deletion.ts'
import type { Digest } from '../../domain/digest.ts'
import { groupBy } from '../../domain/group-by.ts'
import type { ImageRef } from '../../domain/image-ref.ts'
import type { Rows } from '../../ports/metadata-store.ts'
import type { DeletionId, Page } from '../../ports/rows/common.ts'
import type { BinRow } from '../../ports/rows/images/bin.ts'
import type { RepositoryRow } from '../../ports/rows/repositories/repositories.ts'
import { bytesOfImage, jsonBytes, refuseLargeAnswer } from '../answer-limit.ts'
import { recordDeeds } from '../audit.ts'
import type { RegistryContext, RepositoryRef } from '../context.ts'
import { everyRow } from '../every-page.ts'
import { giveUpLostTags } from '../images/tag-history.ts'
import { Pace } from '../pace.ts'
import { readAgain } from '../repositories/repository-ref.ts'
import { type BinFailure, findBinned } from './bin.ts'

/** How many images leave the bin in one transaction: few, because pushes wait for it. */
const BATCH = 100
/** How many images are looked at at a time where each may have a thousand tags. */
const SMALL_PAGE = 25

/** What a purge took, and what it left in the bin. */
export interface Purged {
  readonly purged: BinRow[]
  readonly failures: BinFailure[]
}

interface PurgedFree {
  readonly purged: BinRow[]
  /** The images that stay because an index that stays lists them, by digest. */
  readonly held: Map<Digest, BinFailure>
}

/**
 * Deletes images from the bin for good, before their time, with every deletion of them that could be restored. Without
 * `refs` it takes all images of the repository, and no lost tag can be put back after that. What an index in the bin
 * lists goes only together with the index.
 * @throws RegistryError as `readAgain`; what went before stays gone. `parameterInvalid` where the answer would be too
 * large, before anything is done
 */
export function purgeImages(
  context: RegistryContext,
  actor: Actor,
  repository: RepositoryRef,
  refs: readonly ImageRef[] | undefined,
): Promise<Purged> {
  if (refs === undefined) return purgeEverything(context, actor, repository)
  const now = context.clock.now()
  return context.metadata.transaction(
    async rows => {
      const row = await readAgain(rows, repository)
      const { found, failures } = await findBinned(rows, row.id, refs, now)
      const { purged, held } = await purgeFree(rows, actor, row, found, now)
      const answer = { purged, failures: [...failures, ...held.values()] }
      const purgedBytes = purged.reduce((sum, { digest, tags }) => sum + bytesOfImage(digest, tags), 0)
      refuseLargeAnswer(refs.length, purgedBytes + jsonBytes(answer.failures))
      return answer
    },
    { isLarge: true },
  )
}

/**
 * The bin is emptied walk by walk: an image that an index further on lists waits for the next walk. Images that come
 * into the bin meanwhile stay there.
 */
async function purgeEverything(context: RegistryContext, actor: Actor, repository: RepositoryRef): Promise<Purged> {
  const purged: BinRow[] = []
  await readAgain(context.metadata.rows, repository)
  await refuseLargeBin(context, repository)
  await giveUpLostTags(context, repository.id)
  const [newest] = await context.metadata.rows.bin.list(repository.id, { limit: 1 })
  if (newest === undefined) return { purged, failures: [] }
  for (;;) {
    const before = purged.length
    const held = new Map<Digest, BinFailure>()
    for await (const batch of purgeInSteps(context, actor, repository, newest)) {
      purged.push(...batch.purged)
      for (const [digest, failure] of batch.held) held.set(digest, failure)
    }
    if (held.size === 0 || purged.length === before) return { purged, failures: [...held.values()] }
  }
}

/** The answer tells the digest and the tags of each image that goes. */
async function refuseLargeBin({ metadata: { rows } }: RegistryContext, { id }: RepositoryRef): Promise<void> {
  let [images, answerBytes] = [0, 0]
  const list = (page: Page<DeletionId>) => rows.bin.list(id, page)
  for await (const row of everyRow(list, ({ id: last }) => last, SMALL_PAGE)) {
    images += 1
    answerBytes += bytesOfImage(row.digest, row.tags)
    refuseLargeAnswer(images, answerBytes)
  }
}

/** One walk, at a pace: a bin may hold a hundred thousand images. */
async function* purgeInSteps(
  { metadata, clock }: RegistryContext,
  actor: Actor,
  repository: RepositoryRef,
  newest: BinRow,
): AsyncGenerator<PurgedFree> {
  const pace = new Pace(metadata, { most: BATCH, isAwaited: true })
  for (let after: DeletionId | undefined = (newest.id + 1) as DeletionId; after !== undefined; ) {
    const page: Page<DeletionId> = { after, limit: pace.size }
    const purgePage = async (rows: Rows) => {
      const row = await readAgain(rows, repository)
      const found = await rows.bin.list(row.id, page)
      const next = found[page.limit - 1]?.id
      return { ...(await purgeFree(rows, actor, row, found, clock.now())), next }
    }
    const batch = await pace.work(() => metadata.transaction(purgePage, { isLarge: true }))
    yield batch
    after = batch.next
    await pace.rest()
  }
}

/** Deletes the images from the bin whose time is over, until `signal` ends it. Returns how many went. */
export async function purgeDueImages(context: RegistryContext, signal?: AbortSignal): Promise<number> {
  const actor: Actor = { principal: 'berth', via: 'bin' }
  let purged = 0
  const pace = new Pace(context.metadata, { most: BATCH })
  while (signal?.aborted !== true) {
    const { size } = pace
    const now = context.clock.now()
    const went = await pace.work(() => context.metadata.transaction(rows => purgeDue(rows, actor, size, now)))
    purged += went
    if (went < size) break
    await pace.rest(signal)
  }
  return purged
}

/** Purges so many of the images whose time is over, and returns how many there were. */
async function purgeDue(rows: Rows, actor: Actor, limit: number, now: number): Promise<number> {
  const due = await rows.bin.claimDue(now, limit)
  for (const repositoryId of new Set(due.map(row => row.repositoryId))) {
    const repository = await rows.repositories.get(repositoryId)
    const own = due.filter(row => row.repositoryId === repositoryId)
    const ids = own.map(row => row.id)
    if (repository !== undefined) await purge(rows, actor, repository, own, now)
    else await rows.bin.remove(ids, now)
  }
  return due.length
}

/**
 * Purges the images and every deletion of them that could be restored (what an older one kept would outlast the wish to
 * be rid of the image), but for those that an index lists which stays in the bin.
 */
async function purgeFree(
  rows: Rows,
  actor: Actor,
  repository: RepositoryRow,
  found: readonly BinRow[],
  now: number,
): Promise<PurgedFree> {
  const digests = [...new Set(found.map(row => row.digest))]
  const parents = groupBy(
    await rows.restorable.parents(repository.id, digests, now),
    ({ child }) => child,
    ({ parent }) => parent,
  )
  const { going, held } = planPurge(digests, parents)
  const over = found.filter(row => row.purgeAfter <= now)
  const purged = [...over, ...(await rows.restorable.deletions(repository.id, digests, now))].filter(row =>
    going.has(row.digest),
  )
  await purge(rows, actor, repository, purged, now)
  return { purged, held }
}

async function purge(
  rows: Rows,
  actor: Actor,
  { accountId, name }: RepositoryRow,
  images: readonly BinRow[],
  now: number,
): Promise<void> {
  if (images.length === 0) return
  await rows.bin.remove(
    images.map(row => row.id),
    now,
  )
  await recordDeeds(
    rows,
    actor,
    now,
    images.map(({ digest }) => ({ action: 'PurgeImage', accountId, repository: name, digest })),
  )
}
