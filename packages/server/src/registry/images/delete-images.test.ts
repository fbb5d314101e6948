import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Digest, digestOf } from '../../domain/digest.ts'
import { parseTag } from '../../domain/names.ts'
import type { MetadataStore, Rows } from '../../ports/metadata-store.ts'
import { journalledKeys } from '../../testing/journalled-keys.ts'
import { CALLER, openTemporaryRegistry, type TemporaryRegistry } from '../../testing/temporary-registry.ts'
import { purgeImages } from '../bin/purge-images.ts'
import { deleteBlob } from '../blobs/delete-blob.ts'
import { BLOB_LEASE_MS } from '../context.ts'
import { deleteImages } from './delete-images.ts'

let registry: TemporaryRegistry
beforeEach(async () => {
  registry = await openTemporaryRegistry()
})
afterEach(() => registry[Symbol.asyncDispose]())

const remove = (...ids: Parameters<typeof deleteImages>[3]) =>
  deleteImages(registry.context, CALLER, registry.repository, ids)
const byDigest = (digest: Digest) => ({ digest })
const byTag = (tag: string) => ({ tag: parseTag(tag) })
/** All that the repository shows of its images. */
const state = async () => {
  const { rows } = registry.metadata
  const images = await rows.images.list(registry.repository.id, { limit: 100 })
  const tags = await rows.tags.list(registry.repository.id, { limit: 100 })
  return {
    images: images.map(row => row.digest),
    tags: Object.fromEntries(tags.map(row => [row.tag, row.digest])),
    count: await rows.repositories.imageCount(registry.repository.id),
  }
}
const dueReviews = () => registry.metadata.rows.reviews.due(registry.context.clock.time, 100)

