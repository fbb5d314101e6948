import { afterAll, beforeAll, expect, it } from 'vitest'
import type { AuditFilter } from '../ports/rows/access/audit.ts'
import { ACCOUNT, openTemporaryRegistry, type TemporaryRegistry } from '../testing/temporary-registry.ts'
import { listRecords } from './audit.ts'

/** More than is looked through at a time, twice. */
const RECORDS = 4_500

let registry: TemporaryRegistry
beforeAll(async () => {
  registry = await openTemporaryRegistry()
  const common = { principal: 'p', via: 'call' as const, accountId: ACCOUNT, repository: 'tools/web' }
  const records = Array.from({ length: RECORDS }, (_, at) => ({
    ...{ ...common, recordedAt: at },
    action: at % 2_000 === 7 ? 'CreateRepository' : 'DeleteImage',
  }))
  await registry.metadata.transaction(rows => rows.audit.append(records))
})
afterAll(() => registry[Symbol.asyncDispose]())

/** All pages of a listing, and the lengths of the parts in which its records were looked for. */
async function walk(filter: AuditFilter, limit: number) {
  const { metadata } = registry
  const { audit } = metadata.rows
  const parts: (number | undefined)[] = []
  const list: typeof audit.list = async (asked, page) => {
    const of = (upTo: number | undefined) =>
      audit.list({ accountId: ACCOUNT, newestFirst: asked.newestFirst, upTo }, { after: page.after, limit: RECORDS })
    parts.push(asked.upTo === undefined ? undefined : (await of(asked.upTo)).length)
    return audit.list(asked, page)
  }
  const watched = { ...metadata, rows: { ...metadata.rows, audit: { ...audit, list } } }
  const times: number[] = []
  for (let after: number | undefined; ; ) {
    const { items, next } = await listRecords(watched, { accountId: ACCOUNT, ...filter }, { after, limit })
    for (const each of items) times.push(each.recordedAt)
    if (next === undefined) return { times, parts }
    after = next
  }
}

it('looks for what is rare a part at a time, in either order and however it is paged', async () => {
  for (const limit of [1, 2, 50]) {
    const oldest = await walk({ action: 'CreateRepository' }, limit)
    expect([limit, oldest.times]).toEqual([limit, [7, 2_007, 4_007]])
    const newest = await walk({ action: 'CreateRepository', newestFirst: true }, limit)
    expect([limit, newest.times]).toEqual([limit, [4_007, 2_007, 7]])
    for (const part of [...oldest.parts, ...newest.parts]) expect(part ?? 0).toBeLessThanOrEqual(2_000)
  }
  expect((await walk({ since: 10, until: 13 }, 2)).times).toEqual([10, 11, 12])
  expect((await walk({ action: 'PutImage' }, 50)).times).toEqual([])
})

it('reads what is not filtered as it comes', async () => {
  const { times, parts } = await walk({ repository: 'tools/web', newestFirst: true }, 1_000)
  expect([times.length, times[0]]).toEqual([RECORDS, RECORDS - 1])
  expect(parts).toEqual([undefined, undefined, undefined, undefined, undefined])
})
