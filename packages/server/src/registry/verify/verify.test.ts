import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { digestOf } from '../../domain/digest.ts'
import type { BlobStore, StorageKey } from '../../ports/blob-store.ts'
import { CALLER, openTemporaryRegistry, type TemporaryRegistry } from '../../testing/temporary-registry.ts'
import { restoreImages } from '../bin/restore-images.ts'
import { Removals } from '../blobs/removals.ts'
import { BLOB_LEASE_MS } from '../context.ts'
import { deleteImages } from '../images/delete-images.ts'
import type { Checked, Finding } from './inspection.ts'
import { type VerifyOptions, verify } from './verify.ts'

let registry: TemporaryRegistry
beforeEach(async () => {
  registry = await openTemporaryRegistry()
})
afterEach(() => registry[Symbol.asyncDispose]())

const fail = (error: unknown) => expect.unreachable(String(error))

/** Everything that a run finds, over the registry's store or another in its place. */
async function run(
  options: Partial<VerifyOptions> = {},
  blobs: BlobStore = registry.context.blobs,
): Promise<{ found: Finding[]; checked: Checked }> {
  const context = { ...registry.context, blobs }
  const usual = { repair: false, rehash: true, graceMs: 0, onProgress: () => {} }
  const walk = verify(context, new Removals(context, fail), { ...usual, ...options })
  const found: Finding[] = []
  for (;;) {
    const step = await walk.next()
    if (step.done === true) return { found, checked: step.value }
    found.push(step.value)
  }
}

const kinds = ({ found }: { found: readonly Finding[] }) => found.map(({ kind }) => kind)

const hold = async (bytes = 'stray') => {
  const key = randomUUID() as string as StorageKey
  const writer = await registry.context.blobs.create(key)
  await writer.write(Buffer.from(bytes))
  await writer.commit()
  return key
}

/** The blob's bytes, replaced behind the rows. */
const replaceBytes = async (seed: string, bytes: string | undefined) => {
  const blob = await registry.metadata.rows.inventory.findBlob(digestOf(seed))
  if (blob === undefined) throw new Error(`no blob of ${seed}`)
  await registry.context.blobs.remove(blob.storageKey)
  if (bytes === undefined) return
  const writer = await registry.context.blobs.create(blob.storageKey)
  await writer.write(Buffer.from(bytes))
  await writer.commit()
}

it('finds nothing in a store that is whole, and says what it looked at', async () => {
  const images = [await registry.addImage('abc', 'v1'), await registry.addImage('defg')]
  await registry.addIndex(images, 'all')
  const { found, checked } = await run()
  expect(found).toEqual([])
  expect(checked).toEqual({ keys: 2, blobs: 2, bytes: 7, manifests: 3, repositories: 1 })
})

it('walks more than one page of everything', async () => {
  const seeds = Array.from({ length: 520 }, (_, count) => `blob ${count}`)
  const rows = await Promise.all(
    seeds.map(async seed => ({ digest: digestOf(seed), sizeBytes: seed.length, storageKey: await hold(seed) })),
  )
  await registry.metadata.transaction(async ({ blobs }) => {
    for (const row of rows) await blobs.commit(registry.repository.id, row, 0)
  })
  for (let count = 0; count < 510; count += 1) await hold()
  const { found, checked } = await run({ repair: true })
  expect(new Set(kinds({ found }))).toEqual(new Set(['orphanBytes']))
  expect(found.filter(({ mended }) => mended)).toHaveLength(510)
  expect(checked).toMatchObject({ keys: 1_030, blobs: 520 })
  expect(kinds(await run())).toEqual([])
})

describe('bytes without a row', () => {
  it('are left alone where they get one, or go, before the grace is over', async () => {
    const [named, gone, stray] = [await hold(), await hold(), await hold()]
    let looks = 0
    const { metadata } = registry
    const inventory = {
      ...metadata.rows.inventory,
      knownKeys: async (keys: readonly StorageKey[]) => {
        const known = await metadata.rows.inventory.knownKeys(keys)
        looks += 1
        if (looks > 1) return known
        await metadata.transaction(rows => rows.journal.add(named))
        await registry.context.blobs.remove(gone)
        return known
      },
    }
    const context = { ...registry.context, metadata: { ...metadata, rows: { ...metadata.rows, inventory } } }
    const options = { repair: false, rehash: true, graceMs: 0, onProgress: () => {} }
    const found: Finding[] = []
    for await (const finding of verify(context, new Removals(context, fail), options)) found.push(finding)
    expect(found.map(({ subject }) => subject)).toEqual([stray])
  })

  it('stay in the journal where they cannot be removed, and are not called mended', async () => {
    const key = await hold()
    const remove = () => Promise.reject(new Error('not now'))
    const errors: unknown[] = []
    const context = { ...registry.context, blobs: { ...registry.context.blobs, remove } }
    const walk = verify(context, new Removals(context, error => errors.push(error)), {
      ...{ repair: true, rehash: true, graceMs: 0, onProgress: () => {} },
    })
    expect((await walk.next()).value).toMatchObject({ kind: 'orphanBytes', subject: key, mended: false })
    expect(errors).toHaveLength(1)
    expect(await registry.metadata.rows.journal.state()).toMatchObject({ keys: 1, failing: 1 })
  })
})

