import type { Actor } from '../../domain/actor.ts'
import { protection } from '../../domain/deletion.ts'
import type { Tag } from '../../domain/names.ts'
import type { Precondition } from '../../domain/precondition.ts'
import { tagMatcher } from '../../domain/tag-patterns.ts'
import { recordDeeds } from '../audit.ts'
import type { RegistryContext, RepositoryRef } from '../context.ts'
import { readAgain } from '../repositories/repository-ref.ts'
import { deletionProblem } from './deletion-problem.ts'
import { requireCondition } from './require-condition.ts'
import { recordTagMoves } from './tag-history.ts'

/**
 * Deletes one tag and leaves the image, also when the image has no other tag. This is what DELETE of a tag means on
 * the registry endpoint (Distribution Specification, "Deleting tags"), unlike BatchDeleteImage.
 * @throws ProblemError `manifestUnknown`, `preconditionFailed`, `imageProtected`, and as `readAgain`
 */
export function removeTag(
  context: RegistryContext,
  actor: Actor,
  repository: RepositoryRef,
  tag: Tag,
  precondition?: Precondition | undefined,
): Promise<void> {
  const { metadata, clock } = context
  return metadata.transaction(async rows => {
    const row = await readAgain(rows, repository)
    const [found] = await rows.tags.find(repository.id, [tag])
    if (found === undefined) throw deletionProblem({ kind: 'unknown' }, tag, repository)
    await requireCondition(rows, repository.id, { tags: [tag] }, precondition)
    const failure = protection([tag], tagMatcher(row.settings.protectedTags))
    if (failure !== undefined) throw deletionProblem(failure, tag, repository)
    await rows.tags.delete(repository.id, [tag])
    const { accountId, name } = row
    const now = clock.now()
    await recordTagMoves(context, rows, actor, row, [{ tag, from: found.digest, to: undefined }], now)
    const deed = { action: 'DeleteTag' as const, accountId, repository: name, digest: found.digest, tag }
    await recordDeeds(rows, actor, now, [deed])
  })
}
