import type { DeletionFailure } from '../../domain/deletion.ts'
import { type Problem, RegistryError } from '../../domain/problem.ts'
import { type RepositoryRef, words } from '../context.ts'

/** What an image or tag that was asked for by itself is refused with: there is no answer then but this one. */
export function deletionProblem(failure: DeletionFailure, reference: string, repository: RepositoryRef): RegistryError {
  return new RegistryError(problemOf(failure, reference, repository))
}

function problemOf(failure: DeletionFailure, reference: string, repository: RepositoryRef): Problem {
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