describe('deleteImages', () => {
  it('removes an image with its tags, counts it out and queues its blobs for review', async () => {
    const kept = await registry.addImage('kept', 'stable')
    const gone = await registry.addImage('gone', 'v1', 'v2')
    registry.context.clock.time += BLOB_LEASE_MS
    // The leases of both blobs are over: the collector finds that both are needed, and forgets them.
    for (const digest of await dueReviews())
      expect(
        await registry.metadata.transaction(rows => rows.blobs.collect(digest, registry.context.clock.time)),
      ).toBeUndefined()
    expect(await dueReviews()).toEqual([])
    expect((await remove(byDigest(gone))).deleted).toHaveLength(2)
    expect(await state()).toEqual({ images: [kept], tags: { stable: kept }, count: 1 })
    expect(await dueReviews()).toEqual([digestOf('gone')])
  })

  it('leaves an image whose other tags stay', async () => {
    const digest = await registry.addImage('a', 'v1', 'v2')
    await remove(byTag('v1'))
    expect(await state()).toEqual({ images: [digest], tags: { v2: digest }, count: 1 })
    expect(await dueReviews()).toEqual([])
    await remove(byTag('v2'))
    expect(await state()).toEqual({ images: [], tags: {}, count: 0 })
  })

  it('removes an index and its children in one call, whatever their order', async () => {
    for (const backwards of [false, true]) {
      const children = [await registry.addImage('a', 'arm'), await registry.addImage('b')]
      const ids = [...children, await registry.addIndex(children, 'latest')].map(byDigest)
      expect((await remove(...(backwards ? ids.reverse() : ids))).failures).toEqual([])
      expect(await state()).toEqual({ images: [], tags: {}, count: 0 })
    }
  })

  it('keeps what an index lists, and deletes the others of the same call', async () => {
    const child = await registry.addImage('a', 'arm')
    const index = await registry.addIndex([child], 'latest')
    const other = await registry.addImage('b', 'other')
    const { failures } = await remove(byDigest(child), byTag('arm'), byDigest(other), byTag('absent'))
    const held = { kind: 'heldByIndexes', parents: [index] }
    expect(failures.map(({ failure }) => failure)).toEqual(expect.arrayContaining([held, held, { kind: 'unknown' }]))
    expect(await state()).toEqual({ images: [child, index].sort(), tags: { arm: child, latest: index }, count: 2 })
  })

  it('does not reach into another repository', async () => {
    const digest = await registry.addImage('a', 'v1')
    const { repository } = await registry.addRepository('other/one')
    const plan = await deleteImages(registry.context, CALLER, repository, [byDigest(digest), byTag('v1')])
    expect([plan.deleted, plan.failures.length]).toEqual([[], 2])
    expect((await state()).count).toBe(1)
  })

  it.each(['tags', 'images'] as const)('changes nothing when deleting %s fails in the middle', async group => {
    await registry.addImage('a', 'v1', 'v2')
    await registry.addImage('b', 'v3')
    const before = await state()
    const deleting = deleteImages(
      { ...registry.context, metadata: failingAfter(registry.metadata, group) },
      CALLER,
      registry.repository,
      [byTag('v1'), byTag('v3')],
    )
    await expect(deleting).rejects.toThrow(`after ${group}`)
    expect(await state()).toEqual(before)
    expect(await dueReviews()).toEqual([])
    expect((await remove(byTag('v1'), byTag('v3'))).failures).toEqual([])
    expect((await state()).count).toBe(1)
  })

  it('lets each of two calls at once delete an image once', async () => {
    const digest = await registry.addImage('a', 'v1')
    const plans = await Promise.all([remove(byDigest(digest)), remove(byTag('v1'))])
    expect(plans.map(plan => plan.deleted.length).sort()).toEqual([0, 1])
    expect(await state()).toEqual({ images: [], tags: {}, count: 0 })
  })

  it('copes with an image that very many indexes list', async () => {
    const child = await registry.addImage('child')
    const listed = Array.from({ length: 100_000 }, (_, parent) => ({ child, parent: `sha256:${parent}` as Digest }))
    const { metadata } = registry
    const transaction: MetadataStore['transaction'] = work =>
      metadata.transaction(rows => work({ ...rows, references: { ...rows.references, parents: async () => listed } }))
    const context = { ...registry.context, metadata: { ...metadata, transaction } }
    const { failures } = await deleteImages(context, CALLER, registry.repository, [byDigest(child)])
    expect(failures).toMatchObject([{ failure: { parents: { length: listed.length } } }])
  })
})

describe('deleteBlob', () => {
  const blobDeletion = (digest: Digest) => deleteBlob(registry.context, CALLER, registry.repository, digest)

  it('takes a blob away, unless a manifest needs it', async () => {
    const digest = await registry.addBlob(Buffer.from('a'))
    const row = await registry.metadata.rows.blobs.find(registry.repository.id, digest)
    const image = await registry.addImage('a')
    await expect(blobDeletion(digest)).rejects.toThrow('blobReferenced')
    await remove(byDigest(image))
    await blobDeletion(digest)
    await expect(blobDeletion(digest)).rejects.toThrow('blobUnknown')
    const later = registry.context.clock.time + BLOB_LEASE_MS
    const collect = () => registry.metadata.transaction(rows => rows.blobs.collect(digest, later))
    // The bin needs it, until that is emptied.
    expect(await collect()).toBeUndefined()
    await purgeImages(registry.context, CALLER, registry.repository, undefined)
    expect(await collect()).toEqual(row)
    expect(await journalledKeys(registry.metadata.rows)).toContain(row?.storageKey)
  })
})

/** The real rows, which throw once these were deleted. */
function failingAfter(store: MetadataStore, group: 'tags' | 'images'): MetadataStore {
  const failing = (rows: Rows): Rows => ({
    ...rows,
    [group]: {
      ...rows[group],
      delete: async (...args: unknown[]) => {
        await (rows[group].delete as (...args: unknown[]) => Promise<unknown>)(...args)
        throw new Error(`after ${group}`)
      },
    },
  })
  return { ...store, transaction: work => store.transaction(rows => work(failing(rows))) }
}
