import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type AccountId, parseRegistryAlias, parseRepositoryName } from '../../../domain/names.ts'
import { facetsFrom, facetsOf, lexemesOf, type SearchFilters } from '../../../domain/search/lexemes.ts'
import { platformWord } from '../../../domain/search/platform-words.ts'
import { anythingTyped } from '../../../domain/search/search-text.arbitrary.ts'
import { readSearchText } from '../../../domain/search/search-text.ts'
import type { MetadataStore, Rows } from '../../metadata-store.ts'
import type { RepositoryId } from '../../rows/common.ts'
import type { SearchOrder } from '../../rows/gallery/search.ts'
import type { StaleMark } from '../../rows/gallery/search-marks.ts'
import {
  ACCOUNT,
  addRegistry,
  addRepository,
  digest,
  manifest,
  newRepository,
  OTHER_ACCOUNT,
  putImage,
  type WithStore,
} from '../testing/fixtures.ts'

interface Searched {
  readonly publisher?: string
  readonly description?: string
  readonly about?: string
  readonly verified?: boolean
  readonly platforms?: readonly string[]
}

const NOTHING_TYPED = { name: undefined, terms: [], facets: [] }

let numbered = 0

/** An entry by itself: search looks at no other rows, unless it puts them into the order of pushes. */
async function add(store: MetadataStore, path: string, searched: Searched = {}, as?: RepositoryId): Promise<void> {
  if (as === undefined) numbered += 1
  const id = as ?? (numbered as RepositoryId)
  const [alias = '', ...rest] = path.split('/')
  const name = parseRepositoryName(rest.join('/'))
  const { publisher = '', description = '', about = '', verified = false, platforms = [] } = searched
  const facets = facetsFrom(verified, platforms)
  const lexemes = lexemesOf({ name, publisher: `${alias} ${publisher}`, description, about }, facets)
  const entry = { id, accountId: ACCOUNT, alias: parseRegistryAlias(alias), name, verified, facets, lexemes }
  await store.transaction(rows => rows.search.put(entry))
}

const EVERYTHING: SearchFilters = { isVerified: false, operatingSystem: undefined, architecture: undefined }

async function find(
  { rows }: MetadataStore,
  text: string,
  options: Partial<SearchFilters> & { order?: SearchOrder; limit?: number } = {},
): Promise<string[]> {
  const { order = 'best', limit = 100, ...filters } = options
  const query = { ...readSearchText(text), facets: facetsOf({ ...EVERYTHING, ...filters }) }
  return (await rows.search.find(query, order, limit)).map(({ name }) => name)
}

const sorted = async (found: Promise<string[]>) => (await found).sort()

