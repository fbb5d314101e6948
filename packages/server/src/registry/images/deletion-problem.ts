import type { DeletionFailure } from '../../domain/deletion.ts'
import { OciError, type OciProblem } from '../../domain/problem.ts'
import { type RepositoryRef, words } from '../context.ts'

/** The problem for an image or tag that was to be deleted alone and stays. A batch lists failures instead. */
export function deletionProblem(failure: DeletionFailure, reference: string, repository: RepositoryRef): OciError {
  return new OciError(problemOf(failure, reference, repository))
}

function problemOf(failure: DeletionFailure, reference: string, repository: RepositoryRef): OciProblem {
  switch (failure.kind) {
    case 'heldByIndexes':
      return { kind: 'imageReferenced', digest: reference, parents: failure.parents }
    case 'protected':
      return { kind: 'imageProtected', tags: failure.tags, ...words(repository) }
    case 'unknown':
    case 'tagElsewhere':
      return { kind: 'manifestUnknown', reference }
  }
}
