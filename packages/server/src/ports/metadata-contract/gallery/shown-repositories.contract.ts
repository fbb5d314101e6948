import { describe, expect, it } from 'vitest'
import { parseRegistryAlias } from '../../../domain/names.ts'
import type { RecentKey, ShownRepository } from '../../rows/gallery/shown-repositories.ts'
import {
  ACCOUNT,
  addRegistry,
  addRepository,
  digest,
  manifest,
  NAME,
  newRepository,
  OTHER_ACCOUNT,
  putImage,
  type WithStore,
  walk,
} from '../testing/fixtures.ts'

export function shownRepositoryContract(withStore: WithStore): void {
  describe('repositories as the gallery shows them', () => {
    it(
      'are found by any alias, and named by the primary one',
      withStore(async store => {
        const { id } = await addRepository(store)
        const alias = parseRegistryAlias('bowline')
        await store.transaction(async rows => {
          await rows.registries.addAlias({ alias, accountId: ACCOUNT, primary: true, isDefault: false, createdAt: 3 })
          await rows.registries.update(ACCOUNT, { displayName: 'Bowline', verified: true })
          await rows.repositorySettings.setCatalogData(id, { description: 'Knots' }, undefined)
        })
        const expected = { id, alias, name: NAME, displayName: 'Bowline', verified: true, imageCount: 0 }
        for (const asked of ['acme', 'bowline'])
          expect(await store.rows.shownRepositories.find(parseRegistryAlias(asked), NAME)).toMatchObject({
            ...expected,
            catalogData: { description: 'Knots' },
            lastPushedAt: undefined,
          })
        expect(await store.rows.shownRepositories.find(parseRegistryAlias('nobody'), NAME)).toBeUndefined()
      }),
    )

    it(
      'are listed only while they hold images, the last pushed first, or by name',
      withStore(async store => {
        await store.transaction(async rows => {
          await addRegistry(rows)
          await addRegistry(rows, OTHER_ACCOUNT, 'other')
          for (const [place, name] of ['a-first', 'b-empty', 'c-third', 'd-third'].entries()) {
            const { id } = await rows.repositories.create(newRepository(name))
            const pushedAt = name === 'a-first' ? 10 : 30
            if (name !== 'b-empty') await putImage(rows, manifest(id, digest(place), { pushedAt }))
          }
          const { id } = await rows.repositories.create(newRepository('theirs', OTHER_ACCOUNT))
          await putImage(rows, manifest(id, digest('theirs'), { pushedAt: 20 }))
        })
        const { shownRepositories } = store.rows
        const recent = await walk(
          page => shownRepositories.recent(page),
          ({ id, lastPushedAt = 0 }: ShownRepository): RecentKey => ({ id, lastPushedAt }),
          2,
        )
        expect(recent.map(row => [row.alias, row.name, row.lastPushedAt])).toEqual([
          ['acme', 'd-third', 30],
          ['acme', 'c-third', 30],
          ['other', 'theirs', 20],
          ['acme', 'a-first', 10],
        ])
        const ours = () =>
          walk(
            page => shownRepositories.list(ACCOUNT, page),
            (row: ShownRepository) => row.name,
            2,
          )
        expect((await ours()).map(row => row.name)).toEqual(['a-first', 'c-third', 'd-third'])

        const holding = await shownRepositories.holding(digest('theirs'), 5)
        expect(holding.map(row => [row.alias, row.name])).toEqual([['other', 'theirs']])
        expect(await shownRepositories.ofIds(holding.map(row => row.id))).toEqual(holding)

        expect(await shownRepositories.lackPushTimes()).toBe(false)
        const [gone] = await ours()
        if (gone === undefined) throw new Error('nothing is listed')
        await store.transaction(rows => rows.images.delete(gone.id, [digest(0)], 40))
        expect((await ours()).map(row => row.name)).toEqual(['c-third', 'd-third'])
      }),
    )
  })
}
