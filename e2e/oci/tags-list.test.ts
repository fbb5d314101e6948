import { expect, test } from 'vitest'
import { errorCodesOf, jsonOf, nextLinkOf } from './client.ts'
import { randomImage } from './content.ts'
import { useRegistry } from './fixture.ts'
import type { Repository } from './repository.ts'

const oci = useRegistry()
/** In the byte order of Go's `sort.Strings`. */
const SORTED = ['0', '1.10', '1.2', '1.2-rc', 'A', 'Z', '_', 'a', 'a.b', 'aa', 'z']

async function tagged(seed: string, tags: readonly string[]): Promise<Repository> {
  const repository = await oci.createRepository()
  const image = randomImage(seed)
  await repository.pushImage(image)
  for (const tag of tags) await repository.pushManifest(image.manifest, tag)
  return repository
}

test('the tags of a repository are answered with 200, its name and a list', async () => {
  const repository = await tagged('format', ['v1', 'v2'])
  const response = await repository.tags()
  expect(response.status).toBe(200)
  expect(response.headers['content-type']).toMatch(/^application\/json/)
  expect(jsonOf(response)).toEqual({ name: repository.name, tags: ['v1', 'v2'] })
})

test('a repository without tags is answered with 200 and an empty list', async () => {
  const empty = await oci.createRepository()
  expect(jsonOf(await empty.tags())).toEqual({ name: empty.name, tags: [] })
  const untagged = await tagged('untagged', [])
  expect(jsonOf(await untagged.tags())).toEqual({ name: untagged.name, tags: [] })
})

test('the tags are in order, that of their bytes', async () => {
  const repository = await tagged('order', SORTED.toReversed())
  expect(await repository.listTags()).toEqual(SORTED)
})

for (const n of [1, 3, SORTED.length]) {
  test(`n tags are answered from the beginning, if there are as many (n=${n})`, async () => {
    const repository = await tagged(`n=${n}`, SORTED)
    expect(await repository.listTags([['n', String(n)]])).toEqual(SORTED.slice(0, n))
  })
}

test('more than all tags are answered with all, and without a Link', async () => {
  const repository = await tagged('n=100', SORTED)
  const response = await repository.tags([['n', '100']])
  expect(jsonOf<{ tags: string[] }>(response).tags).toEqual(SORTED)
  expect(response.headers['link']).toBeUndefined()
})

test('n=0 is answered with an empty list and without a Link', async () => {
  const repository = await tagged('n=0', ['v1'])
  const response = await repository.tags([['n', '0']])
  expect(response.status).toBe(200)
  expect(jsonOf(response)).toEqual({ name: repository.name, tags: [] })
  expect(response.headers['link']).toBeUndefined()
})

test('last begins after that tag, the tag itself not included', async () => {
  const repository = await tagged('last', SORTED)
  for (const [at, last] of SORTED.entries()) {
    const tags = await repository.listTags([
      ['n', '2'],
      ['last', last],
    ])
    expect(tags, last).toEqual(SORTED.slice(at + 1, at + 3))
  }
})

test('last without n is answered with all tags after it', async () => {
  const repository = await tagged('last alone', SORTED)
  expect(await repository.listTags([['last', 'Z']])).toEqual(SORTED.slice(SORTED.indexOf('Z') + 1))
})

test('last need not be a tag that exists', async () => {
  const repository = await tagged('last unknown', SORTED)
  expect(await repository.listTags([['last', 'b']])).toEqual(['z'])
})

test('a Link leads to the rest, each tag once', async () => {
  const repository = await tagged('link', SORTED)
  const seen: string[] = []
  let response = await repository.tags([['n', '4']])
  for (;;) {
    expect(response.status).toBe(200)
    const { tags } = jsonOf<{ tags: string[] }>(response)
    seen.push(...tags)
    const next = nextLinkOf(response)
    if (next === undefined) break
    // Fewer than n only on the last page.
    expect(tags).toHaveLength(4)
    response = await oci.client.send('GET', next)
  }
  expect(seen).toEqual(SORTED)
})

for (const n of ['-1', 'two', '1.5']) {
  test(`an n that is no count is refused with 400 (${n})`, async () => {
    const repository = await tagged(`n=${n}`, ['v1'])
    expect((await repository.tags([['n', n]])).status).toBe(400)
  })
}

test('a nonexistent repository is answered with 404 (tags)', async () => {
  const { client } = oci
  const response = await client.send('GET', `/v2/${client.registry.alias}/never/created/tags/list`)
  expect([response.status, errorCodesOf(response)]).toEqual([404, ['NAME_UNKNOWN']])
})
