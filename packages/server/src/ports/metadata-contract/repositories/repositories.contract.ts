import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseRegistryAlias, parseRepositoryName, type RepositoryName } from '../../../domain/names.ts'
import { isProblem } from '../../../domain/problem.ts'
import { journalledKeys } from '../../../testing/journalled-keys.ts'
import type { Page } from '../../rows/common.ts'
import type { CatalogData, CatalogEntry } from '../../rows/repositories/repositories.ts'
import {
  ACCOUNT,
  ALIAS,
  addRegistry,
  addRepository,
  blob,
  digest,
  key,
  manifest,
  NAME,
  newRepository,
  OTHER_ACCOUNT,
  putImage,
  tag,
  upload,
  type WithStore,
  walk,
} from '../testing/fixtures.ts'

export function repositoryContract(withStore: WithStore): void {
  describe('repositories', () => {
    it(
      'come back as they were made, by account and by every alias',
      withStore(async store => {
        const wanted = {
          ...newRepository(),
          policyText: '{}',
          catalogData: { description: 'A web server', architectures: ['ARM 64'] },
          resourceTags: [{ key: 'team', value: '' }],
        }
        const second = parseRegistryAlias('second')
        const row = await store.transaction(async rows => {
          await addRegistry(rows)
          await rows.registries.addAlias({
            alias: second,
            accountId: ACCOUNT,
            primary: true,
            isDefault: false,
            createdAt: 2,
          })
          return rows.repositories.create(wanted)
        })
        expect(row).toEqual({
          ...wanted,
          id: row.id,
          imageCount: 0,
          settings: { protectedTags: [], immutableTags: [] },
          binCount: 0,
          binBytes: 0,
        })
        const { repositories } = store.rows
        expect(await repositories.find(ACCOUNT, NAME)).toEqual(row)
        const registry = { accountId: ACCOUNT, createOnPush: false }
        expect(await repositories.findByAlias(ALIAS, NAME)).toEqual({ registry, repository: row })
        expect(await repositories.findByAlias(second, NAME)).toEqual({ registry, repository: row })
        await store.transaction(rows => rows.registries.update(ACCOUNT, { createOnPush: true }))
        expect(await repositories.findByAlias(second, parseRepositoryName('absent'))).toEqual({
          registry: { accountId: ACCOUNT, createOnPush: true },
          repository: undefined,
        })
        expect(await repositories.find(OTHER_ACCOUNT, NAME)).toBeUndefined()
        expect(await repositories.findByAlias(parseRegistryAlias('absent'), NAME)).toBeUndefined()
      }),
    )

    it(
      'are unique in their account',
      withStore(async store => {
        await addRepository(store)
        const again = store.transaction(rows => rows.repositories.create(newRepository()))
        await expect(again).rejects.toSatisfy(error => isProblem(error, 'repositoryExists'))
        await store.transaction(async rows => {
          await addRegistry(rows, OTHER_ACCOUNT, 'other')
          await rows.repositories.create(newRepository(NAME, OTHER_ACCOUNT))
        })
        expect(await store.rows.repositories.count(ACCOUNT)).toBe(1)
        expect(await store.rows.repositories.count(OTHER_ACCOUNT)).toBe(1)
      }),
    )

    it(
      'never get the id of one before them',
      withStore(async store => {
        const first = await addRepository(store)
        const second = await store.transaction(async rows => {
          await rows.hiddenRepositories.delete(first.id, 0)
          return rows.repositories.create(newRepository())
        })
        expect(second.id).not.toBe(first.id)
      }),
    )

    it(
      'are found by a policy of which it is not known whom it named',
      withStore(async store => {
        const row = await addRepository(store)
        const second = await store.transaction(rows =>
          rows.repositories.create({ ...newRepository('tools/b'), policyText: '{}' }),
        )
        expect(await store.rows.repositorySettings.unbound(9)).toEqual([second])
        await store.transaction(rows => rows.repositorySettings.setPolicy(row.id, '{}'))
        expect((await store.rows.repositorySettings.unbound(1)).map(each => each.id)).toEqual([row.id])
        await store.transaction(rows => rows.repositorySettings.setPolicy(row.id, '{}', { accounts: [], users: {} }))
        await store.transaction(rows => rows.repositorySettings.setPolicy(second.id, undefined))
        expect(await store.rows.repositorySettings.unbound(9)).toEqual([])
      }),
    )

    it(
      'change one part at a time',
      withStore(async store => {
        const row = await addRepository(store)
        const catalogData: CatalogData = { description: 'd', logoId: 'logo-1' }
        const principals = { accounts: [ACCOUNT], users: { 'arn:aws:iam::1:user/ada': 'AIDA1' } }
        const logo = { logoId: 'logo-1', mediaType: 'image/png', bytes: Buffer.from([0, 255, 7]) }
        await store.transaction(async ({ repositorySettings }) => {
          await repositorySettings.setPolicy(row.id, '{"Statement":[]}', principals)
          await repositorySettings.setCatalogData(row.id, catalogData, logo)
          await repositorySettings.setResourceTags(row.id, [{ key: 'a', value: 'b' }])
        })
        const { repositories, repositorySettings } = store.rows
        const changed = {
          ...row,
          policyText: '{"Statement":[]}',
          policyPrincipals: principals,
          catalogData,
          resourceTags: [{ key: 'a', value: 'b' }],
        }
        expect(await repositories.find(ACCOUNT, NAME)).toEqual(changed)
        expect(await repositorySettings.logo('logo-1')).toEqual(logo)

        const second = { ...logo, logoId: 'logo-2', bytes: Buffer.from('second') }
        await store.transaction(rows => rows.repositorySettings.setCatalogData(row.id, catalogData, second))
        expect(await repositorySettings.logo('logo-1')).toBeUndefined()
        expect(await repositorySettings.logo('logo-2')).toEqual(second)

        await store.transaction(async rows => {
          await rows.repositorySettings.setPolicy(row.id, undefined)
          await rows.repositorySettings.setCatalogData(row.id, undefined, undefined)
          await rows.repositorySettings.setResourceTags(row.id, [])
        })
        expect(await repositories.find(ACCOUNT, NAME)).toEqual(row)
        expect(await repositorySettings.logo('logo-2')).toBeUndefined()
      }),
    )

    it(
      'are listed in the byte order of their names, each once at any page size',
      withStore(async store => {
        const names = ['a/b', 'a-b', 'ab', 'a.b', 'a0', 'a_b', 'zz', 'a/b/c', '00'].map(parseRepositoryName)
        await store.transaction(async rows => {
          await addRegistry(rows)
          await addRegistry(rows, OTHER_ACCOUNT, 'other')
          for (const name of names) await rows.repositories.create(newRepository(name))
          await rows.repositories.create(newRepository('another', OTHER_ACCOUNT))
        })
        await fc.assert(
          fc.asyncProperty(fc.integer({ min: 1, max: 10 }), async limit => {
            const all = await walk(
              (page: Page<RepositoryName>) => store.rows.repositories.list(ACCOUNT, page),
              row => row.name,
              limit,
            )
            expect(all.map(row => row.name)).toEqual([...names].sort())
          }),
          { numRuns: 10 },
        )
      }),
    )

    it(
      'make a catalog by primary alias, then name, each once at any page size',
      withStore(async store => {
        await store.transaction(async rows => {
          await addRegistry(rows, ACCOUNT, 'mm')
          await addRegistry(rows, OTHER_ACCOUNT, 'zz')
          await rows.registries.addAlias({
            alias: parseRegistryAlias('aa'),
            accountId: OTHER_ACCOUNT,
            primary: true,
            isDefault: false,
            createdAt: 2,
          })
          for (const name of ['one', 'two', 'one/more']) {
            await rows.repositories.create(newRepository(name, ACCOUNT))
            await rows.repositories.create(newRepository(name, OTHER_ACCOUNT))
          }
        })
        const expected = ['aa one', 'aa one/more', 'aa two', 'mm one', 'mm one/more', 'mm two']
        await fc.assert(
          fc.asyncProperty(fc.integer({ min: 1, max: 8 }), async limit => {
            const all = await walk(
              (page: Page<CatalogEntry>) => store.rows.repositories.catalog(page),
              entry => entry,
              limit,
            )
            expect(all.map(entry => `${entry.alias} ${entry.name}`)).toEqual(expected)
          }),
          { numRuns: 8 },
        )
      }),
    )

    it(
      'take everything in them along when they go',
      withStore(async store => {
        const row = await addRepository(store)
        const neighbour = await store.transaction(async rows => {
          const made = await rows.repositories.create(newRepository('neighbour'))
          for (const { id } of [row, made]) {
            await putImage(rows, manifest(id, digest('image')), { blobs: [digest('layer')] })
            await putImage(rows, manifest(id, digest('index')), { children: [digest('image')] })
            await rows.tags.put([{ repositoryId: id, tag: tag('v1'), digest: digest('index'), createdAt: 1 }])
          }
          await rows.blobs.commit(row.id, blob('never used'), 0)
          await rows.uploads.create(upload(row.id, 'u1'))
          await rows.uploads.create(upload(made.id, 'u2'))
          const logo = { logoId: 'logo', mediaType: 'image/png', bytes: Buffer.from('png') }
          await rows.repositorySettings.setCatalogData(row.id, { logoId: 'logo' }, logo)
          return made
        })

        await store.transaction(rows => rows.hiddenRepositories.delete(row.id, 500))
        const { repositories, images, blobs, uploads, reviews, repositorySettings, tags, references } = store.rows
        expect(await repositories.find(ACCOUNT, NAME)).toBeUndefined()
        expect((await repositories.findByAlias(ALIAS, NAME))?.repository).toBeUndefined()
        expect(await repositories.imageCount(row.id)).toBeUndefined()
        expect(await repositories.imageCount(neighbour.id)).toBe(2)
        expect(await repositorySettings.logo('logo')).toBeUndefined()
        expect(await images.list(row.id, { limit: 10 })).toEqual([])
        expect(await tags.list(row.id, { limit: 10 })).toEqual([])
        expect(await images.read(row.id, digest('image'))).toBeUndefined()
        expect(await references.parents(row.id, [digest('image')])).toEqual([])
        expect(await blobs.find(row.id, digest('layer'))).toBeUndefined()
        expect(await blobs.isReferenced(row.id, digest('layer'))).toBe(false)
        expect(await uploads.find(row.id, upload(row.id, 'u1').id)).toBeUndefined()
        expect(await journalledKeys(store.rows)).toEqual([key('upload u1')])
        expect(await reviews.due(499, 10)).toEqual([])
        expect((await reviews.due(500, 10)).sort()).toEqual([digest('layer'), digest('never used')].sort())

        expect(await images.list(neighbour.id, { limit: 10 })).toHaveLength(2)
        expect(await tags.list(neighbour.id, { limit: 10 })).toHaveLength(1)
        expect(await blobs.find(neighbour.id, digest('layer'))).toBeDefined()
        expect(await uploads.find(neighbour.id, upload(neighbour.id, 'u2').id)).toBeDefined()
      }),
    )

    it(
      'can be hidden, and emptied a part at a time',
      withStore(async store => {
        const row = await addRepository(store)
        const { id } = row
        await store.transaction(async rows => {
          for (const seed of ['one', 'two', 'three']) {
            await putImage(rows, manifest(id, digest(seed)), { blobs: [digest('layer'), digest(`${seed} layer`)] })
            for (const n of [1, 2, 3])
              await rows.tags.put([
                {
                  repositoryId: id,
                  tag: tag(`${seed}-${n}`),
                  digest: digest(seed),
                  createdAt: 1,
                },
              ])
          }
          await putImage(rows, manifest(id, digest('index')), { children: [digest('one'), digest('two')] })
          const deletion = { deletedAt: 1, deletedBy: 'ada', reason: 'call', purgeAfter: 1_000 }
          await rows.bin.add(id, [digest('three')], deletion)
          await rows.images.delete(id, [digest('three')], 1)
          const logo = { logoId: 'logo', mediaType: 'image/png', bytes: Buffer.from('png') }
          await rows.repositorySettings.setCatalogData(id, { logoId: 'logo' }, logo)
          await rows.lifecycle.set(id, '{}')
          await rows.uploads.create(upload(id, 'u1'))
          await rows.hiddenRepositories.hide(id)
        })
        const { repositories, lifecycle, images, bin, reviews, repositorySettings, hiddenRepositories, tags } =
          store.rows
        expect(await repositories.get(id)).toBeUndefined()
        expect(await repositories.find(ACCOUNT, NAME)).toBeUndefined()
        expect((await repositories.findByAlias(ALIAS, NAME))?.repository).toBeUndefined()
        expect(await repositories.imageCount(id)).toBeUndefined()
        expect(await repositories.list(ACCOUNT, { limit: 10 })).toEqual([])
        expect(await repositories.catalog({ limit: 10 })).toEqual([])
        expect(await repositories.count(ACCOUNT)).toBe(0)
        expect(await repositories.binTotals(ACCOUNT)).toEqual({ images: 0, bytes: 0 })
        expect(await repositorySettings.logo('logo')).toBeUndefined()
        expect(await images.resolve(ALIAS, NAME, { tag: tag('one-1') })).toBeUndefined()
        expect(await lifecycle.due(9, { limit: 10 })).toEqual([])
        expect(await store.rows.inventory.counts({ limit: 10 })).toEqual([])
        expect(await hiddenRepositories.list(10)).toEqual([id])
        const again = await store.transaction(rows => rows.repositories.create(newRepository()))
        expect(await repositories.list(ACCOUNT, { limit: 10 })).toHaveLength(1)

        let parts = 1
        while (!(await store.transaction(rows => rows.hiddenRepositories.empty(id, 500, 4)))) parts += 1
        expect(parts).toBeGreaterThan(5)
        expect(await images.list(id, { limit: 10 })).toEqual([])
        expect(await tags.list(id, { limit: 10 })).toEqual([])
        expect(await bin.list(id, { limit: 10 })).toEqual([])
        await store.transaction(rows => rows.hiddenRepositories.delete(id, 500))
        expect(await hiddenRepositories.list(10)).toEqual([])
        expect(await journalledKeys(store.rows)).toEqual([key('upload u1')])
        const wanted = ['layer', 'one layer', 'two layer', 'three layer'].map(digest).sort()
        expect((await reviews.due(500, 10)).sort()).toEqual(wanted)
        expect(await repositories.get(again.id)).toBeDefined()
      }),
    )
  })
}
