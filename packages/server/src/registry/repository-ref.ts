import { RegistryError } from '../domain/problem.ts'
import type { RepositoryRow, Rows } from '../ports/metadata-store.ts'
import type { RepositoryRef } from './context.ts'

/** A stored repository as its owner's account names it. */
export function refTo({ id, name, accountId }: RepositoryRow): RepositoryRef {
  return { id, name, registryId: accountId }
}

/**
 * The row as it stands in a transaction; a repository of the same name that was made since is another one.
 * @throws RegistryError `repositoryNotFound`
 */
export async function readAgain(rows: Rows, { id, accountId, name }: RepositoryRow): Promise<RepositoryRow> {
  const row = await rows.repositories.find(accountId, name)
  if (row?.id !== id) throw new RegistryError({ kind: 'repositoryNotFound', name, registryId: accountId })
  return row
}
