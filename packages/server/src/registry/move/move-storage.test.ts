import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createMemoryBlobStore } from '../../adapters/blob-memory/blob-memory.ts'
import type { BlobStore, StorageKey } from '../../ports/blob-store.ts'
import type { MetadataStore } from '../../ports/metadata-store.ts'
import { openTemporaryRegistry, type TemporaryRegistry } from '../../testing/temporary-registry.ts'
import { reopenSource } from './move.ts'
import { MoveRefused, type Storage } from './move-target.ts'
import { bytesIn, dump, fill, moveBetween, type OpenStorage, openEmpty, storageOf } from './testing/moving.ts'

const clock = { now: () => 1000 }
const KILLS = 40

let registry: TemporaryRegistry
let source: Storage
let target: OpenStorage
beforeEach(async () => {
  registry = await openTemporaryRegistry({ files: true })
  source = storageOf(registry)
  target = await openEmpty()
})
afterEach(async () => {
  await registry[Symbol.asyncDispose]()
  await target[Symbol.asyncDispose]()
})

const unavailable = expect.objectContaining({ problem: expect.objectContaining({ kind: 'unavailable' }) })
const write = ({ metadata }: Storage) => metadata.transaction(rows => rows.signingKeys.delete('none'))
const keyOf = async (digest: string) => {
  const blob = await registry.metadata.rows.inventory.findBlob(digest as never)
  if (blob === undefined) throw new Error('no such blob')
  return blob.storageKey
}
const replaceBytes = async (key: StorageKey, bytes: Buffer) => {
  await source.blobs.remove(key)
  const writer = await source.blobs.create(key)
  await writer.write(Buffer.from(bytes))
  await writer.commit()
}

