import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isProblem } from '../../domain/problem.ts'
import type { StorageKey } from '../../ports/blob-store.ts'
import { ACCOUNT, addRegistry } from '../../ports/metadata-contract/testing/fixtures.ts'
import type { MetadataStore } from '../../ports/metadata-store.ts'
import { openSqliteMetadata } from './open-sqlite-metadata.ts'
import { WriteAheadLog } from './write-ahead-log.ts'

const unavailable = (error: unknown) => isProblem(error, 'unavailable')

/** A disk whose syncs end when the test says so. */
class Disk {
  readonly syncs: { end: () => void; fail: (error: Error) => void }[] = []
  isClosed = false

  readonly open = async () => ({
    datasync: () => new Promise<void>((end, fail) => this.syncs.push({ end, fail })),
    close: async () => {
      this.isClosed = true
    },
  })

  /** Ends the sync that was begun last, once there are so many. */
  async end(count: number, error?: Error): Promise<void> {
    while (this.syncs.length < count) await nextTurn()
    const sync = this.syncs.at(-1)
    if (error === undefined) sync?.end()
    else sync?.fail(error)
  }
}

/** Whether a promise has been settled by now, and all that follows from it. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false
  const settle = () => {
    settled = true
  }
  promise.then(settle, settle)
  for (let turn = 0; turn < 10; turn += 1) await nextTurn()
  return settled
}

let disk: Disk
beforeEach(() => {
  disk = new Disk()
})

describe('the log', () => {
  it('syncs for all that were written before the sync began, and once more for what came later', async () => {
    const log = new WriteAheadLog({ open: disk.open })
    await log.synced()
    log.note()
    const first = log.synced()
    log.note()
    const early = log.synced()
    await disk.end(1)
    await Promise.all([first, early])
    log.note()
    const begun = log.synced()
    while (disk.syncs.length < 2) await nextTurn()
    log.note()
    const late = log.synced()
    await disk.end(2)
    await begun
    expect([log.isBehind, await isSettled(late)]).toEqual([true, false])
    await disk.end(3)
    await late
    expect([log.isBehind, disk.syncs.length]).toEqual([false, 3])
    await log.close()
    expect(disk.isClosed).toBe(true)
  })

  it('counts a commit of another thread from its beginning, and syncs for it after its end alone', async () => {
    const log = new WriteAheadLog({ open: disk.open })
    log.note()
    const earlier = log.synced()
    let end = () => {}
    log.noteAfter(
      new Promise(resolve => {
        end = resolve
      }),
    )
    const [seen, everything] = [log.synced(), log.syncAll()]
    await disk.end(1)
    await earlier
    expect([log.isBehind, await isSettled(seen), disk.syncs.length]).toEqual([true, false, 1])
    end()
    await disk.end(2)
    await Promise.all([seen, everything])
    expect([log.isBehind, disk.syncs.length]).toEqual([false, 2])
  })

  it('does not count a sync that was begun during a commit of another thread', async () => {
    const log = new WriteAheadLog({ open: disk.open })
    let fail = (_: Error) => {}
    log.noteAfter(
      new Promise((_, reject) => {
        fail = reject
      }),
    )
    const everything = log.syncAll()
    expect([await isSettled(everything), disk.syncs.length]).toEqual([false, 0])
    // A thread that died may have committed before.
    fail(new Error('the thread has ended'))
    await disk.end(1)
    await everything
    expect(log.isBehind).toBe(false)
  })

  it('is never trusted again once a sync has failed', async () => {
    const log = new WriteAheadLog({ open: disk.open })
    log.note()
    const failed = log.synced()
    await disk.end(1, new Error('EIO'))
    await expect(failed).rejects.toSatisfy(unavailable)
    log.note()
    await expect(log.synced()).rejects.toSatisfy(unavailable)
    await expect(log.syncedAfter(async () => expect.fail('it is begun'))).rejects.toSatisfy(unavailable)
    expect(log.trouble).toMatch(/started again/)
    expect(disk.syncs).toHaveLength(1)
  })

  it('tells now and again that it has grown', () => {
    let told = 0
    const log = new WriteAheadLog({ open: disk.open, onLong: () => (told += 1) })
    for (let commit = 0; commit < 250; commit += 1) log.note()
    expect(told).toBe(2)
  })
})

describe('a store whose commits are synced apart', () => {
  let folder: string
  let store: MetadataStore
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'berth-log-'))
    const startWriteThread = () => expect.fail('nothing is large')
    const options = { file: join(folder, 'metadata.db'), openLogFile: disk.open, startWriteThread }
    store = await openSqliteMetadata(options)
    const made = store.transaction(rows => addRegistry(rows))
    await disk.end(1)
    await made
  })
  afterEach(async () => {
    await store.close()
    await rm(folder, { recursive: true })
  })
  const rename = () => store.transaction(rows => rows.registries.update(ACCOUNT, { displayName: 'new' }))

  it('tells nobody of a commit before it is on the disk, and serves others meanwhile', async () => {
    const renamed = rename()
    while (disk.syncs.length < 2) await nextTurn()
    expect(await store.rows.registries.find(ACCOUNT)).toMatchObject({ displayName: 'new' })
    const seen = store.settled?.() ?? expect.fail('what was seen is not on the disk')
    const looked = store.transaction(rows => rows.registries.find(ACCOUNT))
    const refused = store.transaction(async () => expect.fail('by what it saw'))
    refused.catch(() => {})
    expect(await Promise.all([renamed, seen, looked, refused].map(isSettled))).toEqual([false, false, false, false])
    await disk.end(2)
    await renamed
    await seen
    expect(await looked).toMatchObject({ displayName: 'new' })
    await expect(refused).rejects.toThrow('by what it saw')
    expect(disk.syncs).toHaveLength(2)
    expect(store.settled?.()).toBeUndefined()
  })

  it('shares a sync among commits', async () => {
    const first = rename()
    while (disk.syncs.length < 2) await nextTurn()
    const others = Array.from({ length: 10 }, rename)
    for (let turn = 0; turn < 50; turn += 1) await nextTurn()
    await disk.end(2)
    await first
    await disk.end(3)
    await Promise.all(others)
    expect(disk.syncs).toHaveLength(3)
  })

  it('refuses everything once the disk has lost something', async () => {
    const failed = rename()
    await disk.end(2, new Error('EIO'))
    await expect(failed).rejects.toSatisfy(unavailable)
    await expect(rename()).rejects.toSatisfy(unavailable)
    await expect(store.settled?.()).rejects.toSatisfy(unavailable)
    expect(store.trouble?.()).toMatch(/started again/)
  })

  it('has removals on the disk before it tells of them', async () => {
    const added = store.transaction(rows => rows.journal.add('a key' as StorageKey))
    await disk.end(2)
    await added
    const due = store.rows.journal.due(1, 10)
    expect(await isSettled(due)).toBe(false)
    await disk.end(3)
    expect(await due).toHaveLength(1)
    expect(await store.rows.journal.due(0, 0)).toEqual([])
  })
})
