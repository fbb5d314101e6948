import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseAccountId } from '../names.ts'
import { type AccessQuestion, evaluate } from './evaluate.ts'
import { parsePolicy } from './parse-policy.ts'
import type { Policy, PolicyKind } from './policy.ts'
import type { Principal } from './principal.ts'
import { requestContext } from './request-context.ts'

const home = parseAccountId('111111111111')
const abroad = parseAccountId('222222222222')
const resource = `arn:aws:ecr-public::${home}:repository/team/app`
const ann: Principal = { kind: 'user', accountId: home, userName: 'ann' }
const bob: Principal = { kind: 'user', accountId: abroad, userName: 'bob' }
const root = (accountId = home): Principal => ({ kind: 'root', accountId })

function policy(kind: PolicyKind, ...statements: readonly object[]): Policy {
  const parsed = parsePolicy(JSON.stringify({ Version: '2012-10-17', Statement: statements }), kind)
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults))
  return parsed.policy
}
const onUser = (...statements: readonly object[]) => policy('identity', ...statements)
const onRepository = (...statements: readonly object[]) => policy('repository', ...statements)
const allow = { Effect: 'Allow', Action: 'ecr-public:PutImage' }
const deny = { Effect: 'Deny', Action: '*' }
const allowUser = onUser({ ...allow, Resource: '*' })
const allowPrincipal = (Principal: unknown) => onRepository({ ...allow, Principal })
const denyPrincipal = (Principal: unknown) => onRepository({ ...deny, Principal })

function ask(principal: Principal, question: Partial<AccessQuestion> = {}): 'allowed' | 'explicitDeny' | 'noAllow' {
  const decision = evaluate({
    principal,
    action: 'ecr-public:PutImage',
    resource,
    context: requestContext({ principal, nowMs: 0, sourceIp: '192.0.2.1', secureTransport: true }),
    identityPolicies: [],
    resourceAccountId: home,
    ...question,
  })
  return decision.allowed ? 'allowed' : decision.reason
}

describe('inside one account', () => {
  it('either policy is enough', () => {
    expect(ask(ann)).toBe('noAllow')
    expect(ask(ann, { identityPolicies: [allowUser] })).toBe('allowed')
    expect(ask(ann, { resourcePolicy: allowPrincipal({ AWS: `arn:aws:iam::${home}:user/ann` }) })).toBe('allowed')
    expect(ask(ann, { resourcePolicy: allowPrincipal('*') })).toBe('allowed')
    expect(ask(ann, { resourcePolicy: allowPrincipal({ AWS: ['*'] }) })).toBe('allowed')
    expect(ask(ann, { resourcePolicy: allowPrincipal({ AWS: `arn:aws:iam::${home}:user/Ann` }) })).toBe('noAllow')
  })

  it('naming the account only delegates to it', () => {
    for (const name of [home, `arn:aws:iam::${home}:root`]) {
      expect(ask(ann, { resourcePolicy: allowPrincipal({ AWS: name }) })).toBe('noAllow')
      expect(ask(ann, { resourcePolicy: denyPrincipal({ AWS: name }), identityPolicies: [allowUser] })).toBe(
        'explicitDeny',
      )
    }
  })

  it('root needs no policy, yet a Deny binds it', () => {
    expect(ask(root())).toBe('allowed')
    expect(ask(root(), { resourcePolicy: denyPrincipal({ AWS: home }) })).toBe('explicitDeny')
  })
})

describe('across accounts', () => {
  it('both policies must allow', () => {
    for (const name of ['*', abroad, `arn:aws:iam::${abroad}:root`, `arn:aws:iam::${abroad}:user/bob`]) {
      const resourcePolicy = allowPrincipal({ AWS: name })
      expect(ask(bob, { resourcePolicy })).toBe('noAllow')
      expect(ask(bob, { resourcePolicy, identityPolicies: [allowUser] })).toBe('allowed')
    }
    expect(ask(bob, { identityPolicies: [allowUser] })).toBe('noAllow')
    expect(ask(bob, { identityPolicies: [allowUser], resourcePolicy: allowPrincipal({ AWS: home }) })).toBe('noAllow')
  })

  it('root of elsewhere needs the repository policy', () => {
    expect(ask(root(abroad))).toBe('noAllow')
    expect(ask(root(abroad), { resourcePolicy: allowPrincipal({ AWS: abroad }) })).toBe('allowed')
  })
})

