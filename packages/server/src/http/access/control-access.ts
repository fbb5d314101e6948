import type { IncomingMessage } from 'node:http'
import { registryArn, repositoryArn, userArn } from '../../domain/iam/arn.ts'
import { ControlError, isProblem } from '../../domain/problem.ts'
import type { Sealer } from '../../domain/secrets/sealer.ts'
import type { Rows } from '../../ports/metadata-store.ts'
import type { Principal } from '../../ports/rows/access/access-keys.ts'
import { type AccessRequest, authorize, type Circumstances, decide } from '../../registry/access/authorize.ts'
import type { Passwords } from '../../registry/access/passwords.ts'
import type { RegistryContext } from '../../registry/context.ts'
import type { ClientOf } from '../client.ts'
import type { CountRequest } from '../count-requests.ts'
import { circumstancesOf } from './circumstances.ts'
import type { CallFacts, ControlAccess, ControlCaller, Resource } from './control-caller.ts'
import { createSigV4Verifier, type SignedRequest } from './sigv4/sigv4.ts'

const REFUSALS = ['signatureMissing', 'signatureIncomplete', 'signatureMismatch', 'accessKeyUnknown'] as const

export interface ControlAccessOptions {
  readonly context: RegistryContext
  readonly sealer: Sealer
  readonly passwords: Passwords
  readonly count: CountRequest
  readonly clientOf: ClientOf
  /** The host that clients sign for, whichever host a proxy passes on. Undefined takes the Host header. */
  readonly publicHost?: string | undefined
  /** Signing regions that are served; undefined serves any. */
  readonly regions: ReadonlySet<string> | undefined
}

/** Signatures and policies of the control API, over the users and keys of the store. */
export function createControlAccess(options: ControlAccessOptions): ControlAccess {
  const { context, sealer, passwords, count, clientOf, publicHost, regions } = options
  const { rows } = context.metadata
  const verify = createSigV4Verifier({
    publicHost,
    async signerOf(accessKeyId) {
      const principal = await findPrincipal(rows, accessKeyId)
      return principal && { principal, secret: sealer.open(principal.accessKey.sealedSecret, accessKeyId) }
    },
  })

  const countStranger = (request: IncomingMessage) => count(request, undefined, 'other')
  /** Who signs badly is a stranger. */
  const counted = async (request: IncomingMessage, signed: SignedRequest) => {
    try {
      return await verify(signed)
    } catch (error) {
      if (REFUSALS.some(kind => isProblem(error, kind))) await countStranger(request)
      throw error
    }
  }

  return {
    countStranger,
    async authenticate(request, bodySha256, { operation, signingName, takesAnyRegion = false }) {
      const { url = '/', method = 'POST', rawHeaders } = request
      const question = url.indexOf('?')
      let isBodyLate = false
      const signed = await counted(request, {
        method,
        path: question < 0 ? url : url.slice(0, question),
        query: question < 0 ? '' : url.slice(question + 1),
        rawHeaders,
        service: signingName,
        bodySha256() {
          isBodyLate = !request.complete
          return bodySha256()
        },
        now: () => context.clock.now(),
      })
      if (!takesAnyRegion && regions !== undefined && !regions.has(signed.region))
        throw new ControlError({ kind: 'regionUnsupported', operation })
      const { principal: first } = signed.signer
      // Such a body may take minutes, and rights are taken meanwhile.
      const principal = isBodyLate ? await requirePrincipal(rows, first.accessKey.accessKeyId) : first
      await count(request, principal.accessKey.accountId, operation)
      // Taken now: a connection that has ended has no address any more.
      const client = clientOf(request)
      const { region } = signed
      const circumstances = () => circumstancesOf(request, client, { nowMs: context.clock.now(), region })
      return callerOf(principal, circumstances, passwords)
    },
  }
}

async function findPrincipal(rows: Rows, accessKeyId: string): Promise<Principal | undefined> {
  const principal = await rows.accessKeys.principal(accessKeyId)
  return principal?.accessKey.active === true ? principal : undefined
}

/** @throws ControlError `accessKeyUnknown` */
async function requirePrincipal(rows: Rows, accessKeyId: string): Promise<Principal> {
  const principal = await findPrincipal(rows, accessKeyId)
  if (principal === undefined) throw new ControlError({ kind: 'accessKeyUnknown' })
  return principal
}

/** `circumstances` are those of the moment: a transaction that asks again is at another one. */
function callerOf(principal: Principal, circumstances: () => Circumstances, passwords: Passwords): ControlCaller {
  const { accountId, userName, accessKeyId } = principal.accessKey
  const { sourceIp: sourceAddress } = circumstances()
  const ask = (action: string, resource: Resource, facts?: CallFacts): AccessRequest => ({
    action,
    ...targetOf(resource, accountId),
    ...facts,
  })
  return {
    accountId,
    userName,
    userId: principal.userId,
    accessKeyId,
    actor: { principal: userArn(accountId, userName), sourceAddress, via: 'call' },
    holder: { address: sourceAddress, key: accessKeyId, account: accountId },
    require(actions, resource, facts) {
      const requests = [actions].flat().map(action => ask(action, resource, facts))
      for (const request of requests) authorize(principal, request, circumstances())
      return async (rows, repository) => {
        const found = await requirePrincipal(rows, accessKeyId)
        for (const request of requests) authorize(found, { ...request, repository }, circumstances())
      }
    },
    wouldAllow: (action, resource, repository) =>
      decide(principal, { ...ask(action, resource), repository }, circumstances()).allowed,
    passwordSeconds: passwords.userSeconds,
    issuePassword: () => passwords.forUser(principal),
  }
}

function targetOf(
  resource: Resource,
  callerId: ControlCaller['accountId'],
): Pick<AccessRequest, 'resource' | 'ownerId' | 'repository'> {
  switch (resource.kind) {
    case 'any':
      return { resource: '*', ownerId: callerId }
    case 'registry':
      return { resource: registryArn(resource.accountId), ownerId: resource.accountId }
    case 'repository':
      return {
        resource: repositoryArn(resource.accountId, resource.name),
        ownerId: resource.accountId,
        repository: resource.row,
      }
  }
}
