import type { IncomingMessage } from 'node:http'
import { type AccountId, parseAccountId } from '../../../domain/names.ts'
import { ControlError, RegistryError } from '../../../domain/problem.ts'
import type { Asked, CallFacts, ControlAccess, ControlCaller, Resource } from '../../access/control-caller.ts'

export interface Question {
  readonly action: string
  readonly resource: Resource
  readonly facts: CallFacts | undefined
}

/**
 * Believes the header `x-test-account`. The caller's own policies allow everything but the actions in `denied`. A
 * repository's policy allows each action whose name stands in its text, and denies where the text says "Deny".
 */
export class FakeAccess implements ControlAccess {
  readonly denied = new Set<string>()
  /** Everything that was asked, in order. */
  readonly questions: Question[] = []
  /** Bodies that were handed over to be verified, with what was asked for. */
  readonly verified: (Asked & { bodySha256: string })[] = []

  async authenticate(
    request: IncomingMessage,
    bodySha256: () => Promise<string>,
    { operation, signingName }: Asked,
  ): Promise<ControlCaller> {
    const account = request.headers['x-test-account']
    if (typeof account !== 'string') throw new ControlError({ kind: 'signatureMissing' })
    this.verified.push({ bodySha256: await bodySha256(), operation, signingName })
    return this.#caller(parseAccountId(account))
  }

  async countStranger(): Promise<void> {}

  #caller(accountId: AccountId): ControlCaller {
    const userName = 'tester'
    const userId = 'AIDATESTER'
    return {
      accountId,
      userName,
      userId,
      accessKeyId: 'AKIATEST',
      circumstances: {
        nowMs: 0,
        sourceIp: '127.0.0.1',
        secureTransport: false,
        userAgent: undefined,
        region: 'us-east-1',
      },
      actor: { principal: `arn:aws:iam::${accountId}:user/${userName}`, sourceAddress: '127.0.0.1', via: 'call' },
      holder: { address: '127.0.0.1', key: 'AKIATEST', account: accountId },
      require: (actions, resource, facts) => {
        for (const action of [actions].flat()) {
          this.questions.push({ action, resource, facts })
          this.#require(accountId, action, resource)
        }
        return async (_rows, row) => {
          for (const action of [actions].flat())
            this.#require(accountId, action, resource.kind === 'repository' ? { ...resource, row } : resource)
        }
      },
      wouldAllow: (_action, _resource, { policyText }) => policyText?.includes('"Deny"') !== true,
      passwordSeconds: 43_200,
      issuePassword: async () => ({ password: `ey-${accountId}`, expiresAt: Date.UTC(2026, 0, 1, 12) }),
    }
  }

  #require(accountId: AccountId, action: string, resource: Resource): void {
    const ownAccount = resource.kind === 'any' || resource.accountId === accountId
    const policy = resource.kind === 'repository' ? (resource.row?.policyText ?? '') : ''
    // As the interface says: a repository that is not there has no policy to ask.
    const unknown = resource.kind === 'repository' && resource.row === undefined
    if (!this.denied.has(action) && (ownAccount || unknown || policy.includes(action))) return
    throw new RegistryError({
      kind: 'forbidden',
      principal: `arn:aws:iam::${accountId}:user/tester`,
      action,
      resource: arnOf(resource),
      reason: ownAccount ? 'noAllow' : 'noResourceAllow',
    })
  }
}

function arnOf(resource: Resource): string {
  if (resource.kind === 'any') return '*'
  const rest = resource.kind === 'registry' ? `registry/${resource.accountId}` : `repository/${resource.name}`
  return `arn:aws:ecr-public::${resource.accountId}:${rest}`
}
