import { describe, expect, it } from 'vitest'
import type { AuditRecord } from '../../rows/access/audit.ts'
import type { Page, RepositoryId } from '../../rows/common.ts'
import {
  ACCOUNT,
  addRepository,
  digest,
  manifest,
  newRepository,
  OTHER_ACCOUNT,
  putImage,
  tag,
  type WithStore,
  walk,
} from '../testing/fixtures.ts'

/** Owners' choices, keep rules, pull times, the audit log and work for one process. */
export function rulesContract(withStore: WithStore): void {
  describe('choices about deletions', () => {
    it(
      'are kept for a repository and for a registry',
      withStore(async store => {
        const { id } = await addRepository(store)
        const settings = { binDays: 0, protectedTags: ['v*', '!v0*'], immutableTags: ['*'] }
        await store.transaction(async rows => {
          await rows.repositorySettings.set(id, settings)
          await rows.registries.update(ACCOUNT, { binDays: 30 })
        })
        expect((await store.rows.repositories.get(id))?.settings).toEqual(settings)
        expect((await store.rows.registries.find(ACCOUNT))?.binDays).toBe(30)
        await store.transaction(rows => rows.registries.update(ACCOUNT, { verified: true }))
        expect((await store.rows.registries.find(ACCOUNT))?.binDays).toBe(30)
        await store.transaction(rows => rows.registries.update(ACCOUNT, { binDays: undefined }))
        expect((await store.rows.registries.find(ACCOUNT))?.binDays).toBeUndefined()
      }),
    )
  })

  describe('pull times', () => {
    it(
      'are the latest that was told, of live images only',
      withStore(async store => {
        const { id } = await addRepository(store)
        const pull = (seed: string, at: number) => ({ repositoryId: id, digest: digest(seed), at })
        await store.transaction(async rows => {
          await putImage(rows, manifest(id, digest('a')))
          await putImage(rows, manifest(id, digest('b')))
          await rows.images.recordPulls([pull('a', 20), pull('a', 10), pull('absent', 30)])
        })
        const times = (await store.rows.images.find(id, [digest('a'), digest('b')])).map(row => [
          row.digest,
          row.lastPulledAt,
        ])
        expect(Object.fromEntries(times)).toEqual({ [digest('a')]: 20, [digest('b')]: undefined })
      }),
    )
  })

  describe('keep rules', () => {
    it(
      'are set, carried out and taken away, and listed by repository',
      withStore(async store => {
        const { id } = await addRepository(store)
        const { lifecycle } = store.rows
        expect(await lifecycle.find(id)).toBeUndefined()
        const others = await store.transaction(async rows => {
          await rows.repositories.create(newRepository('without'))
          const { id: third } = await rows.repositories.create(newRepository('third'))
          await rows.lifecycle.set(id, '{"rules":[]}')
          await rows.lifecycle.setEvaluatedAt(id, 5)
          await rows.lifecycle.set(third, '{}')
          return [third]
        })
        const row = { repositoryId: id, policyText: '{"rules":[]}', evaluatedAt: 5 }
        expect(await lifecycle.find(id)).toEqual(row)
        expect(
          await walk(
            (page: Page<RepositoryId>) => lifecycle.due(5, page),
            each => each.repositoryId,
            1,
          ),
        ).toEqual([row, { repositoryId: others[0], policyText: '{}', evaluatedAt: undefined }])
        expect((await lifecycle.due(4, { limit: 9 })).map(each => each.repositoryId)).toEqual(others)
        await store.transaction(rows => rows.lifecycle.set(id, 'new'))
        expect(await lifecycle.find(id)).toEqual({ repositoryId: id, policyText: 'new', evaluatedAt: undefined })
        await store.transaction(rows => rows.lifecycle.set(id, undefined))
        expect(await lifecycle.find(id)).toBeUndefined()
      }),
    )

    it(
      'have one preview a repository, which goes with it',
      withStore(async store => {
        const { id } = await addRepository(store)
        for (const startedAt of [1, 2]) {
          const row = { repositoryId: id, policyText: `policy ${startedAt}`, startedAt }
          await store.transaction(rows => rows.lifecycle.putPreview(row))
          expect(await store.rows.lifecycle.findPreview(id)).toEqual(row)
        }
        await store.transaction(rows => rows.hiddenRepositories.delete(id, 0))
        expect(await store.rows.lifecycle.findPreview(id)).toBeUndefined()
      }),
    )
  })

  describe('the audit log', () => {
    it(
      'takes a record for each tag of an image at once',
      withStore(async store => {
        const { id } = await addRepository(store)
        await store.transaction(async rows => {
          for (const seed of ['a', 'b']) {
            await putImage(rows, manifest(id, digest(seed)))
            for (const name of ['v2', 'v1'])
              await rows.tags.put([
                {
                  repositoryId: id,
                  tag: tag(`${seed}-${name}`),
                  digest: digest(seed),
                  createdAt: 1,
                },
              ])
          }
          const record = { recordedAt: 7, action: 'DeleteImage', principal: 'ada', via: 'call' } as const
          await rows.audit.appendForTags({ ...record, accountId: ACCOUNT, detail: 'why' }, id, digest('a'))
          await rows.audit.appendForTags(record, id, digest('absent'))
        })
        const written = await store.rows.audit.list({}, { limit: 10 })
        expect(written.map(({ id: _, ...record }) => record)).toEqual(
          ['a-v1', 'a-v2'].map(name => ({
            ...{ recordedAt: 7, action: 'DeleteImage', principal: 'ada', via: 'call', accountId: ACCOUNT },
            ...{ sourceAddress: undefined, repository: undefined, digest: digest('a'), tag: name, detail: 'why' },
          })),
        )
      }),
    )

    it(
      'is read back in order, filtered, a page at a time',
      withStore(async store => {
        const record = (recordedAt: number, change: Partial<AuditRecord> = {}): AuditRecord => ({
          recordedAt,
          action: 'DeleteImage',
          principal: 'ada',
          via: 'call',
          accountId: ACCOUNT,
          repository: 'web',
          ...change,
        })
        const records = [
          record(1, { sourceAddress: '127.0.0.1', digest: digest('a'), tag: 'v1', detail: 'why' }),
          record(2, { action: 'RestoreImage' }),
          record(3, { repository: 'api', via: 'rule' }),
          record(4, { accountId: OTHER_ACCOUNT }),
          record(5, { accountId: undefined, repository: undefined, via: 'admin' }),
        ]
        await store.transaction(rows => rows.audit.append(records))
        const times = async (filter: Parameters<typeof store.rows.audit.list>[0]) =>
          (
            await walk(
              (page: Page<number>) => store.rows.audit.list(filter, page),
              row => row.id,
              2,
            )
          ).map(row => row.recordedAt)
        const [first] = await store.rows.audit.list({}, { limit: 1 })
        expect(first).toEqual({ ...records[0], id: first?.id })
        expect(await times({})).toEqual([1, 2, 3, 4, 5])
        expect(await times({ accountId: ACCOUNT })).toEqual([1, 2, 3])
        expect(await times({ accountId: ACCOUNT, repository: 'web' })).toEqual([1, 2])
        expect(await times({ action: 'DeleteImage', since: 2, until: 4 })).toEqual([3])
      }),
    )
  })

  describe('work for one process at a time', () => {
    it(
      'is taken by one, and again when its lease or its interval is over',
      withStore(async store => {
        const claim = (now: number, notSince = now) =>
          store.transaction(rows => rows.schedules.claim('clean', now, now + 10, notSince))
        expect([await claim(100), await claim(105), await claim(110)]).toEqual([true, false, true])
        for (const until of [130, 125]) await store.transaction(rows => rows.schedules.renew('clean', until))
        expect([await claim(129), await claim(130)]).toEqual([false, true])
        await store.transaction(rows => rows.schedules.finish('clean', 132, '{"n":1}'))
        expect(await store.rows.schedules.find('clean')).toEqual({
          name: 'clean',
          leaseUntil: 132,
          finishedAt: 132,
          report: '{"n":1}',
        })
        expect([await claim(135, 131), await claim(135, 132)]).toEqual([false, true])
        expect(await store.rows.schedules.find('other')).toBeUndefined()
      }),
    )
  })
}
