import { expect, it } from 'vitest'
import { AUDIT_ACTIONS, parseAuditAction } from './audit-action.ts'

it('takes every action that is recorded', () => {
  for (const action of AUDIT_ACTIONS) expect(parseAuditAction(action)).toBe(action)
})

it.each([
  ['DeletImage', 'recorded (did you mean DeleteImage?); those that are: BindPolicyPrincipals, '],
  ['BatchDeleteImage', 'no action of this name is recorded; those that are: BindPolicyPrincipals, '],
  ['x', 'those that are: BindPolicyPrincipals, '],
])('says of %s what there is', (text, words) => {
  let constraint = ''
  try {
    parseAuditAction(text)
  } catch (error) {
    constraint = (error as { problem: { constraint: string } }).problem.constraint
  }
  expect(constraint).toContain(words)
})
