import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Digest, digestOf } from '../domain/digest.ts'
import { OCI_MANIFEST } from '../domain/manifest/media-types.ts'
import type { BlobStore } from '../ports/blob-store.ts'
import type { MetadataStore, Rows } from '../ports/metadata-store.ts'
import { leaseBlobs, mountBlob } from '../registry/blobs/blobs.ts'
import { Removals } from '../registry/blobs/removals.ts'
import { Uploads } from '../registry/blobs/uploads.ts'
import { BLOB_LEASE_MS, type RegistryContext } from '../registry/context.ts'
import { deleteImages } from '../registry/images/delete-images.ts'
import { pushManifest } from '../registry/images/push-manifest.ts'
import { CALLER, keysIn, openTemporaryRegistry, type TemporaryRegistry } from '../testing/temporary-registry.ts'
import { Collector } from './collector.ts'
import { runPass } from './run-pass.ts'

const DAY_MS = 24 * 60 * 60 * 1000

let registry: TemporaryRegistry
beforeEach(async () => {
  registry = await openTemporaryRegistry()
})
afterEach(() => registry[Symbol.asyncDispose]())

const fail = (error: unknown) => expect.unreachable(String(error))
const collectorOver = (change: Partial<RegistryContext> = {}) => {
  const context = { ...registry.context, ...change }
  return new Collector(context, new Removals(context, fail))
}
const collect = async () => (await collectorOver().collect()).blobs
const pass = (ms: number) => {
  registry.context.clock.time += ms
}
const isThere = async (digest: Digest) =>
  (await registry.metadata.rows.blobs.find(registry.repository.id, digest)) !== undefined

/** The store with some of its rows replaced, outside and inside transactions. */
const storeWith = (replace: (rows: Rows) => Partial<Rows>): MetadataStore => ({
  ...registry.metadata,
  rows: { ...registry.metadata.rows, ...replace(registry.metadata.rows) },
  transaction: work => registry.metadata.transaction(rows => work({ ...rows, ...replace(rows) })),
})

const imageOf = (config: Digest) =>
  pushManifest(registry.context, CALLER, {
    repository: registry.repository,
    bytes: Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: OCI_MANIFEST,
        config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: config, size: 1 },
        layers: [],
      }),
    ),
    contentType: undefined,
    tags: [],
  })

it('collects what nothing refers to, and lets requests be served between its batches', async () => {
  for (let blob = 0; blob < 100; blob += 1) await registry.addBlob(Buffer.from(`unused ${blob}`))
  await registry.addImage('used')
  pass(BLOB_LEASE_MS)

  let turns = 0
  let ticker = setImmediate(function tick() {
    turns += 1
    ticker = setImmediate(tick)
  })
  expect(await collectorOver().collect()).toMatchObject({ blobs: 100, bytes: 890, removed: 100, failures: 0 })
  clearImmediate(ticker)
  expect(await keysIn(registry.context.blobs)).toHaveLength(1)
  expect(turns).toBeGreaterThanOrEqual(5)
})

it('stops between two batches when it is told to', async () => {
  for (let blob = 0; blob < 50; blob += 1) await registry.addBlob(Buffer.from(`unused ${blob}`))
  pass(BLOB_LEASE_MS)
  const stopping = new AbortController()
  const { signal } = stopping
  expect(await collectorOver().collect({ signal, onProgress: () => stopping.abort() })).toMatchObject({ blobs: 20 })
  expect(await collect()).toBe(30)
})

describe('a lease', () => {
  it.each([
    ['a push', () => registry.addBlob(Buffer.from('abc'))],
    ['a look', () => leaseBlobs(registry.context, registry.repository.id, [digestOf('abc')])],
    ['a mount', () => mountBlob(registry.context, registry.repository, registry.path, digestOf('abc'))],
  ])('begins anew with %s, and the blob outlives it', async (_, acknowledge) => {
    await registry.addBlob(Buffer.from('abc'))
    pass(BLOB_LEASE_MS - 1)
    await acknowledge()
    pass(BLOB_LEASE_MS - 1)
    expect(await collect()).toBe(0)
    expect(await isThere(digestOf('abc'))).toBe(true)
    // A look and a mount round the end up, so that many of them are one write.
    pass(1 + BLOB_LEASE_MS / 36)
    expect(await collect()).toBe(1)
    expect(await isThere(digestOf('abc'))).toBe(false)
  })

  it('is written by the first of those who look one after the other', async () => {
    await registry.addBlob(Buffer.from('abc'))
    let transactions = 0
    const metadata: MetadataStore = {
      ...registry.context.metadata,
      transaction: (...work) => {
        transactions += 1
        return registry.context.metadata.transaction(...work)
      },
    }
    const look = () => leaseBlobs({ ...registry.context, metadata }, registry.repository.id, [digestOf('abc')])
    registry.context.clock.time += BLOB_LEASE_MS / 2
    for (let looks = 0; looks < 3; looks += 1) expect(await look()).toEqual(new Map([[digestOf('abc'), 3]]))
    expect(transactions).toBe(1)
    registry.context.clock.time += BLOB_LEASE_MS / 2
    await look()
    expect(transactions).toBe(2)
  })

  it('may be as short as nothing', async () => {
    const context = { ...registry.context, blobLeaseMs: 0 }
    await registry.addBlob(Buffer.from('abc'))
    pass(BLOB_LEASE_MS)
    await leaseBlobs(context, registry.repository.id, [digestOf('abc')])
    expect(await collect()).toBe(1)
  })
})

