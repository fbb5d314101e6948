import type { Actor } from '../../domain/actor.ts'
import type { Digest } from '../../domain/digest.ts'
import type { Precondition } from '../../domain/precondition.ts'
import type { RegistryContext, RepositoryRef } from '../context.ts'
import { readAgain } from '../repositories/repository-ref.ts'
import { deleteInTransaction, deleteWeighed, weighDeletion } from './delete-images.ts'
import { deletionProblem } from './deletion-problem.ts'
import { requireCondition } from './require-condition.ts'

/**
 * Deletes one manifest with all of its tags. This is what DELETE of a digest means on the registry endpoint
 * (Distribution Specification, "Deleting manifests").
 * @throws ProblemError `manifestUnknown`, `preconditionFailed`, `imageProtected`, `imageReferenced`, and as
 * `readAgain`
 */
export async function deleteManifest(
  context: RegistryContext,
  actor: Actor,
  repository: RepositoryRef,
  digest: Digest,
  precondition?: Precondition | undefined,
): Promise<void> {
  const refs = [{ digest }]
  const weight = await weighDeletion(context.metadata, repository.id, refs)
  return deleteWeighed(context, repository, { refs, weight }, async (rows, lists) => {
    const row = await readAgain(rows, repository)
    // A manifest that is not there is a 404, whatever the conditions are (RFC 9110, section 13.2.1).
    if (!(await rows.images.existing(repository.id, [digest])).has(digest))
      throw deletionProblem({ kind: 'unknown' }, digest, repository)
    await requireCondition(rows, repository.id, { digest }, precondition)
    const { failures } = await deleteInTransaction(context, rows, actor, row, refs, { lists })
    for (const { failure } of failures) throw deletionProblem(failure, digest, repository)
  })
}
