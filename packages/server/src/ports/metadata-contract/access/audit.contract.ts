import { describe, expect, it } from 'vitest'
import type { AuditFilter, AuditRecord } from '../../rows/access/audit.ts'
import type { Page } from '../../rows/common.ts'
import {
  ACCOUNT,
  addRepository,
  digest,
  manifest,
  OTHER_ACCOUNT,
  putImage,
  tag,
  type WithStore,
  walk,
} from '../testing/fixtures.ts'

export function auditContract(withStore: WithStore): void {
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
        expect(await times({ newestFirst: true })).toEqual([5, 4, 3, 2, 1])
        expect(await times({ accountId: ACCOUNT })).toEqual([1, 2, 3])
        expect(await times({ accountId: ACCOUNT, newestFirst: true })).toEqual([3, 2, 1])
        expect(await times({ accountId: ACCOUNT, repository: 'web' })).toEqual([1, 2])
        expect(await times({ action: 'DeleteImage', since: 2, until: 4 })).toEqual([3])

        const ids = (await store.rows.audit.list({}, { limit: 5 })).map(row => row.id)
        const endOf = (filter: AuditFilter, limit: number) => store.rows.audit.endOfPart(filter, { limit })
        expect(await endOf({ accountId: ACCOUNT, action: 'RestoreImage' }, 3)).toBe(ids[2])
        expect(await endOf({ accountId: ACCOUNT, newestFirst: true }, 3)).toBe(ids[0])
        expect(await endOf({ accountId: ACCOUNT, repository: 'web' }, 3)).toBeUndefined()
        expect(await times({ accountId: ACCOUNT, upTo: ids[1] })).toEqual([1, 2])
        expect(await times({ accountId: ACCOUNT, newestFirst: true, upTo: ids[1] })).toEqual([3, 2])
      }),
    )
  })
}
