import { describe, expect, it } from 'vitest'
import type { RepositoryId } from '../../rows/common.ts'
import type { TagMove } from '../../rows/images/tag-history.ts'
import type { RepositoryRow } from '../../rows/repositories/repositories.ts'
import {
  ACCOUNT,
  addRepository,
  digest,
  newRepository,
  OTHER_ACCOUNT,
  tag,
  type WithStore,
} from '../testing/fixtures.ts'

const PAGE = { limit: 10, notDueAt: 0 }

export function tagHistoryContract(withStore: WithStore): void {
  describe('the history of tags', () => {
    const move = (
      { id, accountId }: Pick<RepositoryRow, 'id' | 'accountId'>,
      name: string,
      [from, to]: readonly [string | undefined, string | undefined],
      change: Partial<TagMove> = {},
    ): TagMove => ({
      ...{ repositoryId: id, accountId, tag: tag(name), movedAt: 1_000, movedBy: 'ada', keepUntil: 2_000 },
      from: from === undefined ? undefined : digest(from),
      to: to === undefined ? undefined : digest(to),
      ...change,
    })

    it(
      'tells where one tag led, the newest first, by pages',
      withStore(async store => {
        const row = await addRepository(store)
        const moves = [
          move(row, 'v1', [undefined, 'a']),
          move(row, 'v1', ['a', 'b']),
          move(row, 'v1', ['b', undefined]),
        ]
        await store.transaction(rows => rows.tagHistory.append([...moves, move(row, 'v2', [undefined, 'a'])]))
        const list = (page: object = {}) => store.rows.tagHistory.list(row.id, tag('v1'), { ...PAGE, ...page })
        const all = await list()
        expect(all.map(({ id: _, ...rest }) => rest)).toEqual(moves.toReversed())
        expect(await list({ limit: 1 })).toEqual(all.slice(0, 1))
        expect(await list({ after: all[0]?.id })).toEqual(all.slice(1))
        expect(await list({ notDueAt: 2_000 })).toEqual([])
      }),
    )

    it(
      'counts a tag as lost until its image has it again, and once for each image',
      withStore(async store => {
        const row = await addRepository(store)
        const lost = async () => {
          const found = await store.rows.tagHistory.lost(row.id, PAGE)
          return found.map(each => [each.tag, each.from])
        }
        const go = (...steps: readonly (readonly [string | undefined, string | undefined])[]) =>
          store.transaction(async rows => {
            for (const step of steps) await rows.tagHistory.append([move(row, 'v1', step)])
          })
        await go([undefined, 'a'])
        expect(await lost()).toEqual([])
        await go(['a', 'b'])
        expect(await lost()).toEqual([['v1', digest('a')]])
        await go(['b', 'a'])
        expect(await lost()).toEqual([['v1', digest('b')]])
        for (let each = 0; each < 5; each++) await go(['a', 'b'], ['b', 'a'])
        expect(await lost()).toEqual([['v1', digest('b')]])
        await go(['a', undefined])
        expect(await lost()).toEqual([
          ['v1', digest('a')],
          ['v1', digest('b')],
        ])
      }),
    )

    it(
      'lists lost tags of a repository and of an account, and finds them by tag and by image',
      withStore(async store => {
        const row = await addRepository(store)
        const other = await store.transaction(rows => rows.repositories.create(newRepository('other')))
        const foreign = { id: 99 as RepositoryId, accountId: OTHER_ACCOUNT }
        await store.transaction(rows =>
          rows.tagHistory.append([
            move(row, 'v1', ['a', 'b']),
            move(row, 'v1', ['b', 'c']),
            move(other, 'v1', ['a', 'b']),
            move(row, 'v2', ['a', undefined], { keepUntil: 9_000 }),
            move(foreign, 'v1', ['a', 'b']),
          ]),
        )
        const { tagHistory } = store.rows
        const all = await tagHistory.lostOfAccount(ACCOUNT, PAGE)
        expect(all.map(each => [each.repositoryId, each.tag, each.from])).toEqual([
          [row.id, 'v2', digest('a')],
          [other.id, 'v1', digest('a')],
          [row.id, 'v1', digest('b')],
          [row.id, 'v1', digest('a')],
        ])
        expect(await tagHistory.lostOfAccount(ACCOUNT, { ...PAGE, limit: 2, after: all[0]?.id })).toEqual(
          all.slice(1, 3),
        )
        expect(await tagHistory.lost(row.id, { ...PAGE, notDueAt: 2_000 })).toEqual(all.slice(0, 1))
        const named = async (tags: string[], digests: string[], now = 0) => {
          const found = await tagHistory.lostNamed(row.id, { tags: tags.map(tag), digests: digests.map(digest) }, now)
          return found.map(each => [each.tag, each.from])
        }
        const [a1, b1, a2] = [
          ['v1', digest('a')],
          ['v1', digest('b')],
          ['v2', digest('a')],
        ]
        expect(await named(['v1'], [])).toEqual([a1, b1])
        expect(await named([], ['a'])).toEqual([a1, a2])
        expect(await named(['v1', 'v2'], ['a', 'b'])).toEqual([a1, b1, a2])
        expect(await named(['v1', 'v2'], ['a', 'b'], 2_000)).toEqual([a2])
        expect(await named([], [])).toEqual([])
      }),
    )

    it(
      'is given up and forgotten in steps, and goes with its repository',
      withStore(async store => {
        const row = await addRepository(store)
        const other = await store.transaction(rows => rows.repositories.create(newRepository('other')))
        const steps = ['a', 'b', 'c'].map((from, at) => move(row, 'v1', [from, 'z'], { keepUntil: 1_000 + at }))
        await store.transaction(rows => rows.tagHistory.append([...steps, move(other, 'v1', ['a', 'b'])]))
        const giveUp = () => store.transaction(rows => rows.tagHistory.giveUp(row.id, 2))
        expect([await giveUp(), await giveUp(), await giveUp()]).toEqual([2, 1, 0])
        const { tagHistory } = store.rows
        const counts = async () => [
          (await tagHistory.lost(row.id, PAGE)).length,
          (await tagHistory.list(row.id, tag('v1'), PAGE)).length,
          (await tagHistory.lost(other.id, PAGE)).length,
        ]
        expect(await counts()).toEqual([0, 3, 1])
        const forget = (now: number) => store.transaction(rows => rows.tagHistory.removeDue(now, 2))
        expect([await forget(999), await forget(1_002), await forget(1_002)]).toEqual([0, 2, 1])
        expect(await counts()).toEqual([0, 0, 1])
        await store.transaction(rows => rows.hiddenRepositories.delete(other.id, 1))
        expect(await counts()).toEqual([0, 0, 0])
      }),
    )
  })
}
