import { type Operation, type OperationName, operations } from '@berth/model'
import { repositoryArn, userArn } from '../../domain/iam/arn.ts'
import {
  type AccountId,
  isAccountId,
  isRegistryAlias,
  parseRepositoryName,
  type RepositoryName,
} from '../../domain/names.ts'
import { ControlError, RegistryError } from '../../domain/problem.ts'
import type { Rows } from '../../ports/metadata-store.ts'
import type { RepositoryRow } from '../../ports/rows/repositories/repositories.ts'
import type { Confirm, RepositoryRef } from '../../registry/context.ts'
import type { CallFacts, ControlCaller } from './control-caller.ts'
import { noteFound } from './found-repository.ts'

/** A repository as a request names it. */
export interface RepositoryRequest {
  /** The account that owns the registry, or an alias where the model takes one. Absent for the caller's own account. */
  readonly registryId?: string | undefined
  readonly repositoryName: string
}

/**
 * A repository for which the caller has the right to the operation: its row as it was read, and a reference to act on.
 */
export type GrantedRepository = RepositoryRow & RepositoryRef & { readonly confirm: Confirm }

/** An operation of which policies are asked: the name of one of ECR Public's, or the model of another service's. */
export type Asking = OperationName | Pick<Operation, 'iamAction' | 'errors'>

const modelOf = (operation: Asking) => (typeof operation === 'string' ? operations[operation] : operation)

/**
 * Finds the repository that a request names, once the caller has the right to the operation on it. Callers of other
 * accounts cannot tell a repository that they may not touch from one that does not exist.
 * @throws ProblemError `forbidden`, `repositoryNotFound`, and `registryNotFound` for operations that model it
 */
export async function authorizeRepository(
  rows: Rows,
  caller: ControlCaller,
  operation: Asking,
  request: RepositoryRequest,
  facts?: CallFacts,
): Promise<GrantedRepository> {
  const name = parseRepositoryName(request.repositoryName)
  const accountId = await findAccount(rows, caller, operation, request)
  const row = await rows.repositories.find(accountId, name)
  const action = modelOf(operation).iamAction
  const confirm = caller.require(action, { kind: 'repository', accountId, name, row }, facts)
  if (row !== undefined) return noteFound(caller, { ...row, registryId: accountId, confirm })
  if (accountId !== caller.accountId) throw foreign(caller, action, accountId, name)
  throw new RegistryError({ kind: 'repositoryNotFound', name, registryId: accountId })
}

/**
 * Asks the policies for an operation on all repositories of a registry. No repository's policy can allow that, so it is
 * refused in other accounts.
 * @throws RegistryError `forbidden`
 */
export function authorizeAllRepositories(caller: ControlCaller, operation: Asking, accountId: AccountId): void {
  const action = modelOf(operation).iamAction
  caller.require(action, { kind: 'repository', accountId, name: '*', row: undefined })
  if (accountId !== caller.accountId) throw foreign(caller, action, accountId, '*')
}

/**
 * Finds the account whose whole registry an operation looks through. Policies name no resource for such an operation,
 * unless it is narrowed to one repository, which need not be there any more. No repository's policy can allow the
 * operation, so it is refused in other accounts.
 * @throws ProblemError `forbidden`, `registryNotFound`, `nameInvalid`
 */
export async function authorizeWholeRegistry(
  rows: Rows,
  caller: ControlCaller,
  operation: Asking,
  {
    registryId,
    repositoryName,
  }: { readonly registryId?: string | undefined; readonly repositoryName?: string | undefined },
): Promise<AccountId> {
  const name = repositoryName === undefined ? '*' : parseRepositoryName(repositoryName)
  const accountId = await findAccount(rows, caller, operation, { registryId, repositoryName: name })
  const action = modelOf(operation).iamAction
  caller.require(action, name === '*' ? { kind: 'any' } : { kind: 'repository', accountId, name, row: undefined })
  if (accountId !== caller.accountId) throw foreign(caller, action, accountId, name)
  return accountId
}

/** Asks the policies for an operation on the caller's own registry. @throws RegistryError `forbidden` */
export function authorizeRegistry(caller: ControlCaller, operation: Asking): Confirm {
  return caller.require(modelOf(operation).iamAction, { kind: 'registry', accountId: caller.accountId })
}

async function findAccount(
  rows: Rows,
  caller: ControlCaller,
  operation: Asking,
  { registryId, repositoryName: name }: RepositoryRequest,
): Promise<AccountId> {
  if (registryId === undefined || registryId === caller.accountId) return caller.accountId
  const modelsRegistries = modelOf(operation).errors.includes('RegistryNotFoundException')
  if (isAccountId(registryId)) {
    const known = !modelsRegistries || (await rows.registries.find(registryId)) !== undefined
    if (known) return registryId
  } else if (isRegistryAlias(registryId)) {
    const row = await rows.registries.findAlias(registryId)
    if (row !== undefined) return row.accountId
  }
  if (modelsRegistries) throw new ControlError({ kind: 'registryNotFound', registryId })
  throw new RegistryError({ kind: 'repositoryNotFound', name, registryId })
}

/** The refusal that the policies give for any repository of another account without a right for the caller. */
function foreign(
  caller: ControlCaller,
  action: string,
  accountId: AccountId,
  name: RepositoryName | '*',
): RegistryError {
  return new RegistryError({
    kind: 'forbidden',
    principal: userArn(caller.accountId, caller.userName),
    action,
    resource: repositoryArn(accountId, name),
    reason: 'noResourceAllow',
  })
}