describe('moveStorage', () => {
  it('takes along every row and every byte, and the source is left to pulls', async () => {
    await fill(registry)
    const { report } = await moveBetween(source, target)
    expect(report).toMatchObject({
      state: 'moved',
      copied: { blobs: 3 },
      faults: 0,
      rows: { tags: 2, access_keys: 1, deleted_image_tags: 2 },
    })
    expect(await dump(target)).toEqual(await dump(source))
    expect(await bytesIn(target.blobs)).toEqual(await bytesIn(source.blobs))
    await expect(write(source)).rejects.toEqual(unavailable)
    await write(target)
    expect(await target.metadata.rows.moves.journal({ limit: 1 })).toEqual([])
  })

  it('gives ids at the target that the source never gave', async () => {
    const { metadata, repository } = registry
    const { repository: last } = await registry.addRepository('tools/last')
    await metadata.transaction(rows => rows.hiddenRepositories.delete(last.id, 1))
    await moveBetween(source, target)
    const moved = { ...registry, metadata: target.metadata }
    const row = await moved.metadata.rows.repositories.get(repository.id)
    if (row === undefined) throw new Error('the repository was not moved')
    const made = await moved.metadata.transaction(rows =>
      rows.repositories.create({ ...row, name: 'tools/new' as typeof row.name }),
    )
    expect(made.id).toBe(last.id + 1)
  })

  it('only copies bytes, and takes what came since with it, until it is told to finish', async () => {
    await registry.addImage('first', 'v1')
    expect((await moveBetween(source, target, { finish: false })).report).toMatchObject({
      state: 'copying',
      copied: { blobs: 1, bytes: 5 },
    })
    await registry.addImage('second', 'v1')
    expect((await moveBetween(source, target)).report).toMatchObject({ state: 'moved', copied: { blobs: 1, bytes: 6 } })
    expect(await bytesIn(target.blobs)).toEqual(await bytesIn(source.blobs))
  })

  it('copies what comes between the first walk and the stop, and changes the source before that for the last time', async () => {
    await registry.addImage('first', 'v1')
    const beforeStop = async () => void (await registry.addImage('late', 'v2'))
    expect((await moveBetween(source, target, { beforeStop })).report.copied).toEqual({ blobs: 2, bytes: 9 })
    expect(await dump(target)).toEqual(await dump(source))
  })

  it('ends the same wherever it is killed, and never lets both ends take writes', async () => {
    await fill(registry)
    const before = await bytesIn(source.blobs)
    const steps = new Countdown(Number.POSITIVE_INFINITY)
    await using rehearsal = await openEmpty()
    await moveBetween(steps.watch(source), steps.watch(rehearsal))
    await forgetMove(source)

    for (let step = 1; step < steps.taken; step += Math.ceil(steps.taken / KILLS)) {
      await using other = await openEmpty()
      const countdown = new Countdown(step)
      await expect(moveBetween(countdown.watch(source), countdown.watch(other))).rejects.toThrow(Killed)
      const sourceWrites = await takesWrites(source)
      const targetServes = (await other.metadata.rows.moves.find('target'))?.state === 'done'
      expect([sourceWrites, targetServes]).not.toEqual([true, true])

      expect((await moveBetween(source, other)).report.state, `killed at step ${step}`).toBe('moved')
      expect(await dump(other)).toEqual(await dump(source))
      expect(await bytesIn(other.blobs)).toEqual(before)
      await forgetMove(source)
    }
  })

  it.each([
    ['missingBytes', (key: StorageKey) => source.blobs.remove(key)],
    ['wrongSize', (key: StorageKey) => replaceBytes(key, Buffer.from('longer than it was'))],
    ['wrongSize', (key: StorageKey) => replaceBytes(key, Buffer.from('goo'))],
    ['corruptBytes', (key: StorageKey) => replaceBytes(key, Buffer.from('evil'))],
  ])('tells of %s, copies the rest and stops no writes', async (kind, damage) => {
    await registry.addImage('sound', 'v1')
    const digest = await registry.addBlob(Buffer.from('good'))
    await damage(await keyOf(digest))
    const { report, faults } = await moveBetween(source, target)
    expect(report).toEqual({ state: 'copying', copied: { blobs: 1, bytes: 5 }, faults: 1 })
    expect(faults).toEqual([{ kind, digest, detail: expect.any(String) }])
    expect(Object.keys(await bytesIn(target.blobs))).toHaveLength(1)
    await write(source)

    const blob = await registry.metadata.rows.inventory.findBlob(digest)
    if (blob !== undefined) await registry.metadata.transaction(rows => rows.blobs.markDamaged(blob, 5))
    expect((await moveBetween(source, target)).report).toMatchObject({ state: 'moved', faults: 0 })
    expect(await target.metadata.rows.inventory.countDamaged()).toBe(1)
  })

  it('tells of bytes that cannot be read', async () => {
    const digest = await registry.addBlob(Buffer.from('good'))
    const read: BlobStore['read'] = async () => {
      throw new Error('EIO')
    }
    const { faults } = await moveBetween({ ...source, blobs: { ...source.blobs, read } }, target)
    expect(faults).toEqual([{ kind: 'unreadableBytes', digest, detail: 'EIO' }])
  })

  it('copies again what the target has lost or changed, as far as it is asked to look', async () => {
    const [lost, changed] = [await registry.addBlob(Buffer.from('lost')), await registry.addBlob(Buffer.from('good'))]
    await moveBetween(source, target, { finish: false })
    await target.blobs.remove(await keyOf(lost))
    await target.blobs.remove(await keyOf(changed))
    const writer = await target.blobs.create(await keyOf(changed))
    await writer.write(Buffer.from('evil'))
    await writer.commit()
    expect((await moveBetween(source, target, { finish: false })).report.copied.blobs).toBe(1)
    expect((await moveBetween(source, target, { rehash: true })).report.copied.blobs).toBe(1)
    expect(await bytesIn(target.blobs)).toEqual(await bytesIn(source.blobs))
  })

  it('leaves nothing of blobs that went meanwhile', async () => {
    const digest = await registry.addBlob(Buffer.from('gone'))
    await moveBetween(source, target, { finish: false })
    const key = await keyOf(digest)
    const id = registry.repository.id
    await registry.metadata.transaction(async ({ tables }) => {
      for (const name of ['repository_blobs', 'blobs', 'blob_reviews'])
        for (const table of tables.tables.filter(each => each.name === name)) await tables.deleteSome(table)
    })
    expect(id).toBeGreaterThan(0)
    expect(await target.blobs.sizeBytes(key)).toBe(4)
    await moveBetween(source, target)
    expect(await target.blobs.sizeBytes(key)).toBeUndefined()
  })

  it('refuses a target that has rows or bytes, and changes nothing', async () => {
    await using other = await openTemporaryRegistry()
    await expect(moveBetween(source, storageOf(other, 'there'))).rejects.toThrow('there is not empty: there are rows')
    const blobs = createMemoryBlobStore()
    await (await blobs.create('x' as StorageKey)).commit()
    await using full = await openEmpty('full', blobs)
    await expect(moveBetween(source, full)).rejects.toThrow('full is not empty: there are blobs')
    await expect(moveBetween(source, source)).rejects.toThrow(MoveRefused)
    expect(await source.metadata.rows.moves.find('source')).toBeUndefined()
  })

  it('never touches bytes that it did not write, were the store the same', async () => {
    await moveBetween(source, target, { finish: false })
    const digest = await registry.addBlob(Buffer.from('good'))
    await expect(moveBetween(source, { ...target, blobs: source.blobs })).rejects.toThrow('did not write')
    expect(await source.blobs.sizeBytes(await keyOf(digest))).toBe(4)
  })

  it('refuses the target of another move, and a second move in the last part of the first', async () => {
    await using other = await openTemporaryRegistry()
    await moveBetween(storageOf(other), target, { finish: false })
    await expect(moveBetween(source, target)).rejects.toThrow('is the target of another move')
    await using second = await openEmpty('second')
    await using third = await openEmpty('third')
    await moveBetween(source, second)
    await expect(moveBetween(source, third)).rejects.toThrow('This registry has moved to second.')
  })

  it('is aborted until it has finished; what changed since then is copied by the next try', async () => {
    await fill(registry)
    const onRows = ({ table }: { table: string }) => {
      if (table === 'tags') throw new Killed()
    }
    await expect(reopenSource(source.metadata, clock)).rejects.toThrow('is not being moved')
    await expect(moveBetween(source, target, { onRows })).rejects.toThrow(Killed)
    expect(await source.metadata.rows.moves.find('source')).toMatchObject({ state: 'copying' })
    await registry.addImage('since then', 'latest', 'v9')
    const { repository } = await registry.addRepository('tools/since')
    await registry.metadata.transaction(rows => rows.hiddenRepositories.delete(repository.id, 1))
    await moveBetween(source, target)
    expect(await dump(target)).toEqual(await dump(source))
    await expect(reopenSource(source.metadata, clock)).rejects.toThrow('has moved to the target')
  })

  it('does not finish when somebody has let the source take writes again', async () => {
    await fill(registry)
    const onRows = ({ table }: { table: string }) => {
      if (table === 'audit_log') void reopenSource(source.metadata, clock)
    }
    await expect(moveBetween(source, target, { onRows })).rejects.toThrow('takes writes again')
    expect(await target.metadata.rows.moves.find('target')).toMatchObject({ state: 'copying' })
    await write(source)
  })

  it('gives way to a process that goes on with the same move, which alone lets writes go on', async () => {
    await fill(registry)
    let second: Promise<unknown> | undefined
    const onRows = ({ table }: { table: string }) => {
      if (table === 'users') second ??= moveBetween(source, target)
    }
    const first = await moveBetween(source, target, { onRows }).catch((error: unknown) => error)
    expect(await second).toMatchObject({ report: { state: 'moved' } })
    expect(first).toBeInstanceOf(MoveRefused)
    expect(await dump(target)).toEqual(await dump(source))
    await expect(write(source)).rejects.toEqual(unavailable)
  })
})

