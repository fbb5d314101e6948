import { afterEach, beforeEach, expect, it } from 'vitest'
import { digestOf } from '../../domain/digest.ts'
import { parseTag } from '../../domain/names.ts'
import { dayOf } from '../../ports/clock.ts'
import type { Rows } from '../../ports/metadata-store.ts'
import { openTemporaryRegistry, type TemporaryRegistry } from '../../testing/temporary-registry.ts'
import { forgetPullCounts, lastDays } from './pull-counts.ts'
import { PullNotes } from './pull-notes.ts'

const DAY_MS = 24 * 60 * 60 * 1000
const [V1, V2] = [parseTag('v1'), parseTag('v2')]

let registry: TemporaryRegistry
beforeEach(async () => {
  registry = await openTemporaryRegistry()
})
afterEach(() => registry[Symbol.asyncDispose]())

const newNotes = () => new PullNotes(registry.context, error => expect.unreachable(`${error}`))

/** What has been counted: the days of the repository with their pulls, and the tags. */
async function counted(): Promise<[byDay: Record<number, number>, ofTags: Record<string, number>]> {
  const { pullCounts } = registry.metadata.rows
  const days = lastDays(registry.context.clock, 90)
  const byDay = await pullCounts.byDay(registry.repository.id, days)
  const ofTags = await pullCounts.ofTags(registry.repository.id, [V1, V2], days)
  return [Object.fromEntries(byDay.map(({ day, pulls }) => [day, pulls])), Object.fromEntries(ofTags)]
}

it('writes the last pull of each image, once it is flushed', async () => {
  const pullNotes = newNotes()
  const { id } = registry.repository
  const [first, second] = [await registry.addImage('a'), await registry.addImage('b')]
  const times = async () => {
    const rows = await registry.metadata.rows.images.find(id, [first, second])
    return [first, second].map(digest => rows.find(row => row.digest === digest)?.lastPulledAt)
  }
  const { clock } = registry.context
  pullNotes.noteTime(id, first)
  clock.time += 10
  pullNotes.noteTime(id, first)
  expect(await times()).toEqual([undefined, undefined])
  await pullNotes.flush()
  expect(await times()).toEqual([clock.time, undefined])
  clock.time += 10
  pullNotes.noteTime(id, second)
  await pullNotes.flush()
  expect(await times()).toEqual([clock.time - 10, clock.time])
})

it('counts pulls by day, by tag where there was one, and not what belongs to an image', async () => {
  const pullNotes = newNotes()
  const { id } = registry.repository
  const { clock } = registry.context
  const [image, child] = [await registry.addImage('a', 'v1'), await registry.addImage('b')]
  const index = await registry.addIndex([child], 'v2')
  const today = dayOf(clock.time)
  for (const by of [V1, V1, V2, image, index, child, child]) pullNotes.count(id, by)
  pullNotes.count(id, parseTag(`${digestOf('a').replace(':', '-')}.sig`))
  expect(await counted()).toEqual([{}, {}])
  await pullNotes.flush()
  expect(await counted()).toEqual([{ [today]: 5 }, { v1: 2, v2: 1 }])

  pullNotes.count(id, V1)
  clock.time += DAY_MS
  pullNotes.count(id, V1)
  pullNotes.count(id, V1)
  await pullNotes.flush()
  expect(await counted()).toEqual([
    { [today]: 6, [today + 1]: 2 },
    { v1: 5, v2: 1 },
  ])

  clock.time += 89 * DAY_MS
  await forgetPullCounts(registry.context)
  expect(await counted()).toEqual([{ [today + 1]: 2 }, { v1: 2 }])
})

it('adds to what other servers have counted', async () => {
  const servers = [newNotes(), newNotes()]
  for (const server of servers) server.count(registry.repository.id, V1)
  await Promise.all(servers.map(server => server.flush()))
  expect((await counted())[1]).toEqual({ v1: 2 })
})

it('notes no more than it may while a write takes its time, and goes on counting what it has', async () => {
  const { metadata, context, repository } = registry
  let [goOn, writes] = [() => {}, 0]
  const held = new Promise<void>(resolve => {
    goOn = resolve
  })
  const transaction = async <T>(work: (rows: Rows) => Promise<T>) => {
    writes += 1
    await held
    return metadata.transaction(work)
  }
  const slow = { ...context, metadata: { ...metadata, transaction } }
  const pullNotes = new PullNotes(slow as typeof context, error => expect.unreachable(`${error}`))
  // The first 10,000 are being written, so many more are noted, and what is new beyond them is not.
  for (let at = 0; at < 25_000; at += 1) pullNotes.count(repository.id, parseTag(`t${at}`))
  pullNotes.count(repository.id, parseTag('t10000'))
  pullNotes.count(repository.id, V1)
  const flushed = pullNotes.flush()
  goOn()
  await flushed
  const [byDay, ofTags] = await counted()
  expect([Object.values(byDay), ofTags]).toEqual([[20_001], {}])
  expect(writes).toBeGreaterThan(1)
  expect(pullNotes.totals).toEqual({ counted: 20_001, lost: 5_001 })
})

it('keeps times that cannot be written for the next time, and gives counts up', async () => {
  const errors: unknown[] = []
  let isDown = true
  const { metadata, repository } = registry
  const transaction = <T>(work: (rows: Rows) => Promise<T>) =>
    isDown ? Promise.reject(new Error('not now')) : metadata.transaction(work)
  const context = { ...registry.context, metadata: { ...metadata, transaction } }
  const pullNotes = new PullNotes(context, error => errors.push(error))
  const [first, second] = [await registry.addImage('a'), await registry.addImage('b')]
  const pulledAt = context.clock.time
  for (const image of [first, second]) pullNotes.noteTime(repository.id, image)
  for (const by of [V1, V1, V2]) pullNotes.count(repository.id, by)
  await pullNotes.flush()
  expect(errors).toHaveLength(1)
  expect(pullNotes.totals).toEqual({ counted: 0, lost: 3 })

  context.clock.time += 10
  pullNotes.noteTime(repository.id, second)
  isDown = false
  await pullNotes.flush()
  const rows = await metadata.rows.images.find(repository.id, [first, second])
  const times = new Map(rows.map(row => [row.digest, row.lastPulledAt]))
  expect([times.get(first), times.get(second)]).toEqual([pulledAt, pulledAt + 10])
  expect(await counted()).toEqual([{}, {}])
  expect(errors).toHaveLength(1)
})

it('keeps no more times than leave room for new notes, while nothing can be written', async () => {
  const context = {
    ...registry.context,
    metadata: { ...registry.metadata, transaction: () => Promise.reject(new Error('not now')) },
  }
  let flushes = 0
  const pullNotes = new PullNotes(context, () => {
    flushes += 1
  })
  for (let at = 0; at < 9_000; at += 1) pullNotes.noteTime(registry.repository.id, digestOf(`${at}`))
  await pullNotes.flush()
  for (let at = 0; at < 4_000; at += 1) pullNotes.count(registry.repository.id, parseTag(`t${at}`))
  expect([flushes, pullNotes.totals.lost]).toEqual([1, 0])
})
