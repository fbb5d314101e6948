import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { conditionOperators } from './condition-operators.ts'
import { conditionHolds, parseConditions } from './conditions.ts'
import type { PolicyFault } from './faults.ts'
import { conditionKey } from './request-context.ts'
import { StepBudget } from './step-budget.ts'

function parse(condition: unknown) {
  const faults: PolicyFault[] = []
  const conditions = parseConditions(condition, '2012-10-17', 'Condition', (kind, path, reason) =>
    faults.push({ kind, path, reason }),
  )
  return { conditions, faults }
}

/** Does `operator` hold for the key `k` that has `actual`, given `expected` by the policy? */
function holds(operator: string, expected: unknown, actual: readonly string[], more: [string, string][] = []): boolean {
  const { conditions, faults } = parse({ [operator]: { K: expected } })
  expect(faults).toEqual([])
  const context = new Map([['k', actual], ...more.map(([key, value]) => [conditionKey(key), [value]] as const)])
  return conditions.every(condition => conditionHolds(condition, { context, budget: new StepBudget() }))
}

describe('condition operators', () => {
  it.each([
    ['StringEquals', 'a*', 'a*', true],
    ['StringEquals', 'a*', 'ab', false],
    ['StringEquals', 'A', 'a', false],
    ['StringEqualsIgnoreCase', 'A', 'a', true],
    ['StringNotEqualsIgnoreCase', 'A', 'a', false],
    ['StringLike', 'a?c*', 'abcd', true],
    ['StringNotLike', 'a?c*', 'abcd', false],
    ['ArnLike', 'arn:aws:iam::*:user/*', 'arn:aws:iam::123456789012:user/a:b', true],
    ['ArnEquals', 'arn:aws:iam::*:user/ann', 'arn:aws:iam::123456789012:user/ann', true],
    ['ArnLike', 'arn:*:user/ann', 'arn:aws:iam::123456789012:user/ann', false],
    ['ArnLike', 'arn:aws:iam:*:*', 'arn:aws:iam::123456789012:user/ann', false],
    ['ArnLike', 'arn:aws:iam::*:user/a?n:*', 'arn:aws:iam::123456789012:user/ann:b:c', true],
    ['ArnLike', 'arn:aws:iam::12?456789012:user/ann', 'arn:aws:iam::123456789012:user/ann', true],
    ['ArnLike', 'arn:aws:iam::123456789012', 'arn:aws:iam::123456789012:user/ann', false],
    ['ArnNotLike', 'arn:aws:iam::*:root', 'arn:aws:iam::123456789012:user/ann', true],
    ['NumericEquals', '10', '10.0', true],
    ['NumericNotEquals', 10, '10', false],
    ['NumericLessThan', '10', '9', true],
    ['NumericLessThan', '10', '10', false],
    ['NumericLessThanEquals', '10', '10', true],
    ['NumericGreaterThan', '-1.5', '-1.4', true],
    ['NumericGreaterThanEquals', '10', '9', false],
    ['NumericEquals', '10', 'ten', false],
    ['DateGreaterThan', '2026-01-01T00:00:00Z', '2026-01-01T00:00:01Z', true],
    ['DateLessThan', '2026-01-01T01:00:00+01:00', '2026-01-01T00:00:00Z', false],
    ['DateEquals', '2026-01-01', '1767225600', true],
    ['DateLessThanEquals', '1767225600', '2026-01-01T00:00:00.000Z', true],
    ['DateNotEquals', '2026-01-01', '2026-01-02', true],
    ['DateGreaterThanEquals', '2026-01-02', '2026-01-01', false],
    ['Bool', true, 'true', true],
    ['Bool', 'False', 'true', false],
    ['IpAddress', '10.0.0.0/8', '10.255.0.1', true],
    ['IpAddress', '10.0.0.0/8', '11.0.0.1', false],
    ['IpAddress', '192.0.2.7', '192.0.2.7', true],
    ['IpAddress', '0.0.0.0/0', '2001:db8::1', false],
    ['IpAddress', '2001:db8::/32', '2001:0db8:1::9', true],
    ['IpAddress', '2001:db8::/32', '2001:db9::', false],
    ['IpAddress', 'fe80::/10', 'fe80::1%eth0', true],
    ['IpAddress', '10.0.0.0/8', 'unknown', false],
    ['NotIpAddress', '10.0.0.0/8', '11.0.0.1', true],
  ])('%s %s of %s is %s', (operator, expected, actual, outcome) => {
    expect(holds(operator, expected, [actual])).toBe(outcome)
  })

  it.each([
    ['NumericEquals', 'ten'],
    ['NumericEquals', ''],
    ['DateEquals', 'yesterday'],
    ['DateEquals', '2026-01-01T00:00:00'],
    ['Bool', 'yes'],
    ['IpAddress', '10.0.0.0/33'],
    ['IpAddress', '10.0.0/8'],
    ['IpAddress', '10.0.0.0/8/8'],
    ['IpAddress', '::/129'],
    ['StringLike', '${'],
    ['Null', 'maybe'],
    ['StringEquals', []],
    ['StringEquals', { a: 'b' }],
    ['StringEquals', null],
  ])('%s refuses the value %s', (operator, expected) => {
    expect(parse({ [operator]: { k: expected } }).faults.map(fault => fault.kind)).toEqual(['invalidValue'])
  })

  it.each(['StringEqual', 'stringequals', 'NullIfExists', 'ForAllValues:Null', 'ForSome:StringEquals', 'toString', ''])(
    'has no %s',
    operator => {
      expect(parse({ [operator]: { k: 'true' } }).faults.map(fault => fault.kind)).toEqual(['unknownElement'])
    },
  )

  it('fill in variables', () => {
    expect(holds('StringLike', `\${aws:username}/*`, ['ann/app'], [['aws:username', 'ann']])).toBe(true)
    expect(holds('StringEquals', `\${aws:username}`, ['ann'])).toBe(false)
    expect(holds('StringNotEquals', `\${aws:username}`, ['ann'])).toBe(true)
  })
})

