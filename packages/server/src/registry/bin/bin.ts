import { type DeletionFailure, type ImageId, namedBy } from '../../domain/deletion.ts'
import { isDigest } from '../../domain/digest.ts'
import { isTag } from '../../domain/names.ts'
import type { Rows } from '../../ports/metadata-store.ts'
import type { DeletionId, RepositoryId } from '../../ports/rows/common.ts'
import type { BinRow } from '../../ports/rows/images/bin.ts'
import type { RepositoryRow } from '../../ports/rows/repositories/repositories.ts'
import type { RegistryContext } from '../context.ts'

const DAY_MS = 24 * 60 * 60 * 1000

/** How long deleted images of the repository stay in the bin: its own choice, else its registry's, else the server's. */
export async function effectiveBinDays(
  context: RegistryContext,
  rows: Rows,
  repository: RepositoryRow,
): Promise<number> {
  const { settings, accountId } = repository
  return settings.binDays ?? (await rows.registries.find(accountId))?.binDays ?? context.binDays
}

export async function binMs(context: RegistryContext, rows: Rows, repository: RepositoryRow): Promise<number> {
  return (await effectiveBinDays(context, rows, repository)) * DAY_MS
}

/** Why nothing was done with a deleted image, or with what an id names. */
export interface BinFailure {
  readonly id: ImageId
  readonly failure: Exclude<DeletionFailure, { code: 'ImageProtected' }>
}

/**
 * The deleted images that `ids` name, each once: a digest the newest deletion of it, a tag the newest deleted
 * image that had it. Those whose time is over count as gone.
 */
export async function findBinned(
  rows: Rows,
  repositoryId: RepositoryId,
  ids: readonly ImageId[],
  now: number,
): Promise<{ found: BinRow[]; failures: BinFailure[] }> {
  const named = namedBy(ids)
  const newest = await rows.bin.newest(repositoryId, named.digests, now)
  const byDigest = new Map<string, BinRow>(newest.map(row => [row.digest, row]))
  const byTag = new Map<string, BinRow>(await rows.bin.newestTagged(repositoryId, named.tags, now))

  const found = new Map<DeletionId, BinRow>()
  const failures: BinFailure[] = []
  for (const id of ids) {
    const answer = readId(id, byDigest, byTag)
    if ('code' in answer) failures.push({ id, failure: answer })
    else found.set(answer.id, answer)
  }
  return { found: [...found.values()], failures }
}

function readId(
  { imageDigest, imageTag }: ImageId,
  byDigest: ReadonlyMap<string, BinRow>,
  byTag: ReadonlyMap<string, BinRow>,
): BinRow | BinFailure['failure'] {
  if (imageDigest === undefined && imageTag === undefined) return { code: 'MissingDigestAndTag' }
  if (imageDigest !== undefined && !isDigest(imageDigest)) return { code: 'InvalidImageDigest' }
  if (imageTag !== undefined && !isTag(imageTag)) return { code: 'InvalidImageTag' }
  const tagged = imageTag === undefined ? undefined : byTag.get(imageTag)
  if (imageDigest === undefined) return tagged ?? { code: 'ImageNotFound' }
  const row = byDigest.get(imageDigest)
  if (row === undefined) return { code: 'ImageNotFound' }
  const agrees = imageTag === undefined || row.tags.some(tag => tag === imageTag)
  return agrees ? row : { code: 'ImageTagDoesNotMatchDigest' }
}
