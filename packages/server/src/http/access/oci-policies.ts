import { formatImagePath, type ImagePath } from '../../domain/image-path.ts'
import { OciError, RegistryError } from '../../domain/problem.ts'
import type { RegistryContext, RepositoryRef } from '../../registry/context.ts'
import { registryToCreateIn } from './create-on-push.ts'
import type { OciAction, OciCaller } from './oci-caller.ts'

/** A request of the registry endpoint, as far as its rights go. */
export interface Asking {
  readonly caller: OciCaller
  readonly services: {
    readonly context: RegistryContext
    readonly createRepository?: ((path: ImagePath, caller: OciCaller) => Promise<void>) | undefined
  }
}

/**
 * Pulling needs a token that covers the path and nothing else: every repository is public.
 * @throws OciError `scopeInsufficient`
 */
export function mayPull({ caller }: Asking, path: ImagePath): void {
  if (!caller.inScope(path, 'pull'))
    throw new OciError({ kind: 'scopeInsufficient', scope: `repository:${formatImagePath(path)}:pull` })
}

/** The repository of a pull. @throws ProblemError `scopeInsufficient`, `repositoryNotFound` */
export async function repositoryToPull(asking: Asking, path: ImagePath): Promise<RepositoryRef> {
  mayPull(asking, path)
  return found(path, await find(asking, path))
}

/** As `repositoryToPull`, but undefined for one that a push would make: it counts as empty. */
export async function repositoryToPullIfMade(asking: Asking, path: ImagePath): Promise<RepositoryRef | undefined> {
  mayPull(asking, path)
  const repository = await find(asking, path)
  const { rows } = asking.services.context.metadata
  if (repository === undefined && (await registryToCreateIn(rows, path.alias)) !== undefined) return undefined
  return found(path, repository)
}

/** The repository of a push or delete. @throws RegistryError as `OciCaller.require`, `repositoryNotFound` */
export async function repositoryToChange(
  asking: Asking,
  path: ImagePath,
  verb: 'push' | 'delete',
  action: OciAction,
): Promise<RepositoryRef> {
  return found(path, (await asking.caller.require(path, verb, action)).repository)
}

/** As `repositoryToChange` for the requests that begin a push: a missing repository may be made. */
export async function repositoryToBeginPush(
  asking: Asking,
  path: ImagePath,
  action: OciAction,
): Promise<RepositoryRef> {
  const { caller, services } = asking
  const { repository, confirm } = await caller.require(path, 'push', action)
  if (repository !== undefined || services.createRepository === undefined) return found(path, repository)
  await services.createRepository(path, caller)
  return { ...found(path, await find(asking, path)), confirm }
}

async function find({ services }: Asking, { alias, name }: ImagePath): Promise<RepositoryRef | undefined> {
  const row = await services.context.metadata.rows.repositories.findByAlias(alias, name)
  return row && { id: row.id, name, registryId: alias }
}

function found<Found>({ alias, name }: ImagePath, repository: Found | undefined): Found {
  if (repository === undefined) throw new RegistryError({ kind: 'repositoryNotFound', name, registryId: alias })
  return repository
}

/**
 * For what was read of a repository, or missing there: it may have vanished meanwhile. @throws RegistryError
 * `repositoryNotFound`
 */
export async function requirePath({ services }: Asking, path: ImagePath): Promise<void> {
  found(path, await services.context.metadata.rows.repositories.findByAlias(path.alias, path.name))
}
