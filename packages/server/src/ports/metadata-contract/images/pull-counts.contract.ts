import { describe, expect, it } from 'vitest'
import type { MetadataStore } from '../../metadata-store.ts'
import type { RepositoryId } from '../../rows/common.ts'
import { COUNTED_TAGS, type PullCount } from '../../rows/images/pull-counts.ts'
import { addRepository, newRepository, tag, type WithStore, walk } from '../testing/fixtures.ts'

const EVER = { first: 0, last: 100_000 }

export function pullCountContract(withStore: WithStore): void {
  const count = (repositoryId: RepositoryId, day: number, pulls: number, name?: string): PullCount => ({
    ...{ repositoryId, day, pulls },
    tag: name === undefined ? undefined : tag(name),
  })
  const add = (store: MetadataStore, ...counts: PullCount[]) => store.transaction(rows => rows.pullCounts.add(counts))

  describe('counts of pulls', () => {
    it(
      'add up by day, of repositories and of tags',
      withStore(async store => {
        const { id } = await addRepository(store)
        const { id: other } = await store.transaction(rows => rows.repositories.create(newRepository('other')))
        await add(store, count(id, 7, 5), count(id, 7, 2, 'v1'), count(id, 8, 1), count(other, 7, 9))
        await add(store, count(id, 7, 10), count(id, 7, 4, 'v1'), count(id, 8, 3, 'v1'), count(id, 8, 1, 'v2'))
        const { pullCounts } = store.rows
        expect(await pullCounts.byDay(id, EVER)).toEqual([
          { day: 7, pulls: 15 },
          { day: 8, pulls: 1 },
        ])
        expect(await pullCounts.byDay(id, { first: 8, last: 9 })).toEqual([{ day: 8, pulls: 1 }])
        const tags = [tag('v1'), tag('v2'), tag('v3')]
        expect(Object.fromEntries(await pullCounts.ofTags(id, tags, EVER))).toEqual({ v1: 9, v2: 1 })
        expect(Object.fromEntries(await pullCounts.ofTags(id, tags, { first: 6, last: 7 }))).toEqual({ v1: 6 })
        expect(await pullCounts.byDay(other, EVER)).toEqual([{ day: 7, pulls: 9 }])
        expect(
          await walk(
            page => pullCounts.repositories(page),
            (each: RepositoryId) => each,
            1,
          ),
        ).toEqual([id, other])
      }),
    )

    it(
      'are of no more tags a day than there may be, and go on for those that have one',
      withStore(async store => {
        const { id } = await addRepository(store)
        const many = (from: number, to: number) =>
          Array.from({ length: to - from }, (_, at) => count(id, 7, 1, `t${from + at}`))
        await add(store, ...many(0, COUNTED_TAGS - 1))
        await add(store, ...many(COUNTED_TAGS - 2, COUNTED_TAGS + 3))
        const at = async (...names: number[]) => {
          const tags = names.map(name => tag(`t${name}`))
          const found = await store.rows.pullCounts.ofTags(id, tags, EVER)
          return tags.map(each => found.get(each))
        }
        const last = COUNTED_TAGS - 1
        expect(await at(0, last - 1, last, last + 1, last + 2)).toEqual([1, 2, 1, undefined, undefined])
        await add(store, count(id, 8, 1, `t${last + 1}`))
        expect(await at(last + 1)).toEqual([1])
      }),
    )

    it(
      'are not of a repository that is gone, and go with it',
      withStore(async store => {
        const { id } = await addRepository(store)
        await add(store, count(id, 7, 1), count(id, 7, 1, 'v1'))
        await store.transaction(rows => rows.hiddenRepositories.hide(id))
        await add(store, count(id, 7, 1), count((id + 1) as RepositoryId, 7, 1))
        const left = () => store.rows.pullCounts.byDay(id, EVER)
        expect(await left()).toEqual([{ day: 7, pulls: 1 }])
        expect(await store.rows.pullCounts.byDay((id + 1) as RepositoryId, EVER)).toEqual([])
        await store.transaction(rows => rows.hiddenRepositories.delete(id, 1))
        expect([...(await left()), ...(await store.rows.pullCounts.ofTags(id, [tag('v1')], EVER))]).toEqual([])
      }),
    )

    it(
      'are removed by pages where their day is over, or has not come',
      withStore(async store => {
        const { id } = await addRepository(store)
        for (const day of [5, 6, 7, 8]) await add(store, count(id, day, 1), count(id, day, 1, 'v1'))
        const remove = (limit: number) =>
          store.transaction(rows => rows.pullCounts.removeOutside({ first: 6, last: 7 }, limit))
        expect([await remove(3), await remove(3), await remove(3)]).toEqual([3, 1, 0])
        expect((await store.rows.pullCounts.byDay(id, EVER)).map(({ day }) => day)).toEqual([6, 7])
        expect((await store.rows.pullCounts.ofTags(id, [tag('v1')], EVER)).get(tag('v1'))).toBe(2)
      }),
    )
  })
}
