import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseAccountId } from '../names.ts'
import { bindPrincipals } from './bind-principals.ts'
import { type AccessQuestion, evaluate } from './evaluate.ts'
import { parsePolicy } from './parse-policy.ts'
import type { Policy, PolicyKind } from './policy.ts'
import type { Principal } from './principal.ts'
import type { Refusal } from './refusal.ts'
import { type RequestContext, type RequestFacts, requestContext } from './request-context.ts'
import { EVALUATION_STEPS, StepBudget } from './step-budget.ts'

const home = parseAccountId('111111111111')
const abroad = parseAccountId('222222222222')
const resource = `arn:aws:ecr-public::${home}:repository/team/app`
const ann: Principal = { kind: 'user', accountId: home, userName: 'ann', userId: 'AIDAANN' }
const bob: Principal = { kind: 'user', accountId: abroad, userName: 'bob', userId: 'AIDABOB' }
const circumstances = {
  ...{ nowMs: 0, sourceIp: '192.0.2.1', secureTransport: true, region: 'us-east-1' },
  ...{ resourceAccount: home, services: ['ecr-public'] },
}
const root = (accountId = home): Principal => ({ kind: 'root', accountId })

function policy(kind: PolicyKind, ...statements: readonly object[]): Policy {
  const parsed = parsePolicy(JSON.stringify({ Version: '2012-10-17', Statement: statements }), kind)
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults))
  return parsed.policy
}
const onUser = (...statements: readonly object[]) => policy('identity', ...statements)
/** The principals that policies of repositories name. */
const bound = {
  accounts: [home, abroad],
  users: { [`arn:aws:iam::${home}:user/ann`]: 'AIDAANN', [`arn:aws:iam::${abroad}:user/bob`]: 'AIDABOB' },
}
const onRepository = (...statements: readonly object[]) => bindPrincipals(policy('repository', ...statements), bound)
const allow = { Effect: 'Allow', Action: 'ecr-public:PutImage' }
const deny = { Effect: 'Deny', Action: '*' }
const allowUser = onUser({ ...allow, Resource: '*' })
const allowPrincipal = (Principal: unknown) => onRepository({ ...allow, Principal })
const denyPrincipal = (Principal: unknown) => onRepository({ ...deny, Principal })

function ask(principal: Principal, question: Partial<AccessQuestion> = {}): 'allowed' | Refusal {
  const decision = evaluate({
    principal,
    action: 'ecr-public:PutImage',
    resource,
    context: requestContext({ ...circumstances, principal }),
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
    expect(ask(bob, { identityPolicies: [allowUser] })).toBe('noResourceAllow')
    expect(ask(bob, { identityPolicies: [allowUser], resourcePolicy: allowPrincipal({ AWS: home }) })).toBe(
      'noResourceAllow',
    )
    expect(ask(bob)).toBe('noAllow')
  })

  it('root of elsewhere needs the repository policy', () => {
    expect(ask(root(abroad))).toBe('noResourceAllow')
    expect(ask(root(abroad), { resourcePolicy: allowPrincipal({ AWS: abroad }) })).toBe('allowed')
  })
})

