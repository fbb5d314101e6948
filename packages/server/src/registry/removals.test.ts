import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { BlobStore, StorageKey } from '../ports/blob-store.ts'
import { upload } from '../ports/metadata-contract/fixtures.contract.ts'
import { keysIn, openTemporaryRegistry, type TemporaryRegistry } from '../testing/temporary-registry.ts'
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
  const journal = () => registry.metadata.rows.uploads.removals(1_000)
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

  it('empties a journal of several batches', async () => {
    await journalled(205)
    await over(registry.context.blobs).sweep()
    expect([await journal(), await keysIn(registry.context.blobs), errors]).toEqual([[], [], []])
  })

  it('removes the others where some cannot be removed, and tries those again the next time', async () => {
    const keys = await journalled(103)
    const stuck = new Set([keys[0], keys[50]])
    const removals = over({
      ...registry.context.blobs,
      remove: async key => {
        if (stuck.has(key)) throw new Error('not now')
        await registry.context.blobs.remove(key)
      },
    })
    await removals.sweep()
    expect(await journal()).toEqual([keys[0], keys[50]])
    expect(await keysIn(registry.context.blobs)).toEqual([keys[0], keys[50]])
    expect(errors).not.toEqual([])
    stuck.clear()
    await removals.sweep()
    expect([await journal(), await keysIn(registry.context.blobs)]).toEqual([[], []])
  })

  it('looks once more for a call that comes while it sweeps, however late', async () => {
    const [first] = await journalled(1)
    let calls = 0
    const removals: Removals = over({
      ...registry.context.blobs,
      remove: async key => {
        await registry.context.blobs.remove(key)
        if (key !== first) return
        calls += 1
        await journalled(1)
        void removals.sweep()
      },
    })
    await removals.sweep()
    expect(calls).toBe(1)
    expect(await journal()).toEqual([])
  })

  it('loses no call that comes just as a sweep ends', async () => {
    const { metadata, context } = registry
    let turns = 0
    let late: Promise<void> | undefined
    let pending: StorageKey[] = []
    // The journal, in memory so that a call can be placed at any turn after the last look at it.
    const uploads = {
      ...metadata.rows.uploads,
      removals: async () => {
        const keys = pending
        pending = []
        if (keys.length === 0 && late === undefined) late = later()
        return keys
      },
    }
    const transaction = async () => undefined as never
    const removed: StorageKey[] = []
    const blobs = { ...context.blobs, remove: async (key: StorageKey) => void removed.push(key) }
    const removals = new Removals(
      { ...context, blobs, metadata: { ...metadata, transaction, rows: { ...metadata.rows, uploads } } },
      error => errors.push(error),
    )
    const later = async () => {
      for (let turn = 0; turn < turns; turn += 1) await Promise.resolve()
      pending = ['late' as StorageKey]
      await removals.sweep()
    }
    for (turns = 0; turns < 10; turns += 1) {
      late = undefined
      removed.length = 0
      await removals.sweep()
      await late
      expect(removed, `a call ${turns} turns later`).toEqual(['late'])
    }
    expect(errors).toEqual([])
  })

  it('reports a journal that cannot be read, and does not reject', async () => {
    const { metadata } = registry
    const uploads = { ...metadata.rows.uploads, removals: () => Promise.reject(new Error('gone')) }
    const context = { ...registry.context, metadata: { ...metadata, rows: { ...metadata.rows, uploads } } }
    await new Removals(context, error => errors.push(error)).sweep()
    expect(errors).toEqual([new Error('gone')])
  })
})
