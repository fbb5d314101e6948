import { ProblemError, type ProblemKind, RegistryError } from '../../domain/problem.ts'
import type { Rows } from '../../ports/metadata-store.ts'
import type { RepositoryRow } from '../../ports/rows/repositories/repositories.ts'
import { type RepositoryRef, words } from '../context.ts'

/** A reference to a stored repository in the terms of its owner's account. */
export function refTo({ id, name, accountId, settings }: RepositoryRow): RepositoryRef {
  return { id, accountId, name, registryId: accountId, settings }
}

/**
 * The row as a transaction sees it, once the caller has proved again to have the right. A repository of the same name
 * that was made since is another one.
 * @throws RegistryError `repositoryNotFound`, and as `Confirm`
 */
export async function readAgain(rows: Rows, repository: RepositoryRef): Promise<RepositoryRow> {
  const row = await rows.repositories.get(repository.id)
  if (row === undefined) throw new RegistryError({ kind: 'repositoryNotFound', ...words(repository) })
  await repository.confirm?.(rows, row)
  return row
}

/** The kinds that say that something in a repository is lacking: everything is, once the repository itself has gone. */
const LACKS: ReadonlySet<ProblemKind> = new Set<ProblemKind>([
  'blobUnknown',
  'uploadUnknown',
  'uploadEmpty',
  'manifestUnknown',
  'manifestBlobsUnknown',
  'manifestChildrenUnknown',
  'imageNotFound',
  'repositoryPolicyNotFound',
  'catalogDataNotFound',
  'lifecyclePolicyNotFound',
  'lifecyclePreviewNotFound',
])

/**
 * Whether the error says that something is lacking. Then the repository itself may have gone since it was looked up.
 */
export const isLack = (error: unknown): boolean => error instanceof ProblemError && LACKS.has(error.problem.kind)

/**
 * Tells a caller who found nothing whether the repository itself has gone since.
 * @throws RegistryError `repositoryNotFound` where it has
 */
export async function requireThere(rows: Rows, repository: RepositoryRef): Promise<void> {
  if ((await rows.repositories.imageCount(repository.id)) === undefined)
    throw new RegistryError({ kind: 'repositoryNotFound', ...words(repository) })
}
