import type { Digest } from '../../domain/digest.ts'
import type { ImagePath } from '../../domain/image-path.ts'
import type { RepositoryId } from '../../ports/rows/common.ts'
import { requireRoom, requireRoomIn } from '../access/account-quotas.ts'
import type { RegistryContext, RepositoryRef } from '../context.ts'
import { readAgain } from '../repositories/repository-ref.ts'

/** Leases end on a multiple of this part of them, so that asking for the same blob again and again writes nothing. */
const LEASE_STEPS = 36

function leaseEnd({ clock, blobLeaseMs }: RegistryContext): number {
  const stepMs = Math.ceil(blobLeaseMs / LEASE_STEPS) || 1
  return Math.ceil((clock.now() + blobLeaseMs) / stepMs) * stepMs
}

/**
 * Leases those blobs that the repository holds, and returns their sizes in bytes. A caller that hears of a blob does
 * not upload it, and sends the manifest next.
 */
export async function leaseBlobs(
  context: RegistryContext,
  repositoryId: RepositoryId,
  digests: readonly Digest[],
): Promise<ReadonlyMap<Digest, number>> {
  const { metadata } = context
  const { blobs, blobUses } = metadata.rows
  const found = await blobs.sizes(repositoryId, digests)
  const until = leaseEnd(context)
  // Whoever asked a moment ago has leased them: then nothing is to be written, and nobody waits for a turn to write.
  const leased = await blobUses.leased(repositoryId, [...found.keys()], until)
  const due = [...found.keys()].filter(digest => !leased.has(digest))
  if (due.length === 0) return found
  return metadata.transaction(async rows => {
    const held = await rows.blobs.sizes(repositoryId, [...found.keys()])
    for (const digest of due) if (held.has(digest)) await rows.blobs.link(repositoryId, digest, until)
    return held
  })
}

/**
 * Lets `repository` read a blob of another repository without its bytes being sent again (Distribution Specification,
 * "Mounting a blob from another repository"). Without a source, the blob of any repository will do: all repositories
 * are public, so nothing is disclosed. A blob that every repository has lost is not brought back. False when the
 * source does not hold the blob. The caller of this function checks whether the source may be read.
 * @throws RegistryError as `readAgain`
 */
export async function mountBlob(
  context: RegistryContext,
  repository: RepositoryRef,
  source: ImagePath | undefined,
  digest: Digest,
): Promise<boolean> {
  await requireRoom(context, repository, 'bytes')
  return context.metadata.transaction(async rows => {
    await readAgain(rows, repository)
    await requireRoomIn(rows, context, repository, 'bytes')
    const isHeld =
      source === undefined
        ? await rows.blobs.isLinked(digest)
        : (await rows.blobs.resolve(source.alias, source.name, digest))?.blob !== undefined
    return isHeld && rows.blobs.link(repository.id, digest, leaseEnd(context))
  })
}
