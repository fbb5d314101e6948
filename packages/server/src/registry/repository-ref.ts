import { RegistryError } from '../domain/problem.ts'
import type { RepositoryRow, Rows } from '../ports/metadata-store.ts'
import { type RepositoryRef, words } from './context.ts'

/** A stored repository as its owner's account names it. */
export function refTo({ id, name, accountId }: RepositoryRow): RepositoryRef {
  return { id, name, registryId: accountId }
}

/**
 * The row as it stands in a transaction, once the caller may still act on it. A repository of the same name that was made
 * since is another one.
 * @throws RegistryError `repositoryNotFound`, and as `Confirm`
 */
export async function readAgain(rows: Rows, repository: RepositoryRef): Promise<RepositoryRow> {
  const row = await rows.repositories.get(repository.id)
  if (row === undefined) throw new RegistryError({ kind: 'repositoryNotFound', ...words(repository) })
  await repository.confirm?.(rows, row)
  return row
}
