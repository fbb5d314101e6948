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

/** What a request does to a repository; where policies are asked, by which action. */
export type Right = { readonly verb: 'pull' } | { readonly verb: 'push' | 'delete'; readonly action: OciAction }

/**
 * Pulling needs a token that covers the path and nothing else: every repository is public.
 * @throws OciError `scopeInsufficient`
 */
export function authorizePull({ caller }: Asking, path: ImagePath): void {
  if (!caller.inScope(path, 'pull'))
    throw new OciError({ kind: 'scopeInsufficient', scope: `repository:${formatImagePath(path)}:pull` })
}

/**
 * The repository of a path, once the caller may do there what it asks for.
 * @throws RegistryError as `OciCaller.require`, `repositoryNotFound`
 */
export async function authorizeRepository(asking: Asking, path: ImagePath, right: Right): Promise<RepositoryRef> {
  const { repository } = await authorizePath(asking, path, right)
  if (repository === undefined) throw notFound(path)
  return repository
}

/** The same for a pull, but undefined for a repository that a push would make: it counts as empty. */
export async function authorizeIfMade(asking: Asking, path: ImagePath): Promise<RepositoryRef | undefined> {
  const { repository, registry } = await authorizePath(asking, path, { verb: 'pull' })
  if (repository === undefined && !registry.createOnPush) throw notFound(path)
  return repository
}

/**
 * The same for the requests that begin a push: they make a repository that is not there, in registries that are set so
 * and for callers that may create it.
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

/** A repository as the registry endpoint names it. */
export function repositoryAt(
  { alias, name }: ImagePath,
  { id, accountId, settings }: RepositoryRow,
  confirm?: Confirm,
): RepositoryRef {
  return { id, accountId, name, registryId: alias, settings, confirm }
}

type Found = Pick<Allowed, 'registry' | 'repository'>

/** Where a path leads for who may ask. @throws RegistryError as `OciCaller.require` */
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
    // Layers are pushed side by side: another request of the same push was first.
    const row = await context.metadata.rows.repositories.find(accountId, name)
    if (row === undefined) throw notFound(path)
    return row
  }
}

function notFound({ alias, name }: ImagePath): RegistryError {
  return new RegistryError({ kind: 'repositoryNotFound', name, registryId: alias })
}
