import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { BlobStore, StorageKey } from '../../ports/blob-store.ts'
import { upload } from '../../ports/metadata-contract/testing/fixtures.ts'
import { journalledKeys } from '../../testing/journalled-keys.ts'
import { keysIn, openTemporaryRegistry, type TemporaryRegistry } from '../../testing/temporary-registry.ts'
import { Removals } from './removals.ts'

describe('Removals', () => {
  let registry: TemporaryRegistry
  let errors: unknown[]
  beforeEach(async () => {
    registry = await openTemporaryRegistry()
    errors = []
  })
  afterEach(() => registry[Symbol.asyncDispose]())

  const over = (blobs: BlobStore) => new Removals({ ...registry.context, blobs }, error => errors.push(error))
  const journal = () => journalledKeys(registry.metadata.rows)
  /** Objects whose keys are in the journal, as when their sessions were cancelled. */
  const journalled = async (count: number): Promise<StorageKey[]> => {
    const { repository, metadata, context } = registry
    const rows = Array.from({ length: count }, () => upload(repository.id, randomUUID()))
    for (const { storageKey } of rows) await (await context.blobs.create(storageKey)).close()
    await metadata.transaction(async ({ uploads }) => {
      for (const row of rows) {
        await uploads.create(row)
        await uploads.cancel(row.id)
      }
    })
    return journal()
  }

  it.each([false, true])('empties a journal of several batches, and may spare the disk: %s', async sparesDisk => {
    await journalled(205)
    await new Removals(registry.context, error => errors.push(error), { sparesDisk }).emptyJournal()
    expect([await journal(), await keysIn(registry.context.blobs), errors]).toEqual([[], [], []])
  })

  it('removes the others where some cannot be removed, and tries those again a minute later', async () => {
    const keys = await journalled(103)
    const stuck = new Set([keys[0], keys[50]])
    const removals = over({
      ...registry.context.blobs,
      remove: async key => {
        if (stuck.has(key)) throw new Error('not now')
        await registry.context.blobs.remove(key)
      },
    })
    expect(await removals.emptyJournal()).toEqual({ removed: 101, failures: 2 })
    expect(await journal()).toEqual([keys[0], keys[50]])
    expect(await keysIn(registry.context.blobs)).toEqual([keys[0], keys[50]])
    expect(errors).toHaveLength(2)
    stuck.clear()
    expect(await removals.emptyJournal()).toEqual({ removed: 0, failures: 0 })
    registry.context.clock.time += 60_000
    expect(await removals.emptyJournal()).toEqual({ removed: 2, failures: 0 })
    expect([await journal(), await keysIn(registry.context.blobs)]).toEqual([[], []])
  })

  it('is not held up by keys that fail, however many, and asks for them less and less often', async () => {
    const stuck = new Set(await journalled(250))
    let tries = 0
    const removals = over({
      ...registry.context.blobs,
      remove: async key => {
        if (!stuck.has(key)) return registry.context.blobs.remove(key)
        tries += 1
        throw new Error('not now')
      },
    })
    expect(await removals.emptyJournal()).toEqual({ removed: 0, failures: 250 })
    const keys = await journalled(1)
    expect(keys).toHaveLength(251)
    expect(await removals.emptyJournal()).toEqual({ removed: 1, failures: 0 })
    tries = 0
    for (let minute = 0; minute < 60; minute += 1) {
      registry.context.clock.time += 60_000
      await removals.emptyJournal()
    }
    // After 1, 3, 7, 15 and 31 minutes; the next would be after 63.
    expect(tries).toBe(5 * 250)
    await registry.metadata.transaction(rows => rows.journal.retryAll())
    stuck.clear()
    expect(await removals.emptyJournal()).toEqual({ removed: 250, failures: 0 })
  })

  it('stops soon where the server ends, and leaves the rest to the journal', async () => {
    await journalled(50)
    const ending = new AbortController()
    const { blobs } = registry.context
    const store = {
      ...blobs,
      remove: async (key: StorageKey) => {
        ending.abort()
        await blobs.remove(key)
      },
    }
    const removals = new Removals({ ...registry.context, blobs: store }, error => errors.push(error), {
      signal: ending.signal,
    })
    const { removed } = await removals.emptyJournal()
    expect(removed).toBeGreaterThan(0)
    expect(await journal()).toHaveLength(50 - removed)
    expect(removed).toBeLessThan(50)
    expect((await keysIn(blobs)).length).toBe(50 - removed)
    expect(await removals.emptyJournal()).toEqual({ removed: 0, failures: 0 })
  })

  it('takes bytes that are not there for removed', async () => {
    const [key] = await journalled(1)
    if (key !== undefined) await registry.context.blobs.remove(key)
    expect(await over(registry.context.blobs).emptyJournal()).toEqual({ removed: 1, failures: 0 })
    expect([await journal(), errors]).toEqual([[], []])
  })

  it('looks once more for a call that comes while it runs, however late', async () => {
    const [first] = await journalled(1)
    let calls = 0
    const removals: Removals = over({
      ...registry.context.blobs,
      remove: async key => {
        await registry.context.blobs.remove(key)
        if (key !== first) return
        calls += 1
        await journalled(1)
        void removals.emptyJournal()
      },
    })
    await removals.emptyJournal()
    expect(calls).toBe(1)
    expect(await journal()).toEqual([])
  })

  it('loses no call that comes just as a run ends', async () => {
    const { metadata, context } = registry
    let turns = 0
    let late: Promise<void> | undefined
    let pending: StorageKey[] = []
    // The journal, in memory so that a call can be placed at any turn after the last look at it.
    const journal = {
      ...metadata.rows.journal,
      due: async () => {
        const keys = pending
        pending = []
        if (keys.length === 0 && late === undefined) late = later()
        return keys.map(storageKey => ({ storageKey, attempts: 0 }))
      },
    }
    const transaction = async () => undefined as never
    const removed: StorageKey[] = []
    const blobs = { ...context.blobs, remove: async (key: StorageKey) => void removed.push(key) }
    const removals = new Removals(
      { ...context, blobs, metadata: { ...metadata, transaction, rows: { ...metadata.rows, journal } } },
      error => errors.push(error),
    )
    const later = async () => {
      for (let turn = 0; turn < turns; turn += 1) await Promise.resolve()
      pending = ['late' as StorageKey]
      await removals.emptyJournal()
    }
    for (turns = 0; turns < 10; turns += 1) {
      late = undefined
      removed.length = 0
      await removals.emptyJournal()
      await late
      expect(removed, `a call ${turns} turns later`).toEqual(['late'])
    }
    expect(errors).toEqual([])
  })

  it('reports a journal that cannot be read, and does not reject', async () => {
    const { metadata } = registry
    const journal = { ...metadata.rows.journal, due: () => Promise.reject(new Error('gone')) }
    const context = { ...registry.context, metadata: { ...metadata, rows: { ...metadata.rows, journal } } }
    expect(await new Removals(context, error => errors.push(error)).emptyJournal()).toEqual({ removed: 0, failures: 1 })
    expect(errors).toEqual([new Error('gone')])
  })
})