describe('a blob', () => {
  it('that is collected while its bytes are looked at is no fault', async () => {
    const digest = await registry.addBlob(Buffer.from('abc'))
    const sizeBytes = async (key: StorageKey) => {
      await registry.metadata.transaction(rows =>
        rows.blobs.collect(digest, registry.context.clock.time + BLOB_LEASE_MS),
      )
      await registry.context.blobs.remove(key)
      return undefined
    }
    for (const repair of [false, true])
      expect((await run({ repair }, { ...registry.context.blobs, sizeBytes })).found).toEqual([])
  })

  it('that cannot be read is reported, and never marked', async () => {
    await registry.addBlob(Buffer.from('abc'))
    const read = () => Promise.reject(new Error('input/output error'))
    const outcome = await run({ repair: true }, { ...registry.context.blobs, read })
    expect(outcome.found).toMatchObject([{ kind: 'unreadableBytes', mended: false, detail: 'input/output error' }])
    expect(kinds(await run())).toEqual([])
  })

  it('that was marked and is whole again is found, and served again', async () => {
    const digest = await registry.addBlob(Buffer.from('abc'))
    await replaceBytes('abc', 'abX')
    expect(kinds(await run({ repair: true }))).toEqual(['corruptBytes'])
    await replaceBytes('abc', 'abc')
    expect(kinds(await run({ rehash: false }))).toEqual([])
    expect(kinds(await run())).toEqual(['soundBlob'])
    expect((await run({ repair: true })).found).toMatchObject([{ kind: 'soundBlob', mended: true }])
    expect(await registry.metadata.rows.blobs.find(registry.repository.id, digest)).toBeDefined()
  })

  it('that many repositories hold is mended once, for all of them', async () => {
    const { repository: other } = await registry.addRepository('other/one')
    const digest = await registry.addBlob(Buffer.from('abc'))
    await registry.addBlob(Buffer.from('abc'), other)
    await replaceBytes('abc', undefined)
    expect((await run({ repair: true })).found).toMatchObject([{ kind: 'missingBytes', mended: true }])
    await registry.addBlob(Buffer.from('abc'), other)
    expect(await registry.metadata.rows.blobs.find(registry.repository.id, digest)).toBeDefined()
    expect(kinds(await run())).toEqual([])
  })
})

describe('a manifest', () => {
  it('that goes while it is looked at is no fault', async () => {
    const digest = await registry.addImage('abc', 'v1')
    const { metadata } = registry
    const images = {
      ...metadata.rows.images,
      read: async () => {
        await metadata.transaction(rows => rows.images.delete(registry.repository.id, [digest], 0))
        return undefined
      },
    }
    const context = { ...registry.context, metadata: { ...metadata, rows: { ...metadata.rows, images } } }
    const options = { repair: true, rehash: true, graceMs: 0, onProgress: () => {} }
    const found: Finding[] = []
    for await (const finding of verify(context, new Removals(context, fail), options)) found.push(finding)
    expect(found).toEqual([])
  })

  it('that needs a damaged blob is no fault of its own', async () => {
    await registry.addImage('abc', 'v1')
    await replaceBytes('abc', 'ab')
    expect(kinds(await run({ repair: true }))).toEqual(['wrongSize'])
    expect(kinds(await run())).toEqual([])
  })
})

it('looks after the blobs of the bin: what comes back with a damaged one is healed by a push', async () => {
  const { context, repository, metadata } = registry
  const digest = await registry.addImage('abc', 'v1')
  await deleteImages(context, CALLER, repository, [{ digest }])
  await replaceBytes('abc', undefined)
  expect((await run({ repair: true })).found).toMatchObject([{ kind: 'missingBytes', mended: true }])
  const { restored } = await restoreImages(context, CALLER, repository, [{ digest }])
  expect(restored).toMatchObject([{ digest, tags: ['v1'] }])
  expect(await metadata.rows.blobs.find(repository.id, digestOf('abc'))).toBeUndefined()
  await registry.addBlob(Buffer.from('abc'))
  expect(await metadata.rows.blobs.find(repository.id, digestOf('abc'))).toBeDefined()
  expect(kinds(await run())).toEqual([])
})
