import { afterEach, beforeEach, expect, it } from 'vitest'
import { parseRepositoryName } from '../../domain/names.ts'
import { readSearchText } from '../../domain/search/search-text.ts'
import { ACCOUNT, openTemporaryRegistry, type TemporaryRegistry } from '../../testing/temporary-registry.ts'
import { rebuildSearch, refreshSearch } from './search-index.ts'

let registry: TemporaryRegistry
beforeEach(async () => {
  registry = await openTemporaryRegistry()
})
afterEach(() => registry[Symbol.asyncDispose]())

const find = async (text: string, ...facets: string[]) => {
  await refreshSearch(registry.context)
  const { search } = registry.metadata.rows
  return (await search.find({ ...readSearchText(text), facets }, 'best', 100)).map(({ name }) => name)
}

it('knows repositories while they hold images, by all that is said of them', async () => {
  const { id } = registry.repository
  const { metadata, accounts } = registry
  expect(await find('web')).toEqual([])
  await registry.addImage('a', 'v1')
  expect(await find('web')).toEqual(['tools/web'])

  const data = { description: 'A quay', aboutText: '# Piers', operatingSystems: ['Linux'], architectures: ['ARM 64'] }
  await metadata.transaction(rows => rows.repositorySettings.setCatalogData(id, data, undefined))
  for (const text of ['quay', 'pier', 'acme']) expect([text, await find(text)]).toEqual([text, ['tools/web']])
  expect([await find('', 'oslinux'), await find('', 'archarm64'), await find('', 'archarm')]).toEqual([
    ['tools/web'],
    ['tools/web'],
    [],
  ])

  await metadata.transaction(rows => rows.registries.update(ACCOUNT, { displayName: 'Harbour Works' }))
  await accounts.updateRegistry(ACCOUNT, { verified: true })
  await accounts.addAlias(ACCOUNT, 'bowline', { primary: true })
  for (const text of ['harbour', 'acme', 'bowline/tools/web'])
    expect([text, await find(text, 'verified')]).toEqual([text, ['tools/web']])

  await metadata.transaction(rows => rows.hiddenRepositories.hide(id))
  expect([await find('web'), await find('quay'), await find('')]).toEqual([[], [], []])
  expect(await metadata.rows.search.nextStale()).toBeUndefined()
})

it('is made anew of the repositories that hold images', async () => {
  await registry.addImage('a', 'v1')
  await registry.addRepository('tools/empty')
  for (let at = 0; at < 30; at += 1) {
    const { repository } = await registry.addRepository(`many/${at}`)
    const row = { ...repository, digest: await registry.addImage(`${at}`) }
    await registry.metadata.transaction(async rows => {
      const bytes = Buffer.from('{}')
      const [manifest] = await rows.images.find(registry.repository.id, [row.digest])
      if (manifest !== undefined)
        await rows.images.put({ ...manifest, repositoryId: row.id, annotations: undefined }, bytes, {
          blobs: [],
          children: [],
        })
    })
  }
  let done = 0
  const onDone = (count: number) => {
    done += count
  }
  expect(await rebuildSearch(registry.context, { onDone })).toBe(31)
  expect(done).toBeGreaterThanOrEqual(31)
  expect(await find('many')).toHaveLength(30)
  expect(await find('29')).toEqual([parseRepositoryName('many/29')])
  expect(await find('empty')).toEqual([])
})
