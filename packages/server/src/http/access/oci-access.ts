import type { IncomingMessage } from 'node:http'
import type { Actor } from '../../domain/actor.ts'
import { repositoryArn, userArn } from '../../domain/iam/arn.ts'
import { formatImagePath, type ImagePath } from '../../domain/image-path.ts'
import { isProblem, OciError, RegistryError } from '../../domain/problem.ts'
import { formatScope, scopesAllow, type TokenScopes } from '../../domain/tokens/scope.ts'
import type { Holder } from '../../ports/memory.ts'
import type { FoundByAlias } from '../../ports/rows/repositories/repositories.ts'
import { type AccessRequest, authorize, decide } from '../../registry/access/authorize.ts'
import type { Passwords, TokenHolder } from '../../registry/access/passwords.ts'
import type { Confirm, RegistryContext } from '../../registry/context.ts'
import type { Client, ClientOf } from '../client.ts'
import type { CountRequest } from '../count-requests.ts'
import { readToken } from './bearer/authorization-header.ts'
import { circumstancesOf } from './circumstances.ts'
import type { OciAccess, OciAction, OciCaller } from './oci-caller.ts'
import { repositoryAt } from './oci-policies.ts'

export interface OciAccessOptions {
  readonly context: RegistryContext
  readonly passwords: Passwords
  readonly count: CountRequest
  readonly clientOf: ClientOf
  /** The region that requests have for policies. */
  readonly region: string
}

/** Tokens, scopes and policies of the registry endpoint. */
export function createOciAccess(options: OciAccessOptions): OciAccess {
  return {
    async authenticate(request, reading) {
      const { passwords, count } = options
      try {
        const text = readToken(request.headers.authorization)
        const token = passwords.known(text) ?? (await passwords.read(text))
        // The request is counted before anything is looked up for it, since anybody gets such a token.
        if (token.claims.subject.kind === 'anonymous') await count(request, undefined, reading ?? 'other')
        const holder = await passwords.holder(token)
        const accountId = holder.principal?.accessKey.accountId
        if (accountId !== undefined && reading !== undefined) await count(request, accountId, reading)
        return callerOf(options, holder, request)
      } catch (error) {
        if (isProblem(error, 'credentialsMissing') || isProblem(error, 'credentialsRefused'))
          await count(request, undefined, 'other')
        throw error
      }
    },
  }
}

function callerOf(
  { context, passwords, count, clientOf, region }: OciAccessOptions,
  holder: TokenHolder,
  request: IncomingMessage,
): OciCaller {
  const { principal, scopes } = holder
  let client: Client | undefined
  /** The client as it was at first: a connection that has ended has no address any more. */
  const clientOnce = () => {
    client ??= clientOf(request)
    return client
  }
  const circumstances = () => circumstancesOf(request, clientOnce(), { nowMs: context.clock.now(), region })
  /** @throws RegistryError `repositoryNotFound` where the alias leads nowhere */
  const find = async ({ alias, name }: ImagePath): Promise<FoundByAlias> => {
    const found = await context.metadata.rows.repositories.findByAlias(alias, name)
    if (found === undefined) throw notFound({ alias, name })
    return found
  }
  return {
    get actor(): Actor {
      const sourceAddress = clientOnce().address
      if (principal === undefined) return { principal: 'anonymous', sourceAddress, via: 'call' }
      const { accountId, userName } = principal.accessKey
      return { principal: userArn(accountId, userName), sourceAddress, via: 'call' }
    },
    get holder(): Holder {
      const { address } = clientOnce()
      if (principal === undefined) return { address }
      const { accessKeyId, accountId } = principal.accessKey
      return { address, key: accessKeyId, account: accountId }
    },
    inScope: (path, verb) => scopes === undefined || scopesAllow(scopes, formatImagePath(path), verb),
    async lookToPush(path) {
      if (principal === undefined || !scopesAllow(scopes, formatImagePath(path), 'push')) return undefined
      const found = await find(path)
      const { repository } = found
      if (repository === undefined) throw notFound(path)
      const { allowed } = decide(principal, requestFor(path, found, 'PutImage'), circumstances())
      return { repository, isAllowed: allowed }
    },
    async require(path, verb, action) {
      // An anonymous caller may still log in. So the answer asks for a login, and does not say no.
      if (principal === undefined) throw new RegistryError({ kind: 'credentialsMissing' })
      requireScope(scopes, path, verb)
      const { accountId } = principal.accessKey
      const judge = (request: AccessRequest): Confirm => {
        authorize(principal, request, circumstances())
        return async (rows, repository) =>
          authorize(await passwords.again(rows, holder), { ...request, repository }, circumstances())
      }
      await count(request, accountId, action)
      const found = await find(path)
      const { registry, repository } = found
      const confirm = judge(requestFor(path, found, action))
      return {
        registry,
        confirm,
        repository: repository && repositoryAt(path, repository, confirm),
        async also(other) {
          await count(request, accountId, other)
          return judge(requestFor(path, found, other))
        },
      }
    },
  }
}

function requestFor({ name }: ImagePath, { registry, repository }: FoundByAlias, action: OciAction): AccessRequest {
  const ownerId = registry.accountId
  return { action: `ecr-public:${action}`, resource: repositoryArn(ownerId, name), ownerId, repository }
}

/** @throws RegistryError `scopeInsufficient` */
function requireScope(scopes: TokenScopes, path: ImagePath, verb: 'push' | 'delete'): void {
  const repository = formatImagePath(path)
  if (scopesAllow(scopes, repository, verb)) return
  const actions = verb === 'push' ? (['pull', 'push'] as const) : [verb]
  throw new OciError({ kind: 'scopeInsufficient', scope: formatScope({ repository, actions }) })
}

function notFound({ alias, name }: ImagePath): RegistryError {
  return new RegistryError({ kind: 'repositoryNotFound', name, registryId: alias })
}
