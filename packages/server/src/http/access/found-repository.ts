import type { Rows } from '../../ports/metadata-store.ts'
import type { RepositoryRef } from '../../registry/context.ts'
import { requireThere } from '../../registry/repositories/repository-ref.ts'

/** The repository of each request that is under way, by the request's own caller. */
const FOUND = new WeakMap<object, RepositoryRef>()

/** Keeps in mind which repository a request has found, for `requireFound`. */
export function noteFound<Ref extends RepositoryRef>(caller: object, repository: Ref): Ref {
  FOUND.set(caller, repository)
  return repository
}

/**
 * For what a request read of the repository that it found, or missed there: the repository may have vanished since.
 * @throws RegistryError `repositoryNotFound`
 */
export async function requireFound(rows: Rows, caller: object): Promise<void> {
  const repository = FOUND.get(caller)
  if (repository !== undefined) await requireThere(rows, repository)
}
