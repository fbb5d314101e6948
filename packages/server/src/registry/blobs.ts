import type { Digest } from '../domain/digest.ts'
import { RegistryError } from '../domain/problem.ts'
import { BLOB_LEASE_MS, type RegistryContext, type RepositoryRef, words } from './context.ts'
import type { ImagePath } from './pull.ts'

/**
 * Lets `repository` read a blob of another repository without its bytes being sent again
 * (Distribution Specification, "Mounting a blob from another repository"). False when the source
 * does not hold it. Whether the caller may read the source is for the caller of this to check.
 * @throws RegistryError `repositoryNotFound`
 */
export function mountBlob(
  { metadata, clock }: RegistryContext,
  repository: RepositoryRef,
  source: ImagePath,
  digest: Digest,
): Promise<boolean> {
  return metadata.transaction(async rows => {
    if ((await rows.repositories.imageCount(repository.id)) === undefined)
      throw new RegistryError({ kind: 'repositoryNotFound', ...words(repository) })
    const found = await rows.blobs.resolve(source.alias, source.name, digest)
    if (found?.blob === undefined) return false
    return rows.blobs.link(repository.id, digest, clock.now() + BLOB_LEASE_MS)
  })
}

/**
 * Takes a blob from a repository, unless a manifest there needs it.
 * @throws RegistryError `blobUnknown`, `blobReferenced`
 */
export function deleteBlob(
  { metadata, clock }: RegistryContext,
  repository: RepositoryRef,
  digest: Digest,
): Promise<void> {
  return metadata.transaction(async rows => {
    if ((await rows.blobs.find(repository.id, digest)) === undefined)
      throw new RegistryError({ kind: 'blobUnknown', digest })
    if (await rows.blobs.isReferenced(repository.id, digest))
      throw new RegistryError({ kind: 'blobReferenced', digest })
    await rows.blobs.unlink(repository.id, digest, clock.now())
  })
}
