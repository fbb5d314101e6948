import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Actor } from '../domain/actor.ts'
import { type ImageId, withoutHeld } from '../domain/deletion.ts'
import { groupBy } from '../domain/group-by.ts'
import type { BinRow, DeletionId, Page, RepositoryId, RepositoryRow, Rows } from '../ports/metadata-store.ts'
import { recordDeeds } from './audit.ts'
import { type BinFailure, findBinned } from './bin.ts'
import type { RegistryContext } from './context.ts'
import { everyRow } from './every-page.ts'

/** Images that leave the bin in one transaction: a few, because pushes wait for it. */
const BATCH = 100

/**
 * Takes images out of the bin for good, before their time, with every deletion of them that could be restored; all of
 * the repository's when `ids` is undefined.
 * What an index in the bin lists goes only together with the index.
 */
export async function purgeImages(
  context: RegistryContext,
  actor: Actor,
  repositoryId: RepositoryId,
  ids: readonly ImageId[] | undefined,
): Promise<{ purged: BinRow[]; failures: BinFailure[] }> {
  const now = context.clock.now()
  return context.metadata.transaction(async rows => {
    const repository = await rows.repositories.get(repositoryId)
    if (repository === undefined) return { purged: [], failures: [] }
    const { found, failures } = await (ids === undefined
      ? everything(rows, repositoryId)
      : named(rows, repositoryId, ids, now))
    const { free, held } = await setHeldAside(rows, repositoryId, found, now)
    await purge(rows, actor, repository, free, now)
    return { purged: free, failures: [...failures, ...held] }
  })
}

/** Empties the bin of images whose time is over, until `signal`. Returns how many went. */
export async function purgeDueImages(context: RegistryContext, signal?: AbortSignal): Promise<number> {
  const actor: Actor = { principal: 'berth', via: 'bin' }
  let purged = 0
  while (signal?.aborted !== true) {
    const now = context.clock.now()
    const went = await context.metadata.transaction(async rows => {
      const due = await rows.bin.claimDue(now, BATCH)
      for (const repositoryId of new Set(due.map(row => row.repositoryId))) {
        const repository = await rows.repositories.get(repositoryId)
        const own = due.filter(row => row.repositoryId === repositoryId)
        if (repository !== undefined) await purge(rows, actor, repository, own, now)
      }
      return due.length
    })
    purged += went
    if (went < BATCH) break
    await nextTurn()
  }
  return purged
}

/** Every deletion of the images that `ids` name: what an older one kept would outlast the wish to be rid of it. */
async function named(
  rows: Rows,
  repositoryId: RepositoryId,
  ids: readonly ImageId[],
  now: number,
): Promise<{ found: BinRow[]; failures: BinFailure[] }> {
  const { found, failures } = await findBinned(rows, repositoryId, ids, now)
  const digests = [...new Set(found.map(row => row.digest))]
  return { found: await rows.bin.deletions(repositoryId, digests, now), failures }
}

async function everything(
  rows: Rows,
  repositoryId: RepositoryId,
): Promise<{ found: BinRow[]; failures: BinFailure[] }> {
  const found: BinRow[] = []
  const list = (page: Page<DeletionId>) => rows.bin.list(repositoryId, page)
  for await (const row of everyRow(list, ({ id }) => id)) found.push(row)
  return { found, failures: [] }
}

/** Sets images aside that an index lists which stays in the bin. */
async function setHeldAside(
  rows: Rows,
  repositoryId: RepositoryId,
  found: readonly BinRow[],
  now: number,
): Promise<{ free: BinRow[]; held: BinFailure[] }> {
  const digests = [...new Set(found.map(row => row.digest))]
  const parents = groupBy(
    await rows.bin.parents(repositoryId, digests, now),
    ({ child }) => child,
    ({ parent }) => parent,
  )
  // By digest: `found` has every deletion of an image that could be restored.
  const going = withoutHeld(new Set(digests), parents)
  const held = digests.filter(digest => !going.has(digest))
  return {
    free: found.filter(row => going.has(row.digest)),
    held: held.map(digest => {
      const holders = (parents.get(digest) ?? []).filter(parent => !going.has(parent))
      return {
        id: { imageDigest: digest },
        failure: { code: 'ImageReferencedByManifestList', parents: [...new Set(holders)] },
      }
    }),
  }
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