describe('NotPrincipal', () => {
  const spare = (...names: readonly string[]) => onRepository({ ...deny, NotPrincipal: { AWS: names } })

  it('denies all but those it names', () => {
    const identityPolicies = [allowUser]
    const resourcePolicy = spare(`arn:aws:iam::${home}:user/ann`, home)
    expect(ask(ann, { identityPolicies, resourcePolicy })).toBe('allowed')
    expect(ask({ ...ann, userName: 'eve' }, { identityPolicies, resourcePolicy })).toBe('explicitDeny')
    expect(ask(root(), { resourcePolicy })).toBe('allowed')
    expect(ask(bob, { identityPolicies, resourcePolicy })).toBe('explicitDeny')
  })
})

describe('what a statement applies to', () => {
  const may = (statement: object, question: Partial<AccessQuestion> = {}) =>
    ask(ann, { identityPolicies: [onUser({ ...allow, Resource: '*', ...statement })], ...question })

  it.each([
    ['ecr-public:putimage', 'allowed'],
    ['ECR-Public:Put*', 'allowed'],
    ['ecr-public:Put?mage', 'allowed'],
    [['ecr-public:GetRepositoryPolicy', '*'], 'allowed'],
    ['ecr:PutImage', 'noAllow'],
    ['ecr-public:PutImag', 'noAllow'],
  ])('action %s: %s', (Action, outcome) => {
    expect(may({ Action })).toBe(outcome)
  })

  it.each([
    [resource, 'allowed'],
    [`arn:aws:ecr-public::${home}:repository/*`, 'allowed'],
    ['arn:aws:ecr-public', 'allowed'],
    [`arn:aws:ecr-public::${abroad}:repository/*`, 'noAllow'],
    [`arn:aws:ecr-public::${home}:repository/team`, 'noAllow'],
    [`arn:aws:ecr-public::\${aws:PrincipalAccount}`, 'allowed'],
    [`arn:aws:ecr-public::\${aws:PrincipalAccount}:repository/team/*`, 'allowed'],
    [`arn:aws:ecr-public::${home}:repository/\${aws:username}/*`, 'noAllow'],
    [`arn:aws:ecr-public::${home}:repository/\${aws:userid}*`, 'noAllow'],
  ])('resource %s: %s', (Resource, outcome) => {
    expect(may({ Resource })).toBe(outcome)
  })

  it('NotAction and NotResource mean the rest', () => {
    expect(may({ Action: undefined, NotAction: 'ecr-public:Delete*' })).toBe('allowed')
    expect(may({ Action: undefined, NotAction: 'ecr-public:Put*' })).toBe('noAllow')
    expect(may({ Resource: undefined, NotResource: `${resource}2` })).toBe('allowed')
    expect(may({ Resource: undefined, NotResource: resource })).toBe('noAllow')
  })

  it('an action about no resource takes Resource "*" only', () => {
    expect(may({}, { resource: '*' })).toBe('allowed')
    expect(may({ Resource: resource }, { resource: '*' })).toBe('noAllow')
  })

  it('every condition must hold', () => {
    const Bool = { 'AWS:SecureTransport': 'true' }
    expect(may({ Condition: { Bool, IpAddress: { 'aws:SourceIp': '192.0.2.0/24' } } })).toBe('allowed')
    expect(may({ Condition: { Bool, IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } } })).toBe('noAllow')
    expect(may({ Condition: { StringEquals: { 'aws:NoSuchKey': 'x' } } })).toBe('noAllow')
  })
})

describe('a Deny', () => {
  const statement = fc.record({
    Effect: fc.constantFrom('Allow', 'Deny'),
    Action: fc.constantFrom('*', 'ecr-public:Put*', 'x:y'),
  })

  it('wins wherever it stands, and without one more Allows never allow less', () => {
    fc.assert(
      fc.property(
        fc.array(statement, { minLength: 1, maxLength: 4 }),
        fc.array(statement, { minLength: 1, maxLength: 4 }),
        (mine, its) => {
          const all = [...mine, ...its].filter(({ Action }) => Action !== 'x:y')
          const outcome = ask(ann, {
            identityPolicies: [onUser(...mine.map(one => ({ ...one, Resource: '*' })))],
            resourcePolicy: onRepository(...its.map(one => ({ ...one, Principal: '*' }))),
          })
          const denied = all.some(({ Effect }) => Effect === 'Deny')
          expect(outcome).toBe(denied ? 'explicitDeny' : all.length > 0 ? 'allowed' : 'noAllow')
        },
      ),
    )
  })
})
