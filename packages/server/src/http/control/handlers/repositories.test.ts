import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Harness, type Json, OWNER, STRANGER, startControl } from '../testing/harness.ts'
import { pushImage } from '../testing/images.ts'

let control: Harness
beforeAll(async () => {
  control = await startControl({ repositoriesPerRegistry: 40 })
})
afterAll(() => control.close())

const names = (output: Json) => (output['repositories'] as Json[]).map(row => row['repositoryName'])

describe('CreateRepository', () => {
  it('makes a repository that can be described', async () => {
    const { repository, catalogData } = await control.ok('CreateRepository', { repositoryName: 'team/create' })
    expect(repository).toEqual({
      repositoryArn: `arn:aws:ecr-public::${OWNER}:repository/team/create`,
      registryId: OWNER,
      repositoryName: 'team/create',
      repositoryUri: 'registry.example/owner/team/create',
      createdAt: control.clock.time / 1000,
    })
    expect(catalogData).toEqual({})
    expect(await control.ok('DescribeRepositories', { repositoryNames: ['team/create'] })).toEqual({
      repositories: [repository],
    })
  })

  it('sets tags and catalog data along with it, and asks for TagResource too', async () => {
    const tags = [{ Key: 'team', Value: 'blue' }, { Key: 'empty' }]
    control.access.questions.length = 0
    const output = await control.ok('CreateRepository', {
      repositoryName: 'create-all',
      tags,
      catalogData: { description: 'What it is', architectures: ['ARM 64'] },
    })
    expect(output['catalogData']).toEqual({
      description: 'What it is',
      architectures: ['ARM 64'],
      marketplaceCertified: false,
    })
    const facts = {
      requestTags: [
        { key: 'team', value: 'blue' },
        { key: 'empty', value: '' },
      ],
    }
    expect(control.access.questions).toMatchObject([
      { action: 'ecr-public:CreateRepository', resource: { name: 'create-all', row: undefined }, facts },
      { action: 'ecr-public:TagResource', resource: { name: 'create-all' }, facts },
    ])
    const resourceArn = `arn:aws:ecr-public::${OWNER}:repository/create-all`
    expect(await control.ok('ListTagsForResource', { resourceArn })).toEqual({
      tags: [
        { Key: 'team', Value: 'blue' },
        { Key: 'empty', Value: '' },
      ],
    })
  })

  it('refuses a name that is taken, in one registry only', async () => {
    await control.ok('CreateRepository', { repositoryName: 'taken' })
    expect(await control.fails('CreateRepository', { repositoryName: 'taken' })).toEqual({
      status: 400,
      name: 'RepositoryAlreadyExistsException',
      message: `The repository with name 'taken' already exists in the registry with id '${OWNER}'`,
    })
    await control.ok('CreateRepository', { repositoryName: 'taken' }, STRANGER)
  })

  it.each([
    ['a reserved tag', { tags: [{ Key: 'AWS:x', Value: '' }] }, 'InvalidTagParameterException'],
    ['a tag without a key', { tags: [{ Value: 'x' }] }, 'InvalidTagParameterException'],
    [
      'too many tags',
      { tags: Array.from({ length: 51 }, (_, index) => ({ Key: `k${index}`, Value: '' })) },
      'TooManyTagsException',
    ],
    ['a logo that is none', { catalogData: { logoImageBlob: 'PHN2Zz4=' } }, 'InvalidParameterException'],
  ])('leaves nothing behind after %s', async (_what, extra, exception) => {
    expect(await control.fails('CreateRepository', { repositoryName: 'half-made', ...extra })).toMatchObject({
      status: 400,
      name: exception,
    })
    expect(await control.fails('DescribeRepositories', { repositoryNames: ['half-made'] })).toMatchObject({
      name: 'RepositoryNotFoundException',
    })
  })

  it('stops at the quota', async () => {
    const full = await startControl({ repositoriesPerRegistry: 1 })
    await full.ok('CreateRepository', { repositoryName: 'first' })
    expect(await full.fails('CreateRepository', { repositoryName: 'second' })).toMatchObject({
      name: 'LimitExceededException',
    })
    expect(names(await full.ok('DescribeRepositories', {}))).toEqual(['first'])
    await full.close()
  })

  it('asks before it says that a name is taken', async () => {
    control.access.denied.add('ecr-public:CreateRepository')
    const failure = await control.fails('CreateRepository', { repositoryName: 'taken' })
    control.access.denied.clear()
    expect(failure).toEqual({
      status: 400,
      name: 'AccessDeniedException',
      message: `User: arn:aws:iam::${OWNER}:user/tester is not authorized to perform: ecr-public:CreateRepository on resource: arn:aws:ecr-public::${OWNER}:repository/taken because no identity-based policy allows the ecr-public:CreateRepository action`,
    })
  })
})