class Killed extends Error {}

/** Lets so many calls of stores through, and none after that: as a process that is killed. */
class Countdown {
  taken = 0
  readonly #allowed: number

  constructor(allowed: number) {
    this.#allowed = allowed
  }

  watch({ metadata, blobs, place }: Storage): Storage {
    const step = () => {
      this.taken += 1
      if (this.taken > this.#allowed) throw new Killed()
    }
    const watched = <T extends object>(store: T): T =>
      new Proxy(store, {
        get: (object, name) => {
          const member: unknown = Reflect.get(object, name)
          if (typeof member !== 'function') return member
          return (...args: unknown[]) => {
            step()
            return member.apply(object, args)
          }
        },
      })
    const transaction: MetadataStore['transaction'] = (work, options) => {
      step()
      return metadata.transaction(async rows => {
        const result = await work(rows)
        step() // before the commit
        return result
      }, options)
    }
    return { metadata: { ...metadata, transaction }, blobs: watched(blobs), place }
  }
}

const takesWrites = (storage: Storage) =>
  write(storage).then(
    () => true,
    () => false,
  )

/** The source as it was before any move. */
async function forgetMove({ metadata }: Storage): Promise<void> {
  const row = await metadata.rows.moves.find('source')
  if (row === undefined) return
  await metadata.transactionOfMove(({ moves }) => moves.put({ ...row, state: 'copying', moveId: 'none' }))
}
