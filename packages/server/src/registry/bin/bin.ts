import type { DeletionFailure, FailedRef } from '../../domain/deletion.ts'
import type { Digest } from '../../domain/digest.ts'
import { type ImageRef, namedBy } from '../../domain/image-ref.ts'
import type { Tag } from '../../domain/names.ts'
import type { Rows } from '../../ports/metadata-store.ts'
import type { DeletionId, RepositoryId } from '../../ports/rows/common.ts'
import type { BinRow } from '../../ports/rows/images/bin.ts'
import type { RepositoryRow } from '../../ports/rows/repositories/repositories.ts'
import type { RegistryContext } from '../context.ts'

const DAY_MS = 24 * 60 * 60 * 1000

/**
 * How many days deleted images of the repository stay in the bin: the repository's choice, else its registry's, else
 * the server's.
 */
export async function effectiveBinDays(
  context: RegistryContext,
  rows: Rows,
  repository: RepositoryRow,
): Promise<number> {
  const { settings, accountId } = repository
  return settings.binDays ?? (await rows.registries.find(accountId))?.binDays ?? context.binDays
}

/** As `effectiveBinDays`, in milliseconds. */
export async function binMs(context: RegistryContext, rows: Rows, repository: RepositoryRow): Promise<number> {
  return (await effectiveBinDays(context, rows, repository)) * DAY_MS
}

/**
 * A reference that was not found in the bin, or whose image stays there. Protection is no reason: it is about live
 * images.
 */
export type BinFailure = FailedRef<Exclude<DeletionFailure, { kind: 'protected' }>>

/**
 * The deleted images that `refs` name, each once. A digest names its newest deletion, a tag the newest deleted image
 * that had it. Images whose time is over count as gone.
 */
export async function findBinned(
  rows: Rows,
  repositoryId: RepositoryId,
  refs: readonly ImageRef[],
  now: number,
): Promise<{ found: BinRow[]; failures: BinFailure[] }> {
  const named = namedBy(refs)
  const newest = await rows.restorable.newest(repositoryId, named.digests, now)
  const byDigest = new Map(newest.map(row => [row.digest, row]))
  const byTag = await rows.restorable.newestTagged(repositoryId, named.tags, now)

  const found = new Map<DeletionId, BinRow>()
  const failures: BinFailure[] = []
  for (const ref of refs) {
    const answer = find(ref, byDigest, byTag)
    if ('kind' in answer) failures.push({ ref, failure: answer })
    else found.set(answer.id, answer)
  }
  return { found: [...found.values()], failures }
}

function find(
  { digest, tag, foreign }: ImageRef,
  byDigest: ReadonlyMap<Digest, BinRow>,
  byTag: ReadonlyMap<Tag, BinRow>,
): BinRow | BinFailure['failure'] {
  if (foreign !== undefined) return { kind: 'unknown' }
  const row = digest === undefined ? byTag.get(tag) : byDigest.get(digest)
  if (row === undefined) return { kind: 'unknown' }
  return tag === undefined || row.tags.includes(tag) ? row : { kind: 'tagElsewhere' }
}
