import { RegistryError } from '../../domain/problem.ts'
import type { RepositoryRef } from '../../registry/context.ts'
import type { ImagePath } from '../../registry/images/pull.ts'
import type { Exchange } from '../oci/exchange.ts'
import { formatImagePath } from '../oci/parse-path.ts'
import { registryToCreateIn } from './create-on-push.ts'
import type { OciAction } from './oci-caller.ts'

/**
 * Pulling needs a token that covers the path and nothing else: every repository is public.
 * @throws RegistryError `scopeInsufficient`
 */
export function mayPull({ caller }: Exchange, path: ImagePath): void {
  if (!caller.inScope(path, 'pull'))
    throw new RegistryError({ kind: 'scopeInsufficient', scope: `repository:${formatImagePath(path)}:pull` })
}

/** The repository of a pull. @throws RegistryError `scopeInsufficient`, `repositoryNotFound` */
export async function repositoryToPull(exchange: Exchange, path: ImagePath): Promise<RepositoryRef> {
  mayPull(exchange, path)
  return found(path, await find(exchange, path))
}

/** As `repositoryToPull`, but undefined for one that a push would make: it counts as empty. */
export async function repositoryToPullIfMade(exchange: Exchange, path: ImagePath): Promise<RepositoryRef | undefined> {
  mayPull(exchange, path)
  const repository = await find(exchange, path)
  const { rows } = exchange.services.context.metadata
  if (repository === undefined && (await registryToCreateIn(rows, path.alias)) !== undefined) return undefined
  return found(path, repository)
}

/** The repository of a push or delete. @throws RegistryError as `OciCaller.require`, `repositoryNotFound` */
export async function repositoryToChange(
  exchange: Exchange,
  path: ImagePath,
  verb: 'push' | 'delete',
  action: OciAction,
): Promise<RepositoryRef> {
  return found(path, (await exchange.caller.require(path, verb, action)).repository)
}

/** As `repositoryToChange` for the requests that begin a push: a missing repository may be made. */
export async function repositoryToBeginPush(
  exchange: Exchange,
  path: ImagePath,
  action: OciAction,
): Promise<RepositoryRef> {
  const { caller, services } = exchange
  const { repository, confirm } = await caller.require(path, 'push', action)
  if (repository !== undefined || services.createRepository === undefined) return found(path, repository)
  await services.createRepository(path, caller)
  return { ...found(path, await find(exchange, path)), confirm }
}

async function find({ services }: Exchange, { alias, name }: ImagePath): Promise<RepositoryRef | undefined> {
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
export async function requirePath({ services }: Exchange, path: ImagePath): Promise<void> {
  found(path, await services.context.metadata.rows.repositories.findByAlias(path.alias, path.name))
}
