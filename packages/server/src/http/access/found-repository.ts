import type { Rows } from '../../ports/metadata-store.ts'
import type { RepositoryRef } from '../../registry/context.ts'
import { requireThere } from '../../registry/repositories/repository-ref.ts'

/** The repository that each request under way has found, by the request's own caller. */
const FOUND = new WeakMap<object, RepositoryRef>()

/** Notes which repository a request has found, for `requireFound`. */
export function noteFound<Ref extends RepositoryRef>(caller: object, repository: Ref): Ref {
  FOUND.set(caller, repository)
  return repository
}

/**
 * Checks that the repository which a request has found is still there. What the request read of the repository, or
 * missed in it, may be so because it vanished.
 * @throws RegistryError `repositoryNotFound`
 */
export async function requireFound(rows: Rows, caller: object): Promise<void> {
  const repository = FOUND.get(caller)
  if (repository !== undefined) await requireThere(rows, repository)
}
