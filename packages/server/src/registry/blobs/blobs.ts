import type { Actor } from '../../domain/actor.ts'
import type { Digest } from '../../domain/digest.ts'
import type { ImagePath } from '../../domain/image-path.ts'
import { RegistryError } from '../../domain/problem.ts'
import type { RepositoryId } from '../../ports/rows/common.ts'
import { requireRoom } from '../access/account-quotas.ts'
import { recordDeeds } from '../audit.ts'
import type { RegistryContext, RepositoryRef } from '../context.ts'
import { readAgain } from '../repositories/repository-ref.ts'

/** Leases end on a multiple of this part of them, so that asking for the same blob again and again writes nothing. */
const LEASE_STEPS = 36

function leaseEnd({ clock, blobLeaseMs }: RegistryContext): number {
  const stepMs = Math.ceil(blobLeaseMs / LEASE_STEPS) || 1
  return Math.ceil((clock.now() + blobLeaseMs) / stepMs) * stepMs
}

/**
 * Sizes of those blobs that the repository holds. They are leased, since a caller that hears of a blob
 * does not upload it and sends the manifest next.
 */
export async function leaseBlobs(
  context: RegistryContext,
  repositoryId: RepositoryId,
  digests: readonly Digest[],
): Promise<ReadonlyMap<Digest, number>> {
  const { metadata } = context
  const found = await metadata.rows.blobs.sizes(repositoryId, digests)
  if (found.size === 0) return found
  return metadata.transaction(async rows => {
    const held = await rows.blobs.sizes(repositoryId, [...found.keys()])
    for (const digest of held.keys()) await rows.blobs.link(repositoryId, digest, leaseEnd(context))
    return held
  })
}

/**
 * Lets `repository` read a blob of another repository without its bytes being sent again
 * (Distribution Specification, "Mounting a blob from another repository"). False when the source
 * does not hold it. Without a source any repository's blob will do: all of them are public, so nothing is
 * disclosed; a blob that was taken from all of them is not brought back. Whether the caller may read the
 * source is for the caller of this to check.
 * @throws RegistryError as `readAgain`
 */
export async function mountBlob(
  context: RegistryContext,
  repository: RepositoryRef,
  source: ImagePath | undefined,
  digest: Digest,
): Promise<boolean> {
  await requireRoom(context, { repositoryId: repository.id }, 'bytes')
  return context.metadata.transaction(async rows => {
    await readAgain(rows, repository)
    const isHeld =
      source === undefined
        ? await rows.blobs.isLinked(digest)
        : (await rows.blobs.resolve(source.alias, source.name, digest))?.blob !== undefined
    return isHeld && rows.blobs.link(repository.id, digest, leaseEnd(context))
  })
}

/**
 * Takes a blob from a repository, unless a manifest there needs it.
 * @throws RegistryError `blobUnknown`, `blobReferenced`, and as `readAgain`
 */
export function deleteBlob(
  { metadata, clock }: RegistryContext,
  actor: Actor,
  repository: RepositoryRef,
  digest: Digest,
): Promise<void> {
  return metadata.transaction(async rows => {
    const { accountId } = await readAgain(rows, repository)
    if ((await rows.blobs.find(repository.id, digest)) === undefined)
      throw new RegistryError({ kind: 'blobUnknown', digest })
    if (await rows.blobs.isReferenced(repository.id, digest))
      throw new RegistryError({ kind: 'blobReferenced', digest })
    await rows.blobs.unlink(repository.id, digest, clock.now())
    const deed = { action: 'DeleteBlob', accountId, repository: repository.name, digest }
    await recordDeeds(rows, actor, clock.now(), [deed])
  })
}
