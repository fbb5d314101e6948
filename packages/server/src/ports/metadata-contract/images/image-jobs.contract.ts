import { describe, expect, it } from 'vitest'
import { ACCOUNT, addRepository, digest, job, OTHER_ACCOUNT, tag, type WithStore } from '../testing/fixtures.ts'

const items = (...tags: string[]) =>
  tags.map((text, position) => ({ position, digest: digest(text), tag: text === '' ? undefined : tag(text) }))
const NONE = { images: 0, tags: 0 }

export function imageJobContract(withStore: WithStore): void {
  describe('jobs on images', () => {
    it(
      'are begun with their items, counted as steps settle these, and end once',
      withStore(async store => {
        const { id } = await addRepository(store)
        await store.transaction(rows => rows.imageJobs.create(job('one', id), items('v1', 'v2', '')))
        const { imageJobs } = store.rows
        const begun = { ...job('one', id), state: 'running', reason: undefined, finishedAt: undefined, items: 3 }
        expect(await imageJobs.find('one')).toEqual({ ...begun, ...NONE, handled: 0, failed: 0 })
        expect(await imageJobs.find('other')).toBeUndefined()
        const waiting = async () =>
          (await imageJobs.items('one', { limit: 9, only: 'waiting' })).map(row => row.position)
        expect(await waiting()).toEqual([0, 1, 2])

        const failed = { position: 1, outcome: 'failed', failure: '{"kind":"unknown"}' } as const
        const gone = { position: 0, outcome: 'image', failure: undefined } as const
        const step = { outcomes: [gone, failed], images: 4, tags: 1, at: 5 }
        await store.transaction(rows => rows.imageJobs.settle('one', step))
        expect(await imageJobs.find('one')).toMatchObject({ handled: 2, failed: 1, images: 4, tags: 1 })
        expect(await waiting()).toEqual([2])
        expect(await imageJobs.items('one', { limit: 9, only: 'failed' })).toEqual([
          { ...failed, digest: digest('v2'), tag: 'v2' },
        ])
        expect((await imageJobs.items('one', { after: 0, limit: 1 })).map(row => row.position)).toEqual([1])

        const again = { outcomes: [{ ...failed, outcome: undefined, failure: undefined }], ...NONE, at: 6 }
        await store.transaction(rows => rows.imageJobs.settle('one', again))
        expect(await imageJobs.find('one')).toMatchObject({ handled: 1, failed: 0, images: 4, tags: 1 })
        expect(await waiting()).toEqual([1, 2])

        const end = (state: 'done' | 'cancelled') =>
          store.transaction(rows => rows.imageJobs.finish('one', state, 'why', 9))
        expect([await end('cancelled'), await end('done')]).toEqual([true, false])
        expect(await imageJobs.find('one')).toMatchObject({ state: 'cancelled', reason: 'why', finishedAt: 9 })
      }),
    )

    it(
      'take turns, are listed newest first, and go when they have ended long ago',
      withStore(async store => {
        const { id } = await addRepository(store)
        const other = { accountId: OTHER_ACCOUNT, createdAt: 3 }
        await store.transaction(async rows => {
          await rows.imageJobs.create(job('one', id), items('v1'))
          await rows.imageJobs.create(job('two', id, { createdAt: 2 }), items('v2'))
          await rows.imageJobs.create(job('foreign', id, other), [])
        })
        const { imageJobs } = store.rows
        expect((await imageJobs.list(id, ACCOUNT, 9)).map(row => row.id)).toEqual(['two', 'one'])
        expect((await imageJobs.list(id, ACCOUNT, 1)).map(row => row.id)).toEqual(['two'])
        expect([await imageJobs.running(ACCOUNT), await imageJobs.running(OTHER_ACCOUNT)]).toEqual([2, 1])

        const next = async () => (await imageJobs.next())?.id
        expect(await next()).toBe('one')
        await store.transaction(rows => rows.imageJobs.settle('one', { outcomes: [], ...NONE, at: 7 }))
        expect(await next()).toBe('two')
        for (const each of ['one', 'two', 'foreign'])
          await store.transaction(rows => rows.imageJobs.finish(each, 'done', undefined, each === 'one' ? 10 : 20))
        expect(await next()).toBeUndefined()
        expect(await imageJobs.running(ACCOUNT)).toBe(0)

        const remove = (before: number) => store.transaction(rows => rows.imageJobs.removeFinished(before, 9))
        expect([await remove(10), await remove(11), await remove(11)]).toEqual([0, 1, 0])
        expect(await imageJobs.items('one', { limit: 9 })).toEqual([])
        expect((await imageJobs.list(id, ACCOUNT, 9)).map(row => row.id)).toEqual(['two'])
      }),
    )
  })
}
