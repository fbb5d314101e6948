import { describe, expect, it } from 'vitest'
import { AdminError, OciError, RegistryError } from '../domain/problem.ts'
import { wordsOf } from './errors.ts'

describe('wordsOf', () => {
  it.each([
    [new AdminError({ kind: 'accountExists', accountId: '1' }), 'The account 1 exists already.'],
    [
      new AdminError({ kind: 'accountNotFound', accountId: '1' }),
      'There is no account 1; `berthd admin account list` shows those that are there.',
    ],
    [new AdminError({ kind: 'aliasExists', alias: 'a' }), 'The alias a is taken.'],
    [new AdminError({ kind: 'aliasInUse', alias: 'a', reason: 'why' }), 'The alias a stays: why.'],
    [new AdminError({ kind: 'userPolicyNotFound', userName: 'u', policyName: 'p' }), 'The user u has no policy p.'],
    [new RegistryError({ kind: 'accountIdInvalid', text: 'x' }), "'x' is no account id, which is 12 digits."],
    [
      new RegistryError({ kind: 'aliasInvalid', text: 'X' }),
      "'X' is no registry alias: 2 to 50 of a-z, 0-9 and single . _ - between them, a letter first.",
    ],
    [new RegistryError({ kind: 'parameterInvalid', member: 'm', constraint: 'c' }), '--m cannot be used so: c.'],
    [new RegistryError({ kind: 'unavailable', what: 'The disk is full.', retryAfterSeconds: 1 }), 'The disk is full.'],
  ])('words %s', (error, words) => {
    expect(wordsOf(error)).toBe(words)
  })

  it('has no words for what no command can give rise to', () => {
    expect(wordsOf(new RegistryError({ kind: 'uploadBusy', uploadId: 'u' }))).toBeUndefined()
    expect(wordsOf(new OciError({ kind: 'routeUnknown' }))).toBeUndefined()
    expect(wordsOf(new Error('secret'))).toBeUndefined()
  })
})
