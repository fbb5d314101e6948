import type { Actor } from '../../domain/actor.ts'
import type { Digest } from '../../domain/digest.ts'
import { OciError } from '../../domain/problem.ts'
import { recordDeeds } from '../audit.ts'
import type { RegistryContext, RepositoryRef } from '../context.ts'
import { readAgain } from '../repositories/repository-ref.ts'

/**
 * Takes a blob from a repository, unless a manifest of the repository needs it.
 * @throws OciError `blobUnknown`, `blobReferenced`; and as `readAgain`
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
      throw new OciError({ kind: 'blobUnknown', digest })
    if (await rows.blobs.isReferenced(repository.id, digest)) throw new OciError({ kind: 'blobReferenced', digest })
    await rows.blobs.unlink(repository.id, digest, clock.now())
    const deed = { action: 'DeleteBlob' as const, accountId, repository: repository.name, digest }
    await recordDeeds(rows, actor, clock.now(), [deed])
  })
}
