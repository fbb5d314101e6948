import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isRepositoryName, parseAccountId, parseRepositoryName } from '../names.ts'
import { parseRepositoryArn, registryArn, repositoryArn, rootArn, userArn } from './arn.ts'

const account = parseAccountId('123456789012')

describe('ARNs', () => {
  it('have no region', () => {
    expect(repositoryArn(account, parseRepositoryName('team/app'))).toBe(
      'arn:aws:ecr-public::123456789012:repository/team/app',
    )
    expect(registryArn(account)).toBe('arn:aws:ecr-public::123456789012:registry/123456789012')
    expect(userArn(account, 'ann')).toBe('arn:aws:iam::123456789012:user/ann')
    expect(rootArn(account)).toBe('arn:aws:iam::123456789012:root')
  })

  it('parse back to what they were made of', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[0-9]{12}$/).map(parseAccountId),
        fc.stringMatching(/^[a-z0-9]{2,9}(?:[._/-][a-z0-9]{1,9}){0,3}$/).filter(isRepositoryName),
        (owner, name) => {
          expect(parseRepositoryArn(repositoryArn(owner, name))).toEqual({ account: owner, name })
        },
      ),
    )
  })

  it.each([
    'arn:aws:ecr-public:us-east-1:123456789012:repository/app',
    'arn:aws:ecr-public::12345:repository/app',
    'arn:aws:ecr-public::123456789012:repository/App',
    'arn:aws:ecr-public::123456789012:repository/',
    'arn:aws:ecr::123456789012:repository/app',
    'arn:aws:ecr-public::123456789012:repository/app ',
    'arn:aws:ecr-public::123456789012:registry/123456789012',
  ])('refuses %s', text => {
    expect(parseRepositoryArn(text)).toBeUndefined()
  })
})
