import { describe, expect, it } from 'vitest'
import { digestOf } from '../../../domain/digest.ts'
import { journalledKeys } from '../../../testing/journalled-keys.ts'
import type { Rows } from '../../metadata-store.ts'
import { addRepository, key, newRepository, upload, type WithStore } from '../testing/fixtures.ts'

export function uploadContract(withStore: WithStore): void {
  describe('uploads', () => {
    it(
      'are found in their own repository, with the parts they received',
      withStore(async store => {
        const { id } = await addRepository(store)
        const row = upload(id, 'u1')
        const other = await store.transaction(async rows => {
          await rows.uploads.create(row)
          return rows.repositories.create(newRepository('other'))
        })
        expect(await store.rows.uploads.find(id, row.id)).toEqual(row)
        expect(await store.rows.uploads.find(other.id, row.id)).toBeUndefined()
        const change = { parts: 2, lastPartBytes: 2 ** 40, hasSmallPart: true }
        await store.transaction(rows => rows.uploads.addPart(row.id, change))
        expect(await store.rows.uploads.find(id, row.id)).toEqual({ ...row, ...change })
      }),
    )

    it(
      'end once: completed, or cancelled with their key journalled',
      withStore(async store => {
        const { id } = await addRepository(store)
        const [done, dropped] = [upload(id, 'done'), upload(id, 'dropped')]
        await store.transaction(async ({ uploads }) => {
          await uploads.create(done)
          await uploads.create(dropped)
          expect(await uploads.complete(done.id)).toBe(true)
          expect(await uploads.complete(done.id)).toBe(false)
          expect(await uploads.cancel(done.id)).toBe(false)
          expect(await uploads.cancel(dropped.id)).toBe(true)
          expect(await uploads.cancel(dropped.id)).toBe(false)
        })
        const { uploads } = store.rows
        expect(await uploads.find(id, done.id)).toBeUndefined()
        expect(await uploads.find(id, dropped.id)).toBeUndefined()
        expect(await journalledKeys(store.rows)).toEqual([dropped.storageKey])
        await store.transaction(rows => rows.journal.removed(dropped.storageKey))
        await store.transaction(rows => rows.journal.removed(key('absent')))
        expect(await journalledKeys(store.rows)).toEqual([])
      }),
    )

    it(
      'expire in the order of their time, unless it was extended',
      withStore(async store => {
        const { id } = await addRepository(store)
        const rows = [
          upload(id, 'late', { expiresAt: 30 }),
          upload(id, 'early', { expiresAt: 10 }),
          upload(id, 'extended', { expiresAt: 5 }),
          upload(id, 'middle', { expiresAt: 20 }),
        ]
        await store.transaction(async ({ uploads }) => {
          for (const row of rows) await uploads.create(row)
          await uploads.extend(rows[2]?.id ?? upload(id, '').id, 40)
        })
        const expired = async (now: number, limit = 10) =>
          (await store.rows.uploads.expired(now, limit)).map(row => row.id)
        expect(await expired(9)).toEqual([])
        expect(await expired(20)).toEqual(['early', 'middle'])
        expect(await expired(100)).toEqual(['early', 'middle', 'late', 'extended'])
        expect(await expired(100, 1)).toEqual(['early'])
      }),
    )

    it(
      'are one claim’s at a time, until it is given back or over',
      withStore(async store => {
        const { id } = await addRepository(store)
        const row = upload(id, 'u')
        const other = await store.transaction(async rows => {
          await rows.uploads.create(row)
          return rows.repositories.create(newRepository('other'))
        })
        const { uploads } = store.rows
        const claim = (now: number, until: number, repositoryId = id) =>
          store.transaction(rows => rows.uploadClaims.claim(repositoryId, row.id, { now, until }))
        const change = <T>(work: (rows: Rows) => Promise<T>) => store.transaction(work)
        expect(await claim(10, 20, other.id)).toBeUndefined()
        expect(await claim(10, 20)).toEqual({ upload: row, turn: 1, hashed: undefined })
        expect([await claim(19, 30), await uploads.expired(row.expiresAt, 1)]).toEqual(['taken', [row]])

        expect(await change(rows => rows.uploadClaims.renew(row.id, 1, row.expiresAt + 5))).toBe(true)
        expect([await claim(29, 40), await uploads.expired(row.expiresAt, 1)]).toEqual(['taken', []])

        const hashed = { digest: digestOf('so far'), sizeBytes: 2 ** 40 }
        await change(rows => rows.uploadClaims.release(row.id, 1, hashed))
        expect(await claim(29, 40)).toEqual({ upload: row, turn: 2, hashed })

        // Time is over: the next one takes it, and the one before has no say any more.
        expect(await claim(40, 50)).toMatchObject({ turn: 3 })
        expect(await change(rows => rows.uploadClaims.renew(row.id, 2, 90))).toBe(false)
        await change(rows => rows.uploadClaims.release(row.id, 2, undefined))
        expect(await change(rows => rows.uploads.complete(row.id, 2))).toBe(false)
        expect(await change(rows => rows.uploads.cancel(row.id, 2))).toBe(false)
        expect(await claim(45, 60)).toBe('taken')
        await change(rows => rows.uploadClaims.release(row.id, 3, undefined))
        expect(await claim(45, 60)).toEqual({ upload: row, turn: 4, hashed: undefined })
        expect(await change(rows => rows.uploads.complete(row.id, 4))).toBe(true)
        expect(await claim(45, 60)).toBeUndefined()
      }),
    )

    it(
      'pass a wish on to who has them, until it is granted or another one has',
      withStore(async store => {
        const { id } = await addRepository(store)
        const row = upload(id, 'u')
        await store.transaction(rows => rows.uploads.create(row))
        const change = <T>(work: (rows: Rows) => Promise<T>) => store.transaction(work)
        const { uploadClaims } = store.rows
        const [flush, takeOver] = [
          { kind: 'flush', until: 90 },
          { kind: 'takeOver', firstByte: 2 ** 40, until: 91 },
        ] as const
        expect(await change(rows => rows.uploadClaims.ask(row.id, 10, flush))).toBe(false)
        const claim = (now: number, until: number) =>
          change(rows => rows.uploadClaims.claim(id, row.id, { now, until }))
        await claim(10, 20)
        expect(await change(rows => rows.uploadClaims.ask(row.id, 15, flush))).toBe(true)
        expect(await uploadClaims.last(row.id)).toEqual({ turn: 1, until: 20, wish: flush })
        expect(await change(rows => rows.uploadClaims.ask(row.id, 15, takeOver))).toBe(true)
        expect(await uploadClaims.last(row.id)).toEqual({ turn: 1, until: 20, wish: takeOver })
        await change(rows => rows.uploadClaims.grant(row.id, 1))
        expect(await uploadClaims.last(row.id)).toEqual({ turn: 1, until: 20, wish: undefined })

        expect(await change(rows => rows.uploadClaims.ask(row.id, 20, flush))).toBe(false)
        await change(rows => rows.uploadClaims.ask(row.id, 15, flush))
        await claim(30, 40)
        expect(await uploadClaims.last(row.id)).toEqual({ turn: 2, until: 40, wish: undefined })
        await change(rows => rows.uploadClaims.ask(row.id, 35, flush))
        await change(rows => rows.uploadClaims.grant(row.id, 1))
        expect(await uploadClaims.last(row.id)).toMatchObject({ wish: flush })
        await change(rows => rows.uploadClaims.release(row.id, 2, undefined))
        expect(await uploadClaims.last(row.id)).toEqual({ turn: 2, until: 0, wish: undefined })
        await change(rows => rows.uploads.cancel(row.id))
        expect(await uploadClaims.last(row.id)).toBeUndefined()
        expect(await change(rows => rows.uploadClaims.ask(row.id, 15, flush))).toBe(false)
      }),
    )

    it(
      'pass no wish on where the claim is of a clock that was far ahead',
      withStore(async store => {
        const { id } = await addRepository(store)
        const row = upload(id, 'u')
        const ask = (now: number) =>
          store.transaction(rows => rows.uploadClaims.ask(row.id, now, { kind: 'flush', until: now + 5 }))
        await store.transaction(rows => rows.uploads.create(row))
        const until = 400 * 24 * 60 * 60 * 1000
        await store.transaction(rows => rows.uploadClaims.claim(id, row.id, { now: until - 10, until }))
        expect(await ask(20)).toBe(false)
        expect(await ask(until - 10)).toBe(true)
      }),
    )

    it(
      'are claimed by one of those who try at once',
      withStore(async store => {
        const { id } = await addRepository(store)
        const row = upload(id, 'u')
        await store.transaction(rows => rows.uploads.create(row))
        const tries = Array.from({ length: 8 }, () =>
          store.transaction(rows => rows.uploadClaims.claim(id, row.id, { now: 10, until: 20 })),
        )
        expect((await Promise.all(tries)).filter(each => each !== 'taken')).toHaveLength(1)
      }),
    )

    it(
      'journal no more keys than are asked for',
      withStore(async store => {
        const { id } = await addRepository(store)
        await store.transaction(async ({ uploads }) => {
          for (const name of ['a', 'b', 'c']) {
            await uploads.create(upload(id, name))
            await uploads.cancel(upload(id, name).id)
          }
        })
        expect(await store.rows.journal.due(0, 2)).toHaveLength(2)
        expect(await store.rows.journal.due(0, 5)).toHaveLength(3)
      }),
    )
  })
}