describe('conditions on absent keys and on several values', () => {
  it('an absent key fails a positive operator and satisfies a negated one or IfExists', () => {
    expect(holds('StringEquals', 'a', [])).toBe(false)
    expect(holds('StringNotEquals', 'a', [])).toBe(true)
    expect(holds('StringEqualsIfExists', 'a', [])).toBe(true)
    expect(holds('StringEqualsIfExists', 'a', ['b'])).toBe(false)
    expect(holds('ForAllValues:StringEquals', 'a', [])).toBe(true)
    expect(holds('ForAnyValue:StringEquals', 'a', [])).toBe(false)
    expect(holds('ForAnyValue:StringNotEquals', 'a', [])).toBe(false)
    expect(holds('ForAnyValue:StringEqualsIfExists', 'a', [])).toBe(true)
  })

  it('Null asks for the key itself', () => {
    expect(holds('Null', 'true', [])).toBe(true)
    expect(holds('Null', true, ['a'])).toBe(false)
    expect(holds('Null', 'false', ['a'])).toBe(true)
    expect(holds('Null', 'false', [])).toBe(false)
  })

  const letters = fc.subarray(['a', 'b', 'c', 'd'])
  it('quantifiers mean what set theory says', () => {
    fc.assert(
      fc.property(
        letters.filter(list => list.length > 0),
        letters,
        (expected, actual) => {
          const known = (value: string) => expected.includes(value)
          expect(holds('ForAllValues:StringEquals', expected, actual)).toBe(actual.every(known))
          expect(holds('ForAnyValue:StringEquals', expected, actual)).toBe(actual.some(known))
          expect(holds('ForAllValues:StringNotEquals', expected, actual)).toBe(!actual.some(known))
          expect(holds('ForAnyValue:StringNotEquals', expected, actual)).toBe(!actual.every(known))
          expect(holds('StringEquals', expected, actual)).toBe(actual.some(known))
          expect(holds('StringNotEquals', expected, actual)).toBe(!actual.some(known))
        },
      ),
    )
  })

  it('every operator has its negation, but for orderings and Bool', () => {
    const negated = [...conditionOperators].filter(([, operator]) => operator.negated).map(([name]) => name)
    for (const name of negated) expect(conditionOperators.get(name.replace('Not', ''))?.negated).toBe(false)
    expect(negated).toHaveLength(8)
  })
})
