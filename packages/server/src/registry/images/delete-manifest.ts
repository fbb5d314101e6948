import type { Actor } from '../../domain/actor.ts'
import type { Digest } from '../../domain/digest.ts'
import type { Precondition } from '../../domain/precondition.ts'
import { RegistryError } from '../../domain/problem.ts'
import { type RegistryContext, type RepositoryRef, words } from '../context.ts'
import { readAgain } from '../repositories/repository-ref.ts'
import { deleteInTransaction } from './delete-images.ts'
import { requireCondition } from './require-condition.ts'

/**
 * Takes one manifest and all of its tags away: what DELETE of a digest means on the registry endpoint (Distribution
 * Specification, "Deleting manifests").
 * @throws RegistryError `manifestUnknown`, `preconditionFailed`, `imageProtected`, `imageReferenced`, and as `readAgain`
 */
export function deleteManifest(
  context: RegistryContext,
  actor: Actor,
  repository: RepositoryRef,
  digest: Digest,
  precondition?: Precondition | undefined,
): Promise<void> {
  return context.metadata.transaction(async rows => {
    const row = await readAgain(rows, repository)
    // What is not there is a 404, whatever the conditions are (RFC 9110, section 13.2.1).
    if (!(await rows.images.existing(repository.id, [digest])).has(digest))
      throw new RegistryError({ kind: 'manifestUnknown', reference: digest })
    await requireCondition(rows, repository.id, { digest }, precondition)
    const { failures } = await deleteInTransaction(context, rows, actor, row, [{ imageDigest: digest }])
    const failure = failures[0]?.failure
    if (failure === undefined) return
    if (failure.code === 'ImageReferencedByManifestList')
      throw new RegistryError({ kind: 'imageReferenced', digest, parents: failure.parents })
    if (failure.code === 'ImageProtected')
      throw new RegistryError({ kind: 'imageProtected', tags: failure.tags, ...words(repository) })
    throw new RegistryError({ kind: 'manifestUnknown', reference: digest })
  })
}
