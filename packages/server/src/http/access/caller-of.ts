import type { Via } from '../../domain/actor.ts'
import { registryArn, repositoryArn, userArn } from '../../domain/iam/arn.ts'
import type { Rows } from '../../ports/metadata-store.ts'
import type { Principal } from '../../ports/rows/access/access-keys.ts'
import { type AccessRequest, authorize, type Circumstances, decide } from '../../registry/access/authorize.ts'
import type { Passwords } from '../../registry/access/passwords.ts'
import type { CallFacts, ControlCaller, Resource } from './control-caller.ts'

/** A user whose request was found to be the user's own. */
export interface Proved {
  readonly principal: Principal
  /** The caller as a transaction sees it. @throws ProblemError where the key or login has been revoked */
  readonly again: (rows: Rows) => Promise<Principal>
  /** The conditions of this moment. A transaction that asks again is at a later one. */
  readonly circumstances: () => Circumstances
  readonly passwords: Passwords
  /** The way by which the user acts, as the audit log says it. */
  readonly via: Via
}

/** The caller that a request has proved to come from. */
export function callerOf({ principal, again, circumstances, passwords, via }: Proved): ControlCaller {
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
    actor: { principal: userArn(accountId, userName), sourceAddress, via },
    holder: { address: sourceAddress, key: accessKeyId, account: accountId },
    require(actions, resource, facts) {
      const requests = [actions].flat().map(action => ask(action, resource, facts))
      for (const request of requests) authorize(principal, request, circumstances())
      return async (rows, repository) => {
        const found = await again(rows)
        for (const request of requests) authorize(found, { ...request, repository }, circumstances())
      }
    },
    wouldAllow: (action, resource, repository) =>
      decide(principal, { ...ask(action, resource), repository }, circumstances()).allowed,
    circumstances: circumstances(),
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
