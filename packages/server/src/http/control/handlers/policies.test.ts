import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Harness, OWNER, STRANGER, startControl } from '../testing/harness.ts'

let control: Harness
const repositoryName = 'guarded'
const where = { registryId: OWNER, repositoryName }
beforeAll(async () => {
  control = await startControl()
  await control.ok('CreateRepository', { repositoryName })
})
afterAll(() => control.close())

const policy = (Effect: string, ...actions: string[]) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect, Principal: { AWS: STRANGER }, Action: actions }] })
const notFound = {
  status: 400,
  name: 'RepositoryPolicyNotFoundException',
  message: `Repository policy does not exist for the repository with name 'guarded' in the registry with id '${OWNER}'`,
}

describe('a repository policy', () => {
  it('is not there at first', async () => {
    expect(await control.fails('GetRepositoryPolicy', { repositoryName })).toEqual(notFound)
    expect(await control.fails('DeleteRepositoryPolicy', { repositoryName })).toEqual(notFound)
  })

  it('is returned as it was set, until it is deleted', async () => {
    const policyText = ` ${policy('Allow', 'ecr-public:PutImage')}\n`
    expect(await control.ok('SetRepositoryPolicy', { repositoryName, policyText })).toEqual({ ...where, policyText })
    expect(await control.ok('GetRepositoryPolicy', where)).toEqual({ ...where, policyText })
    expect(await control.ok('DeleteRepositoryPolicy', where)).toEqual({ ...where, policyText })
    expect(await control.fails('GetRepositoryPolicy', where)).toEqual(notFound)
  })

  it('tells whoever sets it of condition keys that no request has', async () => {
    const Statement = [
      {
        ...{ Effect: 'Deny', Principal: { AWS: STRANGER }, Action: 'ecr-public:PutImage' },
        Condition: { StringNotEquals: { 'aws:PrincipalOrgID': 'o-1' } },
      },
    ]
    const set = (change: object) => {
      const policyText = JSON.stringify({ Statement, ...change })
      return control.call('SetRepositoryPolicy', { repositoryName, policyText, force: true })
    }
    expect((await set({})).headers['warning']).toBe('299 - "No request has the condition keys aws:PrincipalOrgID."')
    const odd = [{ ...Statement[0], Condition: { Null: { 'aws:"\r\né': 'true' } } }]
    expect((await set({ Statement: odd })).headers['warning']).toBe(
      '299 - "No request has the condition keys aws:????."',
    )
    const known = [{ ...Statement[0], Condition: { Bool: { 'AWS:viaawsservice': 'true' } } }]
    expect((await set({ Statement: known })).headers['warning']).toBeUndefined()
    await control.ok('DeleteRepositoryPolicy', where)
  })

  it.each(['', 'no JSON', '{}', policy('Perhaps', 'ecr-public:PutImage')])('cannot be %j', async policyText => {
    expect(await control.fails('SetRepositoryPolicy', { repositoryName, policyText })).toEqual({
      status: 400,
      name: 'InvalidParameterException',
      message: "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid repository policy provided'",
    })
  })

  it('does not lock its author out, unless that is forced', async () => {
    const policyText = policy('Deny', 'ecr-public:SetRepositoryPolicy')
    expect(await control.fails('SetRepositoryPolicy', { repositoryName, policyText })).toMatchObject({
      name: 'InvalidParameterException',
    })
    expect(await control.fails('GetRepositoryPolicy', where)).toEqual(notFound)
    await control.ok('SetRepositoryPolicy', { repositoryName, policyText, force: true })
    expect(await control.ok('GetRepositoryPolicy', where)).toMatchObject({ policyText })
  })

  it('goes with its repository', async () => {
    await control.ok('CreateRepository', { repositoryName: 'gone' })
    const policyText = policy('Allow', 'ecr-public:PutImage')
    await control.ok('SetRepositoryPolicy', { repositoryName: 'gone', policyText })
    await control.ok('DeleteRepository', { repositoryName: 'gone' })
    await control.ok('CreateRepository', { repositoryName: 'gone' })
    expect(await control.fails('GetRepositoryPolicy', { repositoryName: 'gone' })).toMatchObject({
      name: 'RepositoryPolicyNotFoundException',
    })
  })

  it.each(['GetRepositoryPolicy', 'SetRepositoryPolicy', 'DeleteRepositoryPolicy'] as const)(
    '%s needs a repository',
    async operation => {
      const input = { repositoryName: 'nowhere', policyText: '{}' }
      expect(await control.fails(operation, input)).toMatchObject({ name: 'RepositoryNotFoundException' })
    },
  )
})
