import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Collector } from '../housekeeping/collector.ts'
import { Removals } from '../registry/blobs/removals.ts'
import { openTemporaryRegistry, type TemporaryRegistry } from '../testing/temporary-registry.ts'
import { lockFolder } from './folder-lock.ts'
import { holdStore, StoreHeld } from './hold-store.ts'
import { announce } from './presence.ts'

let registry: TemporaryRegistry
let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-held-'))
})
afterEach(async () => {
  await registry[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

const collect = (context: TemporaryRegistry['context'], check: Awaited<ReturnType<typeof holdStore>>['check']) =>
  new Collector(context, new Removals(context, error => expect.unreachable(String(error)))).collect({
    ignoreLeases: check,
  })

describe('a store of one server', () => {
  beforeEach(async () => {
    registry = await openTemporaryRegistry()
  })

  it('is held by the lock of the data folder, until that is free', async () => {
    {
      using _ = await lockFolder(folder)
      const refusal = await holdStore(folder, registry.context).catch((error: unknown) => error)
      expect(refusal).toBeInstanceOf(StoreHeld)
      expect(String(refusal)).toContain(`A berthd works on ${folder}. Stop berthd first, or leave the option out.`)
    }
    using _ = await holdStore(folder, registry.context)
    await expect(lockFolder(folder)).rejects.toThrow('is in use')
  })

  it('gives blobs back that only a lease keeps, and no others', async () => {
    for (let blob = 0; blob < 30; blob += 1) await registry.addBlob(Buffer.from(`unused ${blob}`))
    const image = await registry.addImage('used', 'v1')
    using held = await holdStore(folder, registry.context)
    expect(await collect(registry.context, held.check)).toMatchObject({ blobs: 30, removed: 30, failures: 0 })
    expect(await registry.metadata.rows.reviews.state(0)).toMatchObject({ waiting: 0 })
    expect(await registry.metadata.rows.images.find(registry.repository.id, [image])).toHaveLength(1)
    expect((await registry.metadata.rows.inventory.blobs({ limit: 9 })).length).toBe(1)
  })
})

describe('a store that servers share', () => {
  beforeEach(async () => {
    registry = await openTemporaryRegistry({ shared: true })
  })

  it('is held by servers that are present, until the last one has gone', async () => {
    const [one, two] = [await announce(registry.context), await announce(registry.context)]
    await expect(holdStore(folder, registry.context)).rejects.toThrow(
      '2 servers do now; one that was killed counts for 60 seconds more.',
    )
    await one[Symbol.asyncDispose]()
    await expect(holdStore(folder, registry.context)).rejects.toThrow('1 server does now')
    await two[Symbol.asyncDispose]()
    using _ = await holdStore(folder, registry.context)
    expect(await registry.metadata.rows.servers.list()).toEqual([])
  })

  it('is not held by one that was killed a minute ago, nor by one whose clock was wrong', async () => {
    const now = registry.context.clock.time
    for (const presentUntil of [now, now + 24 * 60 * 60 * 1000])
      await registry.metadata.transaction(rows => rows.servers.put({ serverId: String(presentUntil), presentUntil }, 0))
    using held = await holdStore(folder, registry.context)
    await expect(held.check(registry.metadata.rows)).resolves.toBeUndefined()
  })

  it('keeps its leases from the moment at which a server comes', async () => {
    for (let blob = 0; blob < 50; blob += 1) await registry.addBlob(Buffer.from(`unused ${blob}`))
    using held = await holdStore(folder, registry.context)
    let batches = 0
    let server: AsyncDisposable | undefined
    const collecting = new Collector(registry.context, new Removals(registry.context, () => {})).collect({
      ignoreLeases: async rows => {
        batches += 1
        await held.check(rows)
      },
      onProgress: () => {
        if (batches === 1) void announce(registry.context).then(present => (server = present))
      },
    })
    await expect(collecting).rejects.toThrow(StoreHeld)
    expect(batches).toBe(2)
    expect((await registry.metadata.rows.inventory.blobs({ limit: 99 })).length).toBe(30)
    await server?.[Symbol.asyncDispose]()
  })
})