describe('a push beside the collector', () => {
  it('keeps its blobs where it comes after the queue was read and before the claim', async () => {
    const config = await registry.addBlob(Buffer.from('abc'))
    pass(BLOB_LEASE_MS)
    const metadata = storeWith(rows => ({
      reviews: {
        ...rows.reviews,
        due: async (now, limit) => {
          const due = await rows.reviews.due(now, limit)
          if (due.length > 0) await imageOf(config)
          return due
        },
      },
    }))
    expect((await collectorOver({ metadata }).collect()).blobs).toBe(0)
    expect(await isThere(config)).toBe(true)
  })

  it('is stored with all its blobs, or is told which are missing', async () => {
    for (let round = 0; round < 20; round += 1) {
      const config = await registry.addBlob(Buffer.from(`config ${round}`))
      pass(BLOB_LEASE_MS)
      const [pushed] = await Promise.allSettled(
        round % 2 === 0 ? [imageOf(config), collect()] : [collect().then(() => imageOf(config))],
      )
      expect(await isThere(config)).toBe(pushed?.status === 'fulfilled')
      if (pushed?.status === 'rejected') expect(pushed.reason.problem.kind).toBe('manifestBlobsUnknown')
    }
  })

  it('of bytes that are being removed brings them back under another key', async () => {
    const digest = await registry.addBlob(Buffer.from('abc'))
    const before = await registry.metadata.rows.inventory.findBlob(digest)
    pass(BLOB_LEASE_MS)
    const { blobs: store } = registry.context
    let rowWasThere: boolean | undefined
    const blobs: BlobStore = {
      ...store,
      async remove(key) {
        rowWasThere = await isThere(digest)
        await registry.addBlob(Buffer.from('abc'))
        await store.remove(key)
      },
    }
    expect((await collectorOver({ blobs }).collect()).blobs).toBe(1)
    expect(rowWasThere).toBe(false)
    const after = await registry.metadata.rows.inventory.findBlob(digest)
    expect(after?.storageKey).not.toBe(before?.storageKey)
    expect(await keysIn(store)).toEqual([after?.storageKey])
  })
})

it('keeps the blobs of an index for as long as the index lives', async () => {
  const child = await registry.addImage('abc')
  const index = await registry.addIndex([child], 'v1')
  const remove = (digest: Digest) =>
    registry.metadata.transaction(rows =>
      rows.images.delete(registry.repository.id, [digest], registry.context.clock.time),
    )
  await expect(remove(child)).rejects.toThrow()
  pass(BLOB_LEASE_MS)
  expect([await collect(), await isThere(digestOf('abc'))]).toEqual([0, true])
  await remove(index)
  expect([await collect(), await isThere(digestOf('abc'))]).toEqual([0, true])
  await remove(child)
  expect([await collect(), await isThere(digestOf('abc'))]).toEqual([1, false])
})

describe('a pass', () => {
  const run = async (change: Partial<RegistryContext>, errors: unknown[]) => {
    const context = { ...registry.context, ...change }
    const removals = new Removals(context, error => errors.push(error))
    const ended = await new Uploads(context, removals).expire()
    return runPass({ context, removals }, { ended, ranBy: 'server', onError: error => errors.push(error) })
  }

  it('that cannot read the rows of a blob keeps it, and says so', async () => {
    const digests = [await registry.addBlob(Buffer.from('abc')), await registry.addBlob(Buffer.from('def'))]
    pass(BLOB_LEASE_MS)
    const metadata = storeWith(rows => ({
      blobs: {
        ...rows.blobs,
        collect: (digest, now) =>
          digest === digestOf('def') ? Promise.reject(new Error('malformed')) : rows.blobs.collect(digest, now),
      },
    }))
    const errors: unknown[] = []
    expect(await run({ metadata }, errors)).toMatchObject({ blobsCollected: 0, keysRemoved: 0, failures: 1 })
    expect(errors).toEqual([new Error('malformed')])
    for (const digest of digests) expect(await isThere(digest)).toBe(true)
    expect(await keysIn(registry.context.blobs)).toHaveLength(2)

    expect(await run({}, [])).toMatchObject({ blobsCollected: 2, keysRemoved: 2, failures: 0 })
  })

  it('ends abandoned uploads, empties the bin of what is due, collects, and leaves its figures', async () => {
    const image = await registry.addImage('binned')
    await deleteImages(registry.context, CALLER, registry.repository, [{ digest: image }])
    pass(6 * DAY_MS)
    const uploads = new Uploads(registry.context, new Removals(registry.context, fail))
    const id = await uploads.begin(registry.repository)
    const body = (async function* () {
      yield Buffer.from('never finished')
    })()
    await uploads.append(registry.repository, id, { body })
    await registry.addBlob(Buffer.from('abc'))
    expect(await run({}, [])).toMatchObject({ uploadsExpired: 0, imagesPurged: 0, blobsCollected: 0 })
    pass(DAY_MS)
    const expected = {
      ranBy: 'server',
      startedAt: registry.context.clock.time,
      durationMs: 0,
      uploadsExpired: 1,
      imagesExpired: 0,
      imagesPurged: 1,
      blobsCollected: 2,
      bytesCollected: 9,
      keysRemoved: 3,
      failures: 0,
    }
    expect(await run({}, [])).toEqual(expected)
    expect(await registry.metadata.rows.passes.last()).toEqual(expected)
    expect(await keysIn(registry.context.blobs)).toEqual([])
  })
})
