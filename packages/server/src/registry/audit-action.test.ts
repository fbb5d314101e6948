import { expect, it } from 'vitest'
import { AUDIT_ACTIONS, parseAuditAction } from './audit-action.ts'

it('takes every action that is recorded', () => {
  for (const action of AUDIT_ACTIONS) expect(parseAuditAction(action)).toBe(action)
})

it.each([
  ['DeletImage', 'did you mean DeleteImage? There are BindPolicyPrincipals, '],
  ['BatchDeleteImage', 'no action of this name is recorded; There are BindPolicyPrincipals, '],
  ['x', 'There are BindPolicyPrincipals, '],
])('says of %s what there is', (text, words) => {
  let constraint = ''
  try {
    parseAuditAction(text)
  } catch (error) {
    constraint = (error as { problem: { constraint: string } }).problem.constraint
  }
  expect(constraint).toContain(words)
})
