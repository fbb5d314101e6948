import { describe, expect, it } from 'vitest'
import type { StorageKey } from '../../blob-store.ts'
import type { LongestTimes } from '../../rows/upkeep/times.ts'
import { ACCOUNT, addRepository, blob, digest, job, key, tag, upload, type WithStore } from '../testing/fixtures.ts'

const HOUR = 60 * 60 * 1000
const DAY = 24 * HOUR
const NOW = 1_000 * DAY
/** What a clock says that is 400 days ahead. */
const WRONG = NOW + 400 * DAY
const longest: LongestTimes = { slackMs: 60_000, blobLeaseMs: 6 * HOUR, uploadMs: DAY, retryMs: 6 * HOUR }

export function timesContract(withStore: WithStore): void {
  describe('times', () => {
    it(
      'that a right clock has written stay as they are',
      withStore(async store => {
        const { id } = await addRepository(store)
        await store.transaction(async ({ uploads, blobs, schedules, journal }) => {
          await uploads.create({ ...upload(id, 'u'), expiresAt: NOW + longest.uploadMs })
          await blobs.commit(id, blob('b'), NOW + longest.blobLeaseMs)
          await schedules.claim('work', NOW, NOW + 5 * 60_000, NOW)
          await uploads.cancel(upload(id, 'u').id)
          await journal.postpone(key(upload(id, 'u').storageKey), NOW + longest.retryMs)
        })
        expect(await store.rows.times.areWrong(NOW, longest)).toBe(false)
        expect(await store.transaction(rows => rows.times.mend(NOW, longest))).toEqual({})
      }),
    )

    it(
      'that lie further ahead are as if they had been written now',
      withStore(async store => {
        const { id } = await addRepository(store)
        const [open, gone] = [upload(id, 'open'), upload(id, 'gone')]
        await store.transaction(async ({ uploads, blobs, schedules, lifecycle, journal }) => {
          await uploads.create({ ...open, expiresAt: WRONG + longest.uploadMs })
          await uploads.create(gone)
          await uploads.cancel(gone.id)
          await journal.postpone(gone.storageKey as StorageKey, WRONG + longest.retryMs)
          await blobs.commit(id, blob('b'), WRONG + longest.blobLeaseMs)
          await schedules.claim('work', WRONG, WRONG + 60_000, WRONG)
          await schedules.claim('done', WRONG, WRONG + 60_000, WRONG)
          await schedules.finish('done', WRONG, '{}')
          await lifecycle.set(id, '{}')
          await lifecycle.setEvaluatedAt(id, WRONG)
        })
        await store.transaction(async ({ tagHistory, imageJobs }) => {
          const move = { repositoryId: id, accountId: ACCOUNT, tag: tag('v1'), from: digest('b'), to: undefined }
          await tagHistory.append([{ ...move, movedAt: WRONG, movedBy: 'somebody', keepUntil: WRONG + DAY }])
          for (const each of ['running', 'ended']) await imageJobs.create(job(each, id, { createdAt: WRONG }), [])
          await imageJobs.finish('ended', 'done', undefined, WRONG)
        })
        const { times, lifecycle, schedules, journal, reviews } = store.rows
        expect(await times.areWrong(NOW, longest)).toBe(true)
        expect(await store.transaction(rows => rows.times.mend(NOW, longest))).toEqual({
          ...{ schedules: 2, rules: 1, uploads: 1, removals: 1, blobLeases: 1, tagMoves: 1, imageJobs: 2 },
        })
        expect(await times.areWrong(NOW, longest)).toBe(false)
        expect(await store.rows.tagHistory.list(id, tag('v1'), { limit: 9, notDueAt: NOW })).toMatchObject([
          { movedAt: NOW, keepUntil: NOW + DAY },
        ])
        expect(await store.rows.imageJobs.find('ended')).toMatchObject({ createdAt: NOW, finishedAt: NOW })
        expect(await store.rows.imageJobs.find('running')).toMatchObject({ createdAt: NOW, finishedAt: undefined })
        expect(await journal.due(NOW, 10)).toHaveLength(1)
        expect(await lifecycle.due(NOW, { limit: 1 })).toHaveLength(1)
        expect((await schedules.find('done'))?.finishedAt).toBeUndefined()
        expect((await store.rows.uploads.find(id, open.id))?.expiresAt).toBe(NOW + longest.uploadMs)
        // The blob is kept for as long as it may need, and no longer.
        expect(await reviews.due(NOW + longest.blobLeaseMs - 1, 1)).toEqual([])
        const end = NOW + longest.blobLeaseMs
        expect(await reviews.due(end, 1)).toHaveLength(1)
        expect(await store.transaction(rows => rows.blobs.collect(blob('b').digest, end))).toBeDefined()
      }),
    )

    it(
      'of a claim that nobody can have taken keep nobody from taking it',
      withStore(async store => {
        const { id } = await addRepository(store)
        const row = upload(id, 'u')
        await store.transaction(async ({ uploads, schedules, uploadClaims }) => {
          await uploads.create(row)
          await uploadClaims.claim(id, row.id, { now: WRONG, until: WRONG + 10_000 })
          await schedules.claim('work', WRONG, WRONG + 60_000, WRONG)
          await schedules.claim('done', WRONG, WRONG + 60_000, WRONG)
          await schedules.finish('done', WRONG, '{}')
        })
        const turn = { now: NOW, until: NOW + 10_000 }
        await store.transaction(async ({ schedules, uploadClaims }) => {
          expect(await uploadClaims.claim(id, row.id, turn)).toMatchObject({ turn: 2 })
          expect(await uploadClaims.claim(id, row.id, turn)).toBe('taken')
          for (const name of ['work', 'done']) {
            expect(await schedules.claim(name, NOW, NOW + 60_000, NOW)).toBe(true)
            expect(await schedules.claim(name, NOW, NOW + 60_000, NOW)).toBe(false)
          }
          // Who has the work while the clock is set back keeps it.
          const before = NOW - 400 * DAY
          await schedules.renew('work', before + 60_000)
          expect(await schedules.claim('work', before, before + 60_000, before)).toBe(false)
        })
      }),
    )
  })
}
