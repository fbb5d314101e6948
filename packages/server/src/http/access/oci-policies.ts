import { formatImagePath, type ImagePath } from '../../domain/image-path.ts'
import { isProblem, OciError, RegistryError } from '../../domain/problem.ts'
import type { RepositoryRow } from '../../ports/rows/repositories/repositories.ts'
import type { Confirm, RegistryContext, RepositoryRef } from '../../registry/context.ts'
import { createRepository } from '../../registry/repositories/repositories.ts'
import { noteFound } from './found-repository.ts'
import type { Allowed, OciAction, OciCaller } from './oci-caller.ts'

/** A request of the registry endpoint, as far as its rights go. */
export interface Asking {
  readonly caller: OciCaller
  readonly services: { readonly context: RegistryContext }
}

/**
 * The right that a request needs in a repository: the verb, and the action that policies are asked for. A pull asks no
 * policy.
 */
export type Right = { readonly verb: 'pull' } | { readonly verb: 'push' | 'delete'; readonly action: OciAction }

/**
 * Lets a pull pass whose token covers the path. No policy is asked: every repository is public.
 * @throws OciError `scopeInsufficient`
 */
export function authorizePull({ caller }: Asking, path: ImagePath): void {
  if (!caller.inScope(path, 'pull'))
    throw new OciError({ kind: 'scopeInsufficient', scope: `repository:${formatImagePath(path)}:pull` })
}

/**
 * Finds the repository of a path, once the caller has the right that the request needs there.
 * @throws RegistryError as `OciCaller.require`, `repositoryNotFound`
 */
export async function authorizeRepository(asking: Asking, path: ImagePath, right: Right): Promise<RepositoryRef> {
  const { repository } = await authorizePath(asking, path, right)
  if (repository === undefined) throw notFound(path)
  return repository
}

/** As `authorizeRepository`, for a pull. Undefined for a repository that a push would make: it counts as empty. */
export async function authorizeIfMade(asking: Asking, path: ImagePath): Promise<RepositoryRef | undefined> {
  const { repository, registry } = await authorizePath(asking, path, { verb: 'pull' })
  if (repository === undefined && !registry.createOnPush) throw notFound(path)
  return repository
}

/**
 * As `authorizeRepository`, for requests that begin a push. They make a repository that is not there, where the
 * registry is set so and the caller may create it.
 */
export async function authorizeOrMake(asking: Asking, path: ImagePath, action: OciAction): Promise<RepositoryRef> {
  const { caller, services } = asking
  const allowed = await caller.require(path, 'push', action)
  const { repository, registry, confirm } = allowed
  if (repository !== undefined) return noteFound(caller, repository)
  if (!registry.createOnPush) throw notFound(path)
  const mayCreate = await allowed.also('CreateRepository')
  const made = await make(services.context, asking, { path, accountId: registry.accountId }, mayCreate)
  return noteFound(caller, repositoryAt(path, made, confirm))
}

/** A reference to a repository in the terms of the registry endpoint. */
export function repositoryAt(
  { alias, name }: ImagePath,
  { id, accountId, settings }: RepositoryRow,
  confirm?: Confirm,
): RepositoryRef {
  return { id, accountId, name, registryId: alias, settings, confirm }
}

type Found = Pick<Allowed, 'registry' | 'repository'>

/** Finds where a path leads, for a caller that may ask. @throws RegistryError as `OciCaller.require` */
async function authorizePath(asking: Asking, path: ImagePath, right: Right): Promise<Found> {
  const { caller } = asking
  const { registry, repository } =
    right.verb === 'pull' ? await findToPull(asking, path) : await caller.require(path, right.verb, right.action)
  return { registry, repository: repository && noteFound(caller, repository) }
}

async function findToPull(asking: Asking, path: ImagePath): Promise<Found> {
  authorizePull(asking, path)
  const found = await asking.services.context.metadata.rows.repositories.findByAlias(path.alias, path.name)
  if (found === undefined) throw notFound(path)
  const { registry, repository } = found
  return { registry, repository: repository && repositoryAt(path, repository) }
}

async function make(
  context: RegistryContext,
  { caller: { actor } }: Asking,
  { path, accountId }: { readonly path: ImagePath } & Pick<RepositoryRow, 'accountId'>,
  confirm: Confirm,
): Promise<RepositoryRow> {
  const { name } = path
  try {
    return await createRepository(context, actor, { accountId, name, resourceTags: [] }, confirm)
  } catch (error) {
    if (!isProblem(error, 'repositoryExists')) throw error
    // Layers are pushed side by side: another request of the same push made the repository first.
    const row = await context.metadata.rows.repositories.find(accountId, name)
    if (row === undefined) throw notFound(path)
    return row
  }
}

function notFound({ alias, name }: ImagePath): RegistryError {
  return new RegistryError({ kind: 'repositoryNotFound', name, registryId: alias })
}