export function searchContract(withStore: WithStore): void {
  describe('search', () => {
    it(
      'finds what has all words, wherever they stand, the name first',
      withStore(async store => {
        await add(store, 'acme/base/alpine', { about: 'Small, for a gateway or any other server.' })
        await add(store, 'acme/edge', { description: 'An API gateway for small servers' })
        await add(store, 'gateway/edge-tools', { publisher: 'Gateway Ltd' })
        await add(store, 'acme/api-gateway', { description: 'Routes' })
        await add(store, 'acme/other', { about: 'Nothing of it' })
        expect(await find(store, 'gateway')).toEqual(['api-gateway', 'edge-tools', 'edge', 'base/alpine'])
        expect(await find(store, 'small gateway')).toEqual(['edge', 'base/alpine'])
        expect(await find(store, 'gateway nothing')).toEqual([])
        expect(await find(store, 'ROUTES api')).toEqual(['api-gateway'])
      }),
    )

    it(
      'puts the exact name first, then the last part, then beginnings, whatever their texts say',
      withStore(async store => {
        await add(store, 'acme/docker-docker-docker', { description: 'docker docker', about: 'docker' })
        await add(store, 'acme/dockerize', { description: 'docker' })
        await add(store, 'other/library/docker')
        await add(store, 'other/my-docker')
        await add(store, 'other/docker')
        await add(store, 'docker/registry', { description: 'docker' })
        await add(store, 'acme/text', { about: 'for docker' })
        const found = await find(store, 'docker')
        expect(found.slice(0, 2)).toEqual(['docker', 'library/docker'])
        expect(found.slice(2, 4)).toEqual(['docker-docker-docker', 'dockerize'])
        expect(found.slice(4)).toEqual(['my-docker', 'registry', 'text'])
        expect((await find(store, 'other/docker'))[0]).toBe('docker')
        expect((await find(store, 'library/docker'))[0]).toBe('library/docker')
      }),
    )

    it(
      'takes the last word for a beginning from two characters on, and no other',
      withStore(async store => {
        await add(store, 'acme/web', { description: 'kitchen sink' })
        await add(store, 'acme/app', { description: 'kitten' })
        expect(await sorted(find(store, 'kit'))).toEqual(['app', 'web'])
        expect(await find(store, 'k')).toEqual([])
        expect(await find(store, 'sink kitc')).toEqual(['web'])
        expect(await find(store, 'kitc sink')).toEqual([])
      }),
    )

    it(
      'splits names at / - _ . and takes a plural for its singular, in any script and with any accents',
      withStore(async store => {
        await add(store, 'acme/one.two_three-four/five', { description: 'Images of Zürich, 東京タワー and Ελλάδα' })
        for (const text of ['one', 'two', 'three', 'four five', 'one.two', 'three-four', 'image', 'images'])
          expect([text, await find(store, text)]).toEqual([text, ['one.two_three-four/five']])
        for (const text of ['zurich', 'ZÜRICH', 'Zu\u0308rich', '東京', '京', 'タワー', 'ελλαδα'])
          expect([text, await find(store, text)]).toEqual([text, ['one.two_three-four/five']])
      }),
    )

    it(
      'finds parts of names, of three characters or more',
      withStore(async store => {
        await add(store, 'acme/postgres')
        await add(store, 'acme/text', { description: 'gres' })
        await add(store, 'acme/under_score')
        expect(await find(store, 'gres')).toEqual(['postgres', 'text'])
        expect(await find(store, 're')).toEqual([])
        // What stands for any character in SQL is itself.
        expect(await find(store, 'r_s')).toEqual(['under_score'])
        expect(await find(store, 'post%')).toEqual(['postgres'])
      }),
    )

    it(
      'is narrowed by filters, whose words nobody can type',
      withStore(async store => {
        const verified = { verified: true, platforms: ['linux/arm/v7', 'linux/amd64'] }
        await add(store, 'acme/web', { ...verified, description: 'server' })
        await add(store, 'acme/web/windows', { platforms: ['windows/amd64'] })
        await add(store, 'acme/webs', { platforms: ['darwin/arm64'], description: 'verified' })
        expect(await sorted(find(store, 'web'))).toEqual(['web', 'web/windows', 'webs'])
        expect(await find(store, 'web', { isVerified: true })).toEqual(['web'])
        expect(await find(store, 'web', { operatingSystem: 'windows' })).toEqual(['web/windows'])
        expect(await find(store, 'web', { architecture: 'arm64' })).toEqual(['webs'])
        expect(await find(store, 'web', { architecture: 'arm' })).toEqual(['web'])
        expect(await find(store, '', { architecture: 'amd64', order: 'name' })).toEqual(['web', 'web/windows'])
        // One image must be for both.
        expect(await find(store, 'web', { operatingSystem: 'linux', architecture: 'amd64' })).toEqual(['web'])
        expect(await find(store, '', { operatingSystem: 'windows', architecture: 'arm' })).toEqual([])
        expect(await sorted(find(store, ''))).toEqual(['web', 'web/windows', 'webs'])
        expect(await find(store, 'verified')).toEqual(['webs'])
        expect([await find(store, 'oslinux'), await find(store, 'onlinux·amd64')]).toEqual([[], []])
      }),
    )

    it(
      'looks at no more than it may, and keeps the best of them',
      withStore(async store => {
        for (let at = 0; at < 6; at += 1) await add(store, `acme/text-${at}`, { description: 'needle' })
        await add(store, 'acme/with-needle')
        await add(store, 'acme/needle')
        expect(await find(store, 'needle', { limit: 3 })).toEqual([
          'needle',
          'with-needle',
          expect.stringMatching(/^text-/),
        ])
      }),
    )

    it(
      'takes anything typed for words',
      withStore(async store => {
        await add(store, 'acme/web', { description: 'or and not near null, 100% 🚢 sea' })
        await add(store, 'acme/rtl', { description: 'سفينة و שלום' })
        const texts = [
          ...[
            '"',
            '""',
            "'",
            "''; drop table search_entries; --",
            '\\',
            '*',
            'web*',
            '^web',
            '{name}: web',
            'words:web',
          ],
          ...[
            'web AND',
            'NOT web',
            'NEAR(web sea, 2)',
            '(web',
            'web)',
            'web:*',
            "web' | 'x",
            '!web',
            'web <-> sea',
            '%',
          ],
          ...[
            '_',
            '\0',
            'we\0b',
            '\ud800',
            'web\udc00',
            '🚢',
            '‮web',
            '-',
            '--',
            '...',
            '/',
            'ﷺ',
            'e\u0301'.repeat(200),
          ],
          ...[
            'a'.repeat(500),
            'web '.repeat(200),
            'x'.repeat(100_000),
            '"'.repeat(500),
            '\u0300'.repeat(500),
            '٣',
            '½',
          ],
        ]
        for (const text of texts)
          for (const order of ['best', 'name'] as const)
            expect([text.slice(0, 30), Array.isArray(await find(store, text, { order }))]).toEqual([
              text.slice(0, 30),
              true,
            ])
        expect(await find(store, 'or and not near null')).toEqual(['web'])
        expect(await find(store, '"web" OR')).toEqual(['web'])
        expect(await find(store, 'שלום سفينة')).toEqual(['rtl'])
        expect(await find(store, '🚢')).toEqual(await find(store, '...'))
      }),
    )

    it(
      'takes any text of five hundred characters, with any filters and in any order',
      withStore(async store => {
        await add(store, 'acme/web', { description: 'or and not near null', platforms: ['linux/amd64'] })
        const name = fc.option(anythingTyped, { nil: undefined })
        const order = fc.constantFrom<SearchOrder>('best', 'pulls', 'pushed', 'name')
        await fc.assert(
          fc.asyncProperty(anythingTyped, fc.boolean(), name, name, order, async (text, isVerified, os, arch, sort) => {
            const platform = (word: string | undefined) =>
              word === undefined ? undefined : platformWord(word) || undefined
            const filters = { isVerified, operatingSystem: platform(os), architecture: platform(arch) }
            for (const names of [
              await find(store, text, { ...filters, order: sort }),
              (await store.rows.search.complete(text, 10)).map(each => each.name),
            ])
              expect(names.filter(each => each !== 'web')).toEqual([])
          }),
          { numRuns: 50 },
        )
      }),
    )

    it(
      'completes names: exact ones, beginnings, then parts',
      withStore(async store => {
        for (const path of ['acme/my-nginx', 'acme/nginx-web', 'acme/nginx', 'other/tools', 'nginx/unit'])
          await add(store, path, { description: 'nginx' })
        await add(store, 'acme/text', { description: 'nginx' })
        const complete = async (text: string, limit = 10) =>
          (await store.rows.search.complete(text, limit)).map(({ name }) => name)
        expect(await complete('nginx')).toEqual(['nginx', 'nginx-web', 'my-nginx', 'unit'])
        expect(await complete('nginx', 2)).toHaveLength(2)
        expect(await complete('acme/nginx-')).toEqual(['nginx-web'])
        for (const text of ['nginx\0', '\0\0\0', 'ngi\0', '"\0"']) expect(await complete(text)).toEqual([])
        expect(await complete('gin')).toEqual(['my-nginx', 'nginx', 'nginx-web', 'unit'])
      }),
    )

    it(
      'lists all by id, with the time of their last push',
      withStore(async store => {
        const { id, accountId, name } = await addRepository(store)
        await store.transaction(rows => putImage(rows, manifest(id, digest('a'))))
        const entry = {
          accountId,
          alias: parseRegistryAlias('my.acme'),
          name,
          verified: false,
          facets: [],
          lexemes: [],
        }
        await store.transaction(rows => rows.search.put({ ...entry, id }))
        const { search } = store.rows
        const listed = [{ id, accountId, alias: 'my.acme', name, lastPushedAt: expect.any(Number) }]
        expect(await search.list({ limit: 9 })).toEqual(listed)
        expect(await search.list({ limit: 9, after: (id - 1) as RepositoryId, upTo: id })).toEqual(listed)
        expect(await search.list({ limit: 9, after: id })).toEqual([])
        expect(await search.list({ limit: 9, upTo: (id - 1) as RepositoryId })).toEqual([])
        expect(await search.list({ limit: 0 })).toEqual([])
      }),
    )

    it(
      'puts what is pulled most first, as far as it was counted and its registry shows it',
      withStore(async store => {
        const days = { first: 5, last: 9 }
        const { id: web } = await addRepository(store)
        const [app, tool] = await store.transaction(async rows => [
          (await rows.repositories.create(newRepository('app'))).id,
          (await rows.repositories.create(newRepository('tool'))).id,
        ])
        const made = [web, app, tool]
        for (const [index, name] of ['web', 'app', 'tool'].entries()) await add(store, `acme/${name}`, {}, made[index])
        const count = (id: RepositoryId | undefined, day: number, pulls: number) =>
          store.transaction(async rows => {
            if (id !== undefined) await rows.pullCounts.add([{ repositoryId: id, tag: undefined, day, pulls }])
            await rows.pullCounts.countForSearch(made, days)
          })
        await count(web, 4, 50)
        await count(web, 5, 1)
        await count(app, 9, 3)
        const pulled = async () =>
          (await store.rows.search.find(NOTHING_TYPED, 'pulls', 9)).map(({ name, pulls }) => `${name} ${pulls}`)
        expect(await pulled()).toEqual(['app 3', 'web 1', 'tool 0'])
        await count(web, 6, 3)
        expect(await pulled()).toEqual(['web 4', 'app 3', 'tool 0'])
        await store.transaction(rows => rows.registries.update(ACCOUNT, { hidesPulls: true }))
        await count(undefined, 0, 0)
        expect(await pulled()).toEqual(['app 0', 'tool 0', 'web 0'])
      }),
    )

    it(
      'forgets what is removed, and knows what an entry says last',
      withStore(async store => {
        await add(store, 'acme/web', { description: 'old' })
        numbered -= 1
        await add(store, 'acme/app', { description: 'new' })
        expect([await find(store, 'old'), await find(store, 'web'), await find(store, 'new')]).toEqual([
          [],
          [],
          ['app'],
        ])
        await store.transaction(rows => rows.search.remove([numbered as RepositoryId]))
        expect([await find(store, 'new'), await find(store, 'app'), await find(store, '')]).toEqual([[], [], []])
        await store.transaction(rows => rows.search.remove([numbered as RepositoryId]))
      }),
    )
  })

  describe('marks of what search does not know', () => {
    const marked = async (store: MetadataStore) => {
      const marks = await store.transaction(async ({ searchMarks }) => {
        const claimed = await searchMarks.claimStale(100)
        await searchMarks.settle(claimed)
        return claimed
      })
      return marks.map(({ accountId, repositoryId }) => repositoryId ?? accountId)
    }

    it(
      'are made by whatever changes what is found, and by nothing else',
      withStore(async store => {
        const { id } = await addRepository(store)
        await marked(store)
        const change = async (work: (rows: Rows) => Promise<unknown>): Promise<(RepositoryId | AccountId)[]> => {
          await store.transaction(work)
          return marked(store)
        }
        expect(await change(rows => putImage(rows, manifest(id, digest('a'))))).toEqual([id])
        expect(await change(rows => putImage(rows, manifest(id, digest('b'))))).toEqual([])
        expect(await change(rows => rows.images.delete(id, [digest('a')], 1))).toEqual([])
        expect(await change(rows => rows.images.delete(id, [digest('b')], 1))).toEqual([id])
        const data = { description: 'x' }
        expect(await change(rows => rows.repositorySettings.setCatalogData(id, data, undefined))).toEqual([id])
        expect(await change(rows => rows.repositorySettings.setCatalogData(id, data, undefined))).toEqual([])
        expect(await change(rows => rows.registries.update(ACCOUNT, { verified: true }))).toEqual([ACCOUNT])
        expect(await change(rows => addRegistry(rows, OTHER_ACCOUNT, 'other'))).toEqual([OTHER_ACCOUNT])
        const alias = { alias: parseRegistryAlias('bowline'), accountId: ACCOUNT, isDefault: false, createdAt: 1 }
        expect(await change(rows => rows.registries.addAlias({ ...alias, primary: true }))).toEqual([ACCOUNT])
        expect(await change(rows => rows.registries.deleteAlias(alias.alias))).toEqual([ACCOUNT])
        expect(await change(rows => rows.hiddenRepositories.hide(id))).toEqual([id])
        expect(await change(rows => rows.hiddenRepositories.delete(id, 1))).toEqual([id])
      }),
    )

    it(
      'are made where the images of a repository gain or lose a platform, once for each',
      withStore(async store => {
        const { id } = await addRepository(store)
        const names = ['a', 'b', 'c']
        await store.transaction(async rows => {
          for (const name of names) await putImage(rows, manifest(id, digest(name)))
        })
        await marked(store)
        const note = async (name: string, platform: string) => {
          const found = [{ repositoryId: id, digest: digest(name), platform }]
          await store.transaction(rows => rows.imageConfigs.note(found))
          return marked(store)
        }
        expect([await note('a', 'linux/amd64'), await note('b', 'linux/amd64'), await note('c', '')]).toEqual([
          [id],
          [],
          [],
        ])
        expect(await note('c', 'linux/arm64')).toEqual([id])
        const remove = async (...gone: string[]) => {
          await store.transaction(rows => rows.images.delete(id, gone.map(digest), 1))
          return marked(store)
        }
        expect([await remove('a'), await remove('b')]).toEqual([[], [id]])
      }),
    )

    it(
      'stay where there was a change after they were read',
      withStore(async store => {
        const { id } = await addRepository(store)
        await marked(store)
        const describe = (description: string) =>
          store.transaction(rows => rows.repositorySettings.setCatalogData(id, { description }, undefined))
        await describe('one')
        const seen = await store.rows.searchMarks.nextStale()
        expect(seen).toEqual({ accountId: ACCOUNT, repositoryId: id, changes: 1 })
        await describe('two')
        await store.transaction(rows => rows.searchMarks.settle([seen as StaleMark]))
        expect(await store.rows.searchMarks.nextStale()).toEqual({ accountId: ACCOUNT, repositoryId: id, changes: 2 })
      }),
    )

    it(
      'spread from an account to its repositories with images, and come anew for all',
      withStore(async store => {
        const { id } = await addRepository(store)
        await store.transaction(async rows => {
          await rows.repositories.create(newRepository('empty'))
          await putImage(rows, manifest(id, digest('a')))
        })
        await marked(store)
        await store.transaction(rows => rows.searchMarks.spread(ACCOUNT))
        expect(await marked(store)).toEqual([id])
        await add(store, 'acme/web')
        expect(await store.transaction(rows => rows.search.rebuild())).toBe(1)
        expect([await find(store, 'web'), await find(store, ''), await marked(store)]).toEqual([[], [], [id]])
        await add(store, 'acme/web')
        expect(await find(store, 'web')).toEqual(['web'])
      }),
    )
  })
}
