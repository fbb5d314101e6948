import type { IncomingMessage } from 'node:http'
import type { Actor } from '../../domain/actor.ts'
import { repositoryArn, userArn } from '../../domain/iam/arn.ts'
import type { ImagePath } from '../../domain/image-path.ts'
import { isProblem, OciError, RegistryError } from '../../domain/problem.ts'
import { formatScope, scopesAllow } from '../../domain/tokens/scope.ts'
import type { Holder } from '../../ports/memory.ts'
import type { Rows } from '../../ports/metadata-store.ts'
import type { RepositoryRow } from '../../ports/rows/repositories/repositories.ts'
import { type AccessRequest, authorize, decide } from '../../registry/access/authorize.ts'
import type { Passwords, TokenHolder } from '../../registry/access/passwords.ts'
import type { Confirm, RegistryContext } from '../../registry/context.ts'
import type { Client, ClientOf } from '../client.ts'
import type { CountRequest } from '../count-requests.ts'
import { readToken } from './bearer/authorization-header.ts'
import { circumstancesOf } from './circumstances.ts'
import type { OciAccess, OciAction, OciCaller } from './oci-caller.ts'

export interface OciAccessOptions {
  readonly context: RegistryContext
  readonly passwords: Passwords
  readonly count: CountRequest
  readonly clientOf: ClientOf
  /** The region that policies take requests for. */
  readonly region: string
}

/** Tokens, scopes and policies of the registry endpoint. */
export function createOciAccess(options: OciAccessOptions): OciAccess {
  return {
    async authenticate(request, reading) {
      const { passwords, count } = options
      try {
        const token = await passwords.read(readToken(request.headers.authorization))
        // Before anything is looked up for it, since anybody gets such a token.
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
  /** As it was at first: a connection that has ended has no address any more. */
  const clientOnce = () => {
    client ??= clientOf(request)
    return client
  }
  const circumstances = () => circumstancesOf(request, clientOnce(), { nowMs: context.clock.now(), region })
  /** @throws RegistryError `repositoryNotFound` */
  const ask = async (path: ImagePath, action: OciAction): Promise<Asked> => {
    const { rows } = context.metadata
    const repository = await rows.repositories.findByAlias(path.alias, path.name)
    const ownerId = repository?.accountId ?? (await ownerOf(rows, path))
    return { action: `ecr-public:${action}`, resource: repositoryArn(ownerId, path.name), ownerId, repository }
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
    inScope: (path, verb) => scopes === undefined || scopesAllow(scopes, repositoryOf(path), verb),
    async mayPush(path) {
      if (principal === undefined || !scopesAllow(scopes, repositoryOf(path), 'push')) return false
      return decide(principal, await ask(path, 'PutImage'), circumstances()).allowed
    },
    async require(path, verb, action) {
      // An anonymous caller may still log in, so it is asked to rather than told no.
      if (principal === undefined) throw new RegistryError({ kind: 'credentialsMissing' })
      if (!scopesAllow(scopes, repositoryOf(path), verb))
        throw new OciError({
          kind: 'scopeInsufficient',
          scope: formatScope({ repository: repositoryOf(path), actions: verb === 'push' ? ['pull', 'push'] : [verb] }),
        })
      await count(request, principal.accessKey.accountId, action)
      const asked = await ask(path, action)
      authorize(principal, asked, circumstances())
      const confirm: Confirm = async (rows, repository) =>
        authorize(await passwords.again(rows, holder), { ...asked, repository }, circumstances())
      const { repository: row } = asked
      const repository = row && { id: row.id, name: path.name, registryId: path.alias, confirm }
      return { repository, confirm }
    },
  }
}

interface Asked extends AccessRequest {
  readonly repository: RepositoryRow | undefined
}

const repositoryOf = ({ alias, name }: ImagePath): string => `${alias}/${name}`

async function ownerOf(rows: Rows, { alias, name }: ImagePath) {
  const row = await rows.registries.findAlias(alias)
  if (row === undefined) throw new RegistryError({ kind: 'repositoryNotFound', name, registryId: alias })
  return row.accountId
}
