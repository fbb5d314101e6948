import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parsePolicy } from './parse-policy.ts'
import type { PolicyKind } from './policy.ts'

const allow = { Effect: 'Allow', Action: 'ecr-public:*' }
const identity = { ...allow, Resource: '*' }
const repository = { ...allow, Principal: '*' }

function faults(document: unknown, kind: PolicyKind): string[] {
  const parsed = parsePolicy(typeof document === 'string' ? document : JSON.stringify(document), kind)
  return parsed.ok ? [] : parsed.faults.map(fault => `${fault.kind} ${fault.path}`)
}

describe('parsePolicy', () => {
  it('takes a policy of each kind, with one statement or a list', () => {
    expect(faults({ Version: '2012-10-17', Id: 'x', Statement: identity }, 'identity')).toEqual([])
    const path = { ...allow, Principal: { AWS: 'arn:aws:iam::123456789012:user/team/a.b@c' } }
    expect(faults({ Statement: path }, 'repository')).toEqual([])
    expect(faults({ Statement: [repository, { ...repository, Sid: 'two words' }] }, 'repository')).toEqual([])
  })

  it.each([
    ['', 'malformedJson '],
    ['[]', 'malformedJson '],
    ['null', 'malformedJson '],
    ['{"Statement":', 'malformedJson '],
    ['{"Statement":{"Effect":"Deny","Effect":"Allow","Action":"*","Principal":"*"}}', 'duplicateKey Effect'],
    [{}, 'missingElement Statement'],
    [{ Statement: [] }, 'missingElement Statement'],
    [{ Statement: 'x' }, 'invalidValue Statement'],
    [{ Statement: repository, Version: '2020-01-01' }, 'invalidValue Version'],
    [{ Statement: repository, Id: 1 }, 'invalidValue Id'],
    [{ Statement: repository, statement: [] }, 'unknownElement statement'],
    [{ Statement: { ...repository, Sid: 1 } }, 'invalidValue Statement.Sid'],
    [{ Statement: [{ ...repository, Effect: 'allow' }] }, 'invalidValue Statement[0].Effect'],
    [{ Statement: { Principal: '*', Action: '*' } }, 'missingElement Statement.Effect'],
    [{ Statement: { ...repository, Actions: '*' } }, 'unknownElement Statement.Actions'],
    [{ Statement: { ...repository, Action: [] } }, 'invalidValue Statement.Action'],
    [{ Statement: { ...repository, Action: ['*', 'PutImage'] } }, 'invalidValue Statement.Action[1]'],
    [{ Statement: { ...repository, Action: { a: 1 } } }, 'invalidValue Statement.Action'],
    [{ Statement: { Effect: 'Allow', Principal: '*' } }, 'missingElement Statement.Action'],
    [{ Statement: { ...repository, NotAction: '*' } }, 'misplacedElement Statement.NotAction'],
    [{ Statement: allow }, 'missingElement Statement.Principal'],
    [{ Statement: { ...repository, Resource: '*' } }, 'misplacedElement Statement.Resource'],
    [{ Statement: { ...repository, NotResource: '*' } }, 'misplacedElement Statement.NotResource'],
    [{ Statement: { ...allow, NotPrincipal: '*' } }, 'misplacedElement Statement.NotPrincipal'],
    [{ Statement: { ...allow, Principal: 'x' } }, 'invalidValue Statement.Principal'],
    [{ Statement: { ...allow, Principal: {} } }, 'invalidValue Statement.Principal'],
    [{ Statement: { ...allow, Principal: { AWS: '1234' } } }, 'invalidValue Statement.Principal.AWS'],
    [{ Statement: { ...allow, Principal: { Service: '*.x' } } }, 'invalidValue Statement.Principal.Service'],
    [{ Statement: { ...allow, Principal: { Federated: 'a b' } } }, 'invalidValue Statement.Principal.Federated'],
    [
      { Statement: { ...allow, Principal: { CanonicalUser: 'x' } } },
      'unknownElement Statement.Principal.CanonicalUser',
    ],
    ...[
      'arn:aws:iam::123456789012:*',
      'arn:aws:iam::123456789012:user/*',
      'arn:aws:iam::123456789012:group/g',
      'arn:aws:iam::*:user/ann',
      'arn:aws:sts::123456789012:assumed-role/x/*',
      'arn:aws:sts::123456789012:assumed-role/x',
      'AIDASHORT',
      'AROAABCDEFGHIJKLMNOP',
      '123456789012 ',
      '',
    ].map(
      name => [{ Statement: { ...allow, Principal: { AWS: name } } }, 'invalidValue Statement.Principal.AWS'] as const,
    ),
    [{ Statement: { ...repository, Condition: { Like: {} } } }, 'unknownElement Statement.Condition.Like'],
    [{ Statement: { ...repository, Condition: { Like: { a: 'b' } } } }, 'unknownElement Statement.Condition.Like'],
    [{ Statement: { ...repository, Condition: [] } }, 'invalidValue Statement.Condition'],
  ] as const)('a repository policy %j: %s', (document, fault) => {
    expect(faults(document, 'repository')).toEqual([fault])
  })

  it.each([
    { AWS: 'arn:aws:iam::123456789012:role/service-role/terraform' },
    { AWS: ['arn:aws:iam::123456789012:role/x', 'arn:aws:iam::123456789012:user/ann', '123456789012', '*'] },
    { AWS: 'arn:aws:iam::123456789012:user/division/ann' },
    { AWS: 'arn:aws:sts::123456789012:assumed-role/x/session@1' },
    { AWS: 'arn:aws:sts::123456789012:federated-user/ann' },
    { AWS: 'AIDAABCDEFGHIJKLMNOP' },
    { Service: 'codebuild.amazonaws.com' },
    { Service: ['ecs.amazonaws.com', 'ec2.amazonaws.com'], AWS: '123456789012' },
    { Federated: ['accounts.google.com', 'arn:aws:iam::123456789012:saml-provider/x'] },
  ])('takes the principals %j', Principal => {
    expect(faults({ Statement: { ...allow, Principal } }, 'repository')).toEqual([])
    expect(faults({ Statement: { ...allow, Effect: 'Deny', NotPrincipal: Principal } }, 'repository')).toEqual([])
  })

  it.each([
    [allow, 'missingElement Statement.Resource'],
    [{ ...identity, Principal: '*' }, 'misplacedElement Statement.Principal'],
    [{ ...identity, Sid: 'two words' }, 'invalidValue Statement.Sid'],
    [{ ...identity, Resource: 'repository/app' }, 'invalidValue Statement.Resource'],
    [{ ...identity, Resource: [] }, 'invalidValue Statement.Resource'],
    [{ ...identity, Resource: `arn:aws:x:::\${` }, ''],
  ])('an identity statement %j: %s', (statement, fault) => {
    expect(faults({ Statement: statement }, 'identity')).toEqual(fault === '' ? [] : [fault])
  })

  it('refuses a malformed variable where variables exist', () => {
    const statement = { ...identity, Resource: `arn:aws:x:::\${` }
    expect(faults({ Version: '2012-10-17', Statement: statement }, 'identity')).toEqual([
      'invalidValue Statement.Resource',
    ])
  })

  it('refuses a Sid used twice in an identity policy', () => {
    const statement = { ...identity, Sid: 'a' }
    expect(faults({ Statement: [statement, statement] }, 'identity')).toEqual(['invalidValue Statement'])
  })

  it('names every fault at once', () => {
    expect(faults({ Version: 'x', Statement: [{ Effect: 'x' }, 1] }, 'identity')).toEqual([
      'invalidValue Version',
      'invalidValue Statement[0].Effect',
      'missingElement Statement[0].Action',
      'missingElement Statement[0].Resource',
      'invalidValue Statement[1]',
    ])
  })

  it('never throws, whatever it is given', () => {
    const element = fc.constantFrom(
      'Version',
      'Id',
      'Statement',
      'Sid',
      'Effect',
      'Action',
      'Resource',
      'Principal',
      'NotPrincipal',
      'Condition',
      'AWS',
      'StringEquals',
      'Null',
      '__proto__',
    )
    const { tree } = fc.letrec(tie => ({
      tree: fc.oneof(
        { maxDepth: 5 },
        fc.constantFrom('*', 'Allow', 'Deny', '2012-10-17', '${', null, 1, true),
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(element, tie('tree'), { maxKeys: 5 }),
      ),
    }))
    fc.assert(
      fc.property(
        fc.oneof(
          tree.map(value => JSON.stringify(value)),
          fc.string(),
        ),
        fc.constantFrom<PolicyKind>('identity', 'repository'),
        (text, kind) => {
          const parsed = parsePolicy(text, kind)
          expect(parsed.ok || parsed.faults.length > 0).toBe(true)
        },
      ),
    )
  })
})
