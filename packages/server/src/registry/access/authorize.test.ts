import { describe, expect, it } from 'vitest'
import type { BoundPrincipals } from '../../domain/iam/policy.ts'
import { parseAccountId } from '../../domain/names.ts'
import type { Principal } from '../../ports/rows/access/access-keys.ts'
import { type AccessRequest, authorize, decide } from './authorize.ts'

const accountId = parseAccountId('111111111111')
const policy = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement })
const allow = { Effect: 'Allow', Action: 'ecr-public:*', Resource: '*' }
const principal = (...policies: string[]): Principal => ({
  accessKey: { accessKeyId: 'AKIA', accountId, userName: 'ann', sealedSecret: '', active: true, createdAt: 0 },
  userId: 'AIDAANN',
  policies,
})
/** The principals that policies of repositories name here. */
const named = {
  policyPrincipals: { accounts: [accountId], users: { [`arn:aws:iam::${accountId}:user/ann`]: 'AIDAANN' } },
}
const circumstances = {
  nowMs: Date.UTC(2026, 0, 2),
  sourceIp: '::ffff:192.0.2.7',
  secureTransport: false,
  userAgent: undefined,
  region: 'us-east-1',
}
const request: AccessRequest = {
  action: 'ecr-public:PutImage',
  resource: 'arn:aws:ecr-public::111111111111:repository/tools/web',
  ownerId: accountId,
}
const allowed = (of: Principal, change: Partial<AccessRequest> = {}) =>
  decide(of, { ...request, ...change }, circumstances).allowed

describe('authorize', () => {
  it('allows nothing by itself, and names who may not do what', () => {
    expect(allowed(principal(policy(allow)))).toBe(true)
    const forbidden = {
      kind: 'forbidden',
      principal: 'arn:aws:iam::111111111111:user/ann',
      action: request.action,
      resource: request.resource,
      reason: 'noAllow',
    }
    const refused = expect.objectContaining({ problem: forbidden })
    expect(() => authorize(principal(), request, circumstances)).toThrow(refused)
  })

  it("lets any policy deny, and the repository's own allow its account", () => {
    const deny = policy({ ...allow, Effect: 'Deny' })
    expect(allowed(principal(policy(allow), deny))).toBe(false)
    const own = policy({ Effect: 'Allow', Principal: { AWS: accountId }, Action: 'ecr-public:PutImage' })
    const byUser = policy({
      Effect: 'Allow',
      Principal: { AWS: `arn:aws:iam::${accountId}:user/ann` },
      Action: 'ecr-public:PutImage',
    })
    expect(allowed(principal(), { repository: { ...named, policyText: byUser, resourceTags: [] } })).toBe(true)
    expect(allowed(principal(deny), { repository: { ...named, policyText: byUser, resourceTags: [] } })).toBe(false)
    expect(allowed(principal(policy(allow)), { repository: { ...named, policyText: own, resourceTags: [] } })).toBe(
      true,
    )
  })

  it('goes by the id of whom a policy named when it was set, and by no name', () => {
    const arn = `arn:aws:iam::${accountId}:user/ann`
    const naming = (Effect: string, AWS: unknown) =>
      policy({ Effect, Principal: { AWS }, Action: 'ecr-public:PutImage' })
    const asked = (policyText: string, policyPrincipals: BoundPrincipals | undefined, of = principal()) =>
      allowed(of, { repository: { policyText, policyPrincipals, resourceTags: [] } })
    expect(asked(naming('Allow', arn), named.policyPrincipals)).toBe(true)
    for (const users of [{}, { [arn]: 'AIDABEFORE' }, { [`${arn}a`]: 'AIDAANN' }]) {
      expect(asked(naming('Allow', arn), { accounts: [accountId], users })).toBe(false)
      expect(asked(naming('Deny', arn), { accounts: [accountId], users }, principal(policy(allow)))).toBe(true)
    }
    const all = principal(policy(allow))
    expect(asked(naming('Deny', accountId), { accounts: [accountId], users: {} }, all)).toBe(false)
    expect(asked(naming('Deny', accountId), { accounts: [], users: {} }, all)).toBe(true)
    // A policy of the old form, set beside servers that do not bind names, gives nothing to a name either.
    expect(asked(naming('Allow', arn), undefined)).toBe(false)
    const sparing = policy({ Effect: 'Deny', NotPrincipal: { AWS: arn }, Action: '*' })
    expect(asked(sparing, named.policyPrincipals, all)).toBe(true)
    expect(asked(sparing, { accounts: [accountId], users: { [arn]: 'AIDABEFORE' } }, all)).toBe(false)
  })

  it('tells conditions how the call came and what tags there are', () => {
    const given = (Condition: object) => principal(policy({ ...allow, Condition }))
    expect(allowed(given({ IpAddress: { 'aws:SourceIp': '192.0.2.0/24' } }))).toBe(true)
    expect(allowed(given({ Bool: { 'aws:SecureTransport': 'true' } }))).toBe(false)
    const tagged = given({ StringEquals: { 'ecr-public:ResourceTag/team': 'web' } })
    expect(allowed(tagged)).toBe(false)
    const repository = { ...named, policyText: undefined, resourceTags: [{ key: 'team', value: 'web' }] }
    expect(allowed(tagged, { repository })).toBe(true)
    const asked = given({ StringEquals: { 'aws:RequestTag/team': 'web' } })
    expect(allowed(asked, { requestTags: [{ key: 'team', value: 'web' }] })).toBe(true)
    expect(allowed(asked, { requestTags: [{ key: 'Team', value: 'web' }] })).toBe(true)
    expect(allowed(asked, { requestTags: [{ key: 'Team', value: 'db' }] })).toBe(false)
    // A repository that is not there yet is made with the tags of the request.
    expect(allowed(tagged, { requestTags: [{ key: 'team', value: 'web' }] })).toBe(true)
    expect(
      allowed(tagged, { repository: { ...repository, resourceTags: [] }, requestTags: repository.resourceTags }),
    ).toBe(false)
  })

  it('knows lifecycle calls by their names in ECR and in ECR Public', () => {
    const lifecycle = { action: 'ecr:PutLifecyclePolicy' }
    const given = (Action: string, Resource = '*') => principal(policy({ Effect: 'Allow', Action, Resource }))
    const isolated = `arn:aws:ecr:us-east-1:${accountId}:repository/tools/web`
    for (const of of [given('ecr:*'), given('ecr-public:PutLifecyclePolicy'), given('ecr-public:*', isolated)])
      expect(allowed(of, lifecycle)).toBe(true)
    expect(allowed(given('ecr:*', isolated.replace('us-east-1', 'eu-west-1')), lifecycle)).toBe(false)
    expect(allowed(given('*', isolated))).toBe(false)
    const Condition = { StringEquals: { 'ecr:ResourceTag/team': 'web' } }
    const tagged = principal(policy({ ...allow, Action: '*', Condition }))
    const repository = { ...named, policyText: undefined, resourceTags: [{ key: 'Team', value: 'web' }] }
    expect(allowed(tagged, { ...lifecycle, repository })).toBe(true)
    expect(allowed(tagged, { repository })).toBe(false)
  })

  it('grants nothing by a stored policy that cannot be read', () => {
    expect(() => allowed(principal('{}', policy(allow)))).toThrow('cannot be read')
    const repository = { ...named, policyText: policy(allow), resourceTags: [] }
    expect(() => allowed(principal(policy(allow)), { repository })).toThrow('cannot be read')
  })
})
