import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Harness, OWNER, STRANGER, startControl } from '../testing/harness.ts'

let control: Harness
beforeAll(async () => {
  control = await startControl()
})
afterAll(() => control.close())

async function repository(name: string): Promise<string> {
  const { repository: row } = await control.ok('CreateRepository', { repositoryName: name })
  return String((row as Record<string, unknown>)['repositoryArn'])
}

const tags = (resourceArn: string) => control.ok('ListTagsForResource', { resourceArn })

describe('resource tags', () => {
  it('are added, overwritten by key and removed', async () => {
    const resourceArn = await repository('tagged')
    expect(await tags(resourceArn)).toEqual({ tags: [] })
    const first = [
      { Key: 'team', Value: 'blue' },
      { Key: 'Team', Value: 'a key of its own' },
    ]
    expect(await control.ok('TagResource', { resourceArn, tags: first })).toEqual({})
    await control.ok('TagResource', { resourceArn, tags: [{ Key: 'team', Value: 'grün' }, { Key: 'new' }] })
    expect(await tags(resourceArn)).toEqual({
      tags: [
        { Key: 'team', Value: 'grün' },
        { Key: 'Team', Value: 'a key of its own' },
        { Key: 'new', Value: '' },
      ],
    })
    expect(await control.ok('UntagResource', { resourceArn, tagKeys: ['team', 'never there'] })).toEqual({})
    expect(await tags(resourceArn)).toEqual({ tags: [first[1], { Key: 'new', Value: '' }] })
  })

  it('of two calls at the same time are both kept', async () => {
    const resourceArn = await repository('at-once')
    const keys = Array.from({ length: 8 }, (_, index) => `key${index}`)
    await Promise.all(keys.map(Key => control.ok('TagResource', { resourceArn, tags: [{ Key, Value: '' }] })))
    expect((await tags(resourceArn))['tags']).toHaveLength(keys.length)
  })

  it('are 50 at most', async () => {
    const resourceArn = await repository('many')
    const all = Array.from({ length: 51 }, (_, index) => ({ Key: `key${index}`, Value: 'v' }))
    const tooMany = {
      status: 400,
      name: 'TooManyTagsException',
      message: 'A repository cannot have more than 50 resource tags',
    }
    expect(await control.fails('TagResource', { resourceArn, tags: all })).toEqual(tooMany)
    await control.ok('TagResource', { resourceArn, tags: all.slice(0, 50) })
    expect(await control.fails('TagResource', { resourceArn, tags: all.slice(50) })).toEqual(tooMany)
    await control.ok('TagResource', { resourceArn, tags: all.slice(0, 50) })
    expect((await tags(resourceArn))['tags']).toHaveLength(50)
  })

  it.each([
    ['a reserved key', [{ Key: 'aws:cloud', Value: 'x' }]],
    ['a reserved key in other letters', [{ Key: 'AwS:cloud', Value: 'x' }]],
    ['a reserved value', [{ Key: 'cloud', Value: 'aws:x' }]],
    ['a key twice', [{ Key: 'a' }, { Key: 'a' }]],
    ['no key', [{ Value: 'x' }]],
    ['a sign that is not allowed', [{ Key: 'a', Value: '<b>' }]],
  ])('refuse %s', async (_what, bad) => {
    const resourceArn = `arn:aws:ecr-public::${OWNER}:repository/many`
    const failure = await control.fails('TagResource', { resourceArn, tags: bad })
    expect(failure).toMatchObject({ status: 400, name: 'InvalidTagParameterException' })
  })

  it('give their facts to the policies', async () => {
    const resourceArn = await repository('asked')
    control.access.questions.length = 0
    await control.ok('TagResource', { resourceArn, tags: [{ Key: 'a', Value: 'b' }] })
    await control.ok('UntagResource', { resourceArn, tagKeys: ['a'] })
    expect(control.access.questions).toMatchObject([
      { action: 'ecr-public:TagResource', facts: { requestTags: [{ key: 'a', value: 'b' }] } },
      { action: 'ecr-public:UntagResource', facts: { tagKeys: ['a'] } },
    ])
  })

  it.each(['TagResource', 'UntagResource', 'ListTagsForResource'] as const)('%s takes repositories only', async op => {
    const input = { tags: [], tagKeys: [] }
    for (const resourceArn of ['nonsense', `arn:aws:ecr-public::${OWNER}:registry/${OWNER}`]) {
      expect(await control.fails(op, { ...input, resourceArn })).toEqual({
        status: 400,
        name: 'InvalidParameterException',
        message:
          "Invalid parameter at 'resourceArn' failed to satisfy constraint: 'Member must be the Amazon Resource Name of a public repository'",
      })
    }
    const resourceArn = `arn:aws:ecr-public::${OWNER}:repository/nowhere`
    expect(await control.fails(op, { ...input, resourceArn })).toMatchObject({ name: 'RepositoryNotFoundException' })
    expect(await control.fails(op, { ...input, resourceArn }, STRANGER)).toMatchObject({
      name: 'AccessDeniedException',
    })
  })
})
