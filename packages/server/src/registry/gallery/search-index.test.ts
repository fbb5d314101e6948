import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openDatabase } from '../../adapters/metadata-sqlite/load-sqlite.ts'
import { openSqliteMetadata } from '../../adapters/metadata-sqlite/open-sqlite-metadata.ts'
import { parseRepositoryName } from '../../domain/names.ts'
import { readSearchText } from '../../domain/search/search-text.ts'
import { dayOf } from '../../ports/clock.ts'
import { ACCOUNT, CALLER, openTemporaryRegistry, type TemporaryRegistry } from '../../testing/temporary-registry.ts'
import { deleteImages } from '../images/delete-images.ts'
import { putRegistrySettings } from '../repositories/settings.ts'
import { describeImages } from './describe-images.ts'
import { rebuildSearch, refreshSearch } from './search-index.ts'

let registry: TemporaryRegistry
let folder: string
const file = () => join(folder, 'metadata.db')
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-search-'))
  registry = await openTemporaryRegistry({ metadata: await openSqliteMetadata({ file: file() }) })
})
afterEach(async () => {
  await registry[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

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

  const data = { description: 'A quay', aboutText: '# Piers', operatingSystems: ['Windows'], architectures: ['x86'] }
  await metadata.transaction(rows => rows.repositorySettings.setCatalogData(id, data, undefined))
  for (const text of ['quay', 'pier', 'acme']) expect([text, await find(text)]).toEqual([text, ['tools/web']])

  await metadata.transaction(rows => rows.registries.update(ACCOUNT, { displayName: 'Harbour Works' }))
  await accounts.updateRegistry(ACCOUNT, { verified: true })
  await accounts.addAlias(ACCOUNT, 'bowline', { primary: true })
  for (const text of ['harbour', 'acme', 'bowline/tools/web'])
    expect([text, await find(text, 'verified')]).toEqual([text, ['tools/web']])

  await metadata.transaction(rows => rows.hiddenRepositories.hide(id))
  expect([await find('web'), await find('quay'), await find('')]).toEqual([[], [], []])
  expect(await metadata.rows.searchMarks.nextStale()).toBeUndefined()
})

it('forgets pulls as soon as their registry hides them, and knows them again when it shows them', async () => {
  await registry.addImage('a', 'v1')
  const { context, metadata, repository } = registry
  const day = dayOf(context.clock.now())
  await metadata.transaction(rows =>
    rows.pullCounts.add([{ repositoryId: repository.id, tag: undefined, day, pulls: 3 }]),
  )
  const pulls = async () => {
    await refreshSearch(context)
    return (await metadata.rows.search.find({ ...readSearchText('web'), facets: [] }, 'pulls', 100)).map(
      found => found.pulls,
    )
  }
  expect(await pulls()).toEqual([3])
  await putRegistrySettings(context, CALLER, ACCOUNT, { binDays: undefined, hidesPulls: true })
  expect(await pulls()).toEqual([0])
  await putRegistrySettings(context, CALLER, ACCOUNT, { binDays: undefined, hidesPulls: false })
  expect(await pulls()).toEqual([3])
})

describe('the platforms that search goes by', () => {
  const push = async (config: string, ...tags: string[]) => {
    const image = await registry.addImage(config, ...tags)
    await describeImages(registry.context)
    return image
  }

  it('are those that the images have, whatever the publisher says', async () => {
    const data = { operatingSystems: ['Windows'], architectures: ['x86'] }
    await registry.metadata.transaction(rows =>
      rows.repositorySettings.setCatalogData(registry.repository.id, data, undefined),
    )
    const arm = await push('{"os":"linux","architecture":"arm64","variant":"v8"}', 'arm')
    await push('{"os":"linux","architecture":"x86_64"}', 'amd')
    for (const facet of ['oslinux', 'archarm64', 'onlinux·arm64', 'onlinux·amd64'])
      expect([facet, await find('', facet)]).toEqual([facet, ['tools/web']])
    for (const facet of ['oswindows', 'arch386', 'onwindows·386'])
      expect([facet, await find('', facet)]).toEqual([facet, []])

    await deleteImages(registry.context, CALLER, registry.repository, [{ digest: arm }])
    expect([await find('', 'archarm64'), await find('', 'archamd64')]).toEqual([[], ['tools/web']])
  })

  it('are made anew of entries that a server of the release before wrote', async () => {
    await push('{"os":"linux","architecture":"arm64"}')
    expect(await find('', 'archarm64')).toEqual(['tools/web'])
    const { searchMarks } = registry.metadata.rows
    for (const written of ["facets = ' oswindows '", 'known_facets = null']) {
      const that = await openDatabase(file())
      that.exec('pragma busy_timeout = 60000')
      that.exec(`update search_entries set ${written}`)
      that.exec(
        "insert or replace into search_words (rowid, words) select repository_id, 'oswindows' from search_entries",
      )
      that.close()
      expect(await searchMarks.hasOutdated()).toBe(true)
      expect([await find('', 'oswindows'), await find('', 'archarm64')]).toEqual([[], ['tools/web']])
      expect(await searchMarks.hasOutdated()).toBe(false)
    }
  })
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