describe('NotPrincipal', () => {
  const spare = (...names: readonly string[]) => onRepository({ ...deny, NotPrincipal: { AWS: names } })

  it('denies all but those it names', () => {
    const identityPolicies = [allowUser]
    const resourcePolicy = spare(`arn:aws:iam::${home}:user/ann`, home)
    expect(ask(ann, { identityPolicies, resourcePolicy })).toBe('allowed')
    expect(
      ask({ kind: 'user', accountId: home, userName: 'eve', userId: 'AIDAEVE' }, { identityPolicies, resourcePolicy }),
    ).toBe('explicitDeny')
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

describe('the cost of an evaluation', () => {
  const agent = 'a'.repeat(2_047)
  const patterns = (pattern: string, number: number) => Array.from({ length: number }, (_, i) => `${pattern}${i}`)
  const context = requestContext({ ...circumstances, principal: ann, userAgent: agent })
  const unless = (statement: object, pattern: string, number: number) =>
    onRepository({
      ...statement,
      Principal: '*',
      Condition: { StringNotLike: { 'aws:UserAgent': patterns(pattern, number) } },
    })
  const spent = (resourcePolicy: Policy) => {
    const budget = new StepBudget(Number.MAX_SAFE_INTEGER)
    const decision = ask(ann, { context, resourcePolicy, budget })
    return { decision, steps: Number.MAX_SAFE_INTEGER - budget.left }
  }

  it('grows with text and patterns, not with their product, whatever variables and wildcards there are', () => {
    for (const pattern of ['*', '*a*', `*a*\${aws:UserAgent}`, `*b\${aws:UserAgent}`, `*${'?'.repeat(8)}b*`]) {
      const { steps } = spent(unless(allow, pattern, 100))
      expect(steps, pattern).toBeLessThan(100 * 5 * (agent.length + 20))
    }
  })

  it('leaves room for the longest policy that one can save, and for the longest user agent', () => {
    expect(spent(unless(allow, '*curl/*', 700)).steps).toBeLessThan(EVALUATION_STEPS)
    expect(ask(ann, { context, resourcePolicy: unless(allow, '*curl/*', 700) })).toBe('allowed')
  })

  it('has an end, behind which an Allow does not apply and a Deny does', () => {
    const longer = `*a\${aws:UserAgent}\${aws:UserAgent}\${aws:UserAgent}\${aws:UserAgent}b`
    // Both hold, since no agent is like that; the evaluation does not get as far as to know it.
    expect(spent(unless(allow, longer, 600)).decision).toBe('allowed')
    expect(ask(ann, { context, resourcePolicy: unless(allow, longer, 600) })).toBe('noAllow')
    const like = (statement: object) => {
      const Condition = { StringLike: { 'aws:UserAgent': patterns(longer, 600) } }
      return onRepository({ ...statement, Principal: '*', Condition })
    }
    expect(spent(like(deny)).decision).toBe('noAllow')
    expect(ask(ann, { context, resourcePolicy: like(deny) })).toBe('explicitDeny')
    expect(ask(root(), { context, resourcePolicy: like(deny) })).toBe('explicitDeny')
  })

  it('is one sum over all statements of all policies', () => {
    const longer = `*a\${aws:UserAgent}\${aws:UserAgent}\${aws:UserAgent}\${aws:UserAgent}b`
    const part = unless(allow, longer, 100)
    const { steps } = spent(part)
    const budget = new StepBudget(steps + 100)
    const [one] = part.statements
    if (one === undefined) throw new Error('no statement')
    expect(ask(ann, { context, resourcePolicy: part, budget })).toBe('allowed')
    const denying = onUser({
      ...deny,
      Resource: '*',
      Condition: { StringLike: { 'aws:UserAgent': patterns(longer, 1) } },
    })
    const small = new StepBudget(steps + 100)
    expect(ask(ann, { context, resourcePolicy: part, identityPolicies: [denying], budget: small })).toBe('noAllow')
  })

  it('spends nothing on statements that are about somebody else', () => {
    const other = onRepository({
      ...deny,
      Principal: { AWS: abroad },
      Condition: { StringLike: { 'aws:UserAgent': patterns(`\${aws:UserAgent}`, 400) } },
    })
    expect(spent(other).steps).toBe(0)
  })
})

describe('tags whose keys differ by case', () => {
  const tags = (...pairs: readonly (readonly [string, string])[]) => pairs.map(([key, value]) => ({ key, value }))
  const contextOf = (facts: Partial<RequestFacts>) => requestContext({ ...circumstances, principal: ann, ...facts })
  const twoTags = contextOf({ resourceTags: tags(['Stage', 'prod'], ['stage', 'test']) })
  const onStage = (value: string, operator = 'StringEquals') => ({
    Resource: '*',
    Condition: { [operator]: { 'aws:ResourceTag/STAGE': value } },
  })
  const asked = (context: RequestContext, ...statements: readonly object[]) =>
    ask(ann, { context, identityPolicies: [onUser(...statements)] })

  it('are one key to a policy: one of them is enough for Deny, and all are needed for Allow', () => {
    const all = { ...allow, Resource: '*' }
    for (const value of ['prod', 'test']) {
      expect(asked(twoTags, all, { ...deny, ...onStage(value) })).toBe('explicitDeny')
      expect(asked(twoTags, { ...allow, ...onStage(value) })).toBe('noAllow')
      expect(asked(twoTags, { ...allow, ...onStage(value, 'StringNotEquals') })).toBe('noAllow')
      expect(asked(twoTags, all, { ...deny, ...onStage(value, 'StringNotEquals') })).toBe('explicitDeny')
    }
    expect(asked(twoTags, { ...allow, ...onStage('*', 'StringLike') })).toBe('allowed')
    expect(asked(twoTags, all, { ...deny, ...onStage('dev') })).toBe('allowed')
    const alike = contextOf({ resourceTags: tags(['Stage', 'prod'], ['stage', 'prod']) })
    expect(asked(alike, { ...allow, ...onStage('prod') })).toBe('allowed')
  })

  it('count so as variables, too', () => {
    const named = (effect: object, name: string) => ({
      ...effect,
      Resource: `arn:aws:ecr-public::*:repository/${name}`,
    })
    const variable = `\${aws:ResourceTag/stage}/*`
    const team = contextOf({ resourceTags: tags(['Stage', 'team'], ['stage', 'other']) })
    expect(asked(team, named(allow, variable))).toBe('noAllow')
    expect(asked(team, { ...allow, Resource: '*' }, named(deny, variable))).toBe('explicitDeny')
    expect(asked(contextOf({ resourceTags: tags(['STAGE', 'team']) }), named(allow, variable))).toBe('allowed')
  })

  it('are told apart by a policy that does not ask for them', () => {
    const many = contextOf({
      resourceTags: Array.from({ length: 40 }, (_, n) => tags([`K${n}`, 'a'], [`k${n}`, 'b'])).flat(),
    })
    expect(asked(many, { ...allow, Resource: '*' })).toBe('allowed')
    const Condition = {
      StringLike: Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`aws:ResourceTag/k${n}`, '*'])),
    }
    expect(asked(many, { ...allow, Resource: '*', Condition })).toBe('noAllow')
    expect(asked(many, { ...allow, Resource: '*' }, { ...deny, Resource: '*', Condition })).toBe('explicitDeny')
  })

  it('are compared in both ways where a policy lists keys', () => {
    const naming = contextOf({ tagKeys: ['Team'] })
    const listed = (effect: object, key: string, operator: string) => ({
      ...{ ...effect, Resource: '*' },
      Condition: { [operator]: { 'aws:TagKeys': key } },
    })
    const all = { ...allow, Resource: '*' }
    for (const key of ['team', 'TEAM']) {
      expect(asked(naming, all, listed(deny, key, 'ForAnyValue:StringEquals'))).toBe('explicitDeny')
      expect(asked(naming, all, listed(deny, key, 'ForAnyValue:StringNotEquals'))).toBe('explicitDeny')
      expect(asked(naming, listed(allow, key, 'ForAllValues:StringEquals'))).toBe('noAllow')
    }
    expect(asked(naming, listed(allow, 'Team', 'ForAllValues:StringEquals'))).toBe('allowed')
    expect(asked(naming, all, listed(deny, 'other', 'ForAnyValue:StringEquals'))).toBe('allowed')
  })
})

describe('variables that have no value', () => {
  const hole = `arn:aws:ecr-public::*:repository/\${aws:PrincipalTag/team}/*`
  it('match no resource, so that NotResource denies all, and allows nothing', () => {
    expect(ask(ann, { identityPolicies: [onUser({ ...allow, Resource: hole })] })).toBe('noAllow')
    expect(ask(ann, { identityPolicies: [onUser({ ...allow, NotResource: hole })] })).toBe('noAllow')
    expect(ask(ann, { identityPolicies: [allowUser, onUser({ ...deny, NotResource: hole })] })).toBe('explicitDeny')
    expect(ask(ann, { identityPolicies: [allowUser, onUser({ ...deny, Resource: hole })] })).toBe('allowed')
    const named = [hole, 'arn:aws:ecr-public::*:repository/team/*']
    expect(ask(ann, { identityPolicies: [allowUser, onUser({ ...deny, NotResource: named })] })).toBe('allowed')
  })

  it('equal and resemble nothing, so that the negated operators hold', () => {
    const when = (operator: string) => ({
      ...{ ...deny, Resource: '*' },
      Condition: { [operator]: { 'aws:username': `\${aws:PrincipalTag/team}` } },
    })
    for (const operator of ['StringNotEquals', 'StringNotLike', 'StringNotEqualsIgnoreCase'])
      expect(ask(ann, { identityPolicies: [allowUser, onUser(when(operator))] })).toBe('explicitDeny')
    for (const operator of ['StringEquals', 'StringLike'])
      expect(ask(ann, { identityPolicies: [allowUser, onUser(when(operator))] })).toBe('allowed')
  })
})

describe('other names', () => {
  const otherNames = {
    actions: ['ecr-public:PutLifecyclePolicy'],
    resources: [`arn:aws:ecr:us-east-1:${home}:repository/team/app`],
  }
  const asked = (...statements: readonly object[]) =>
    ask(ann, { action: 'ecr:PutLifecyclePolicy', otherNames, identityPolicies: [onUser(...statements)] })
  const every = { Effect: 'Allow', Action: '*', Resource: '*' }
  const actions = ['ecr:PutLifecyclePolicy', 'ecr-public:*', 'ECR-Public:putlifecyclepolicy', 'ecr:*Lifecycle*']
  const resources = [
    '*',
    resource,
    `arn:aws:ecr:us-east-1:${home}:repository/*`,
    `arn:aws:ecr:*:${home}:repository/team/app`,
  ]

  it('mean the same thing, to allow and to deny, and to except', () => {
    for (const Action of actions)
      for (const Resource of resources) {
        expect(asked({ Effect: 'Allow', Action, Resource })).toBe('allowed')
        expect(asked(every, { Effect: 'Deny', Action, Resource })).toBe('explicitDeny')
        expect(asked({ Effect: 'Allow', NotAction: Action, Resource })).toBe('noAllow')
        expect(asked(every, { Effect: 'Deny', NotAction: Action, Resource })).toBe('allowed')
        if (Resource !== '*') expect(asked({ Effect: 'Allow', Action, NotResource: Resource })).toBe('noAllow')
      }
  })

  it('do not stretch to other regions, accounts or actions', () => {
    const elsewhere = [
      `arn:aws:ecr:eu-west-1:${home}:repository/*`,
      `arn:aws:ecr-public:us-east-1:${home}:repository/*`,
    ]
    for (const Resource of [...elsewhere, `arn:aws:ecr:us-east-1:${abroad}:repository/*`])
      expect(asked({ Effect: 'Allow', Action: '*', Resource })).toBe('noAllow')
    expect(asked({ Effect: 'Allow', Action: 'ecr-public:PutImage', Resource: '*' })).toBe('noAllow')
    const plain = { action: 'ecr-public:PutImage', identityPolicies: [onUser({ ...every, Action: 'ecr:*' })] }
    expect(ask(ann, plain)).toBe('noAllow')
  })
})