describe('DeleteRepository', () => {
  it('returns what it deleted', async () => {
    const { repository } = await control.ok('CreateRepository', { repositoryName: 'delete-me' })
    expect(await control.ok('DeleteRepository', { repositoryName: 'delete-me', registryId: OWNER })).toEqual({
      repository,
    })
    expect(await control.fails('DeleteRepository', { repositoryName: 'delete-me' })).toEqual({
      status: 400,
      name: 'RepositoryNotFoundException',
      message: `The repository with name 'delete-me' does not exist in the registry with id '${OWNER}'`,
    })
  })

  it('keeps images unless it is forced', async () => {
    await control.ok('CreateRepository', { repositoryName: 'full' })
    await pushImage(control, 'full', 'one', 'latest')
    expect(await control.fails('DeleteRepository', { repositoryName: 'full' })).toEqual({
      status: 400,
      name: 'RepositoryNotEmptyException',
      message: `The repository with name 'full' in registry with id '${OWNER}' cannot be deleted because it still contains images`,
    })
    await control.ok('DeleteRepository', { repositoryName: 'full', force: true })
    await control.ok('CreateRepository', { repositoryName: 'full' })
    expect(await control.ok('DescribeImages', { repositoryName: 'full' })).toEqual({ imageDetails: [] })
  })
})

describe('DescribeRepositories', () => {
  it('names each repository once, however often it is asked for', async () => {
    await control.ok('CreateRepository', { repositoryName: 'twice' })
    const output = await control.ok('DescribeRepositories', { repositoryNames: ['twice', 'taken', 'twice'] })
    expect(names(output)).toEqual(['twice', 'taken'])
  })

  it('fails as a whole for one name that is unknown', async () => {
    expect(await control.fails('DescribeRepositories', { repositoryNames: ['twice', 'nowhere'] })).toEqual({
      status: 400,
      name: 'RepositoryNotFoundException',
      message: `The repository with name 'nowhere' does not exist in the registry with id '${OWNER}'`,
    })
  })

  it.each(['nextToken', 'maxResults'])('refuses %s beside names', async member => {
    const input = { repositoryNames: ['twice'], [member]: member === 'maxResults' ? 5 : 'x' }
    expect(await control.fails('DescribeRepositories', input)).toEqual({
      status: 400,
      name: 'InvalidParameterException',
      message: `Invalid parameter at '${member}' failed to satisfy constraint: 'Member must not be given together with repositoryNames'`,
    })
  })

  it('lists every repository once, whatever the sizes of the pages', async () => {
    for (let index = 0; index < 17; index++) {
      await control.ok('CreateRepository', { repositoryName: `pages/r${index}` })
    }
    const all = names(await control.ok('DescribeRepositories', {}))
    expect(new Set(all).size).toBe(all.length)
    const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 30 })
    await fc.assert(
      fc.asyncProperty(sizes, async pages => {
        const seen: unknown[] = []
        let nextToken: unknown
        let turn = 0
        do {
          const maxResults = pages[turn++ % pages.length]
          const output = await control.ok('DescribeRepositories', { maxResults, nextToken })
          expect(names(output).length).toBeLessThanOrEqual(maxResults ?? 0)
          seen.push(...names(output))
          nextToken = output['nextToken']
        } while (nextToken !== undefined)
        expect(seen).toEqual(all)
      }),
      { numRuns: 10 },
    )
  })

  it('asks for all repositories of the registry when it lists', async () => {
    control.access.questions.length = 0
    await control.ok('DescribeRepositories', {})
    expect(control.access.questions).toMatchObject([
      { action: 'ecr-public:DescribeRepositories', resource: { accountId: OWNER, name: '*' } },
    ])
  })

  it('lists no other registry', async () => {
    expect(await control.fails('DescribeRepositories', { registryId: OWNER }, STRANGER)).toMatchObject({
      name: 'AccessDeniedException',
    })
  })
})

describe('another account', () => {
  it('cannot tell a repository that it may not touch from one that is not there', async () => {
    await control.ok('CreateRepository', { repositoryName: 'private-business' })
    const ask = async (repositoryName: string) => {
      const failure = await control.fails('DescribeImages', { registryId: OWNER, repositoryName }, STRANGER)
      return { ...failure, message: String(failure.message).replace(repositoryName, 'NAME') }
    }
    const denied = await ask('private-business')
    expect(denied).toMatchObject({ status: 400, name: 'AccessDeniedException' })
    expect(await ask('not-there')).toEqual(denied)
  })

  it('may do what the policy of the repository says', async () => {
    const policyText = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { AWS: STRANGER }, Action: 'ecr-public:DescribeImages' }],
    })
    await control.ok('SetRepositoryPolicy', { repositoryName: 'private-business', policyText })
    const input = { registryId: OWNER, repositoryName: 'private-business' }
    expect(await control.ok('DescribeImages', input, STRANGER)).toEqual({ imageDetails: [] })
    expect(await control.fails('DescribeImageTags', input, STRANGER)).toMatchObject({ name: 'AccessDeniedException' })
  })
})
