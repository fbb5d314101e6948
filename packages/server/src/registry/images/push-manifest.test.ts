import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Digest, digestOf } from '../../domain/digest.ts'
import { OCI_INDEX, OCI_MANIFEST } from '../../domain/manifest/media-types.ts'
import { parseTag } from '../../domain/names.ts'
import type { Rows } from '../../ports/metadata-store.ts'
import { CALLER, openTemporaryRegistry, type TemporaryRegistry } from '../../testing/temporary-registry.ts'
import { mountBlob } from '../blobs/blobs.ts'
import { BLOB_LEASE_MS } from '../context.ts'
import { type ManifestPush, pushManifest } from './push-manifest.ts'

const problem = (kind: string, more: object = {}) =>
  expect.objectContaining({ problem: expect.objectContaining({ kind, ...more }) })
const descriptor = (digest: Digest, mediaType = 'application/vnd.oci.image.layer.v1.tar') => ({
  mediaType,
  digest,
  size: 3,
})
const tags = (...texts: string[]) => texts.map(parseTag)

let registry: TemporaryRegistry
beforeEach(async () => {
  registry = await openTemporaryRegistry({ quotas: { imagesPerRepository: 3, tagsPerImage: 2 } })
})
afterEach(() => registry[Symbol.asyncDispose]())

const push = (document: object, more: Partial<ManifestPush> = {}) =>
  pushManifest(registry.context, CALLER, {
    repository: registry.repository,
    bytes: Buffer.from(JSON.stringify(document)),
    contentType: undefined,
    tags: [],
    ...more,
  })
const imageOf = (...blobs: Digest[]) => {
  const [config, ...layers] = blobs.map(digest => descriptor(digest))
  return { schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers }
}
const indexOf = (...entries: Digest[]) => ({
  schemaVersion: 2,
  mediaType: OCI_INDEX,
  manifests: entries.map(digest => descriptor(digest, OCI_MANIFEST)),
})
/** An image of its own config and one layer, `sizeBytes` in all. */
const pushImage = async (seed: string, sizeBytes = 10, more: Partial<ManifestPush> = {}) => {
  const config = await registry.addBlob(Buffer.from(seed))
  const layer = await registry.addBlob(Buffer.alloc(sizeBytes - seed.length, seed))
  return push(imageOf(config, layer), more)
}
const row = async (digest: Digest) => (await registry.metadata.rows.images.find(registry.repository.id, [digest]))[0]
const imageCount = () => registry.metadata.rows.repositories.imageCount(registry.repository.id)
const tagged = async () => {
  const rows = await registry.metadata.rows.tags.list(registry.repository.id, { limit: 100 })
  return Object.fromEntries(rows.map(({ tag, digest }) => [tag, digest]))
}

describe('pushManifest', () => {
  it('writes what is long or has many tags as a large transaction', async () => {
    const { metadata } = registry
    const isLarge: unknown[] = []
    const context = {
      ...registry.context,
      metadata: {
        ...metadata,
        transaction: <T>(work: (rows: Rows) => Promise<T>, options: { isLarge?: boolean } = {}) => {
          isLarge.push(options.isLarge)
          return metadata.transaction(work, options)
        },
      },
    }
    const pushes = [
      { text: 'short', tags: [] },
      { text: 'with many tags', tags: tags(...Array.from({ length: 501 }, (_, at) => `t${at}`)) },
      { text: 'long'.repeat(64 * 1024), tags: [] },
    ]
    for (const { text, tags } of pushes) {
      const bytes = Buffer.from(JSON.stringify({ ...indexOf(), annotations: { text } }))
      const quotas = { ...context.quotas, tagsPerImage: 1_000 }
      const given = { repository: registry.repository, bytes, contentType: undefined, tags }
      await pushManifest({ ...context, quotas }, CALLER, given)
    }
    expect(isLarge).toEqual([false, true, true])
  })

  it('stores the bytes as they came, under their digest', async () => {
    const config = await registry.addBlob(Buffer.from('{}'))
    const bytes = Buffer.from(`${JSON.stringify(imageOf(config, config), null, 3)}\n\n`)
    const pushed = await push({}, { bytes, tags: tags('v1') })
    expect(pushed).toEqual({ digest: digestOf(bytes), mediaType: OCI_MANIFEST, subject: undefined, changed: true })
    expect(await registry.metadata.rows.images.read(registry.repository.id, pushed.digest)).toEqual(bytes)
    expect(await row(pushed.digest)).toMatchObject({ imageSizeBytes: 2, sizeBytes: bytes.length })
    expect(await tagged()).toEqual({ v1: pushed.digest })
  })

  it('goes by the algorithm of the digest that was given', async () => {
    const config = await registry.addBlob(Buffer.from('{}'))
    const bytes = Buffer.from(JSON.stringify(imageOf(config)))
    const digest = digestOf(bytes, 'sha512')
    expect(await push({}, { bytes, digest })).toMatchObject({ digest })
    const wrong = digestOf('x', 'sha512')
    await expect(push({}, { bytes, digest: wrong })).rejects.toEqual(problem('imageDigestMismatch', { digest: wrong }))
  })

  it('names every blob and child that is missing, and stores nothing', async () => {
    const [there, a, b] = [await registry.addBlob(Buffer.from('there')), digestOf('a'), digestOf('b')]
    const noBlobs = problem('manifestBlobsUnknown', { digests: [a, b], name: 'tools/web', registryId: 'acme' })
    await expect(push(imageOf(there, a, b), { tags: tags('v1') })).rejects.toEqual(noBlobs)
    await expect(push(indexOf(a), { tags: tags('v1') })).rejects.toEqual(
      problem('manifestChildrenUnknown', { digests: [a] }),
    )
    expect([await imageCount(), await tagged()]).toEqual([0, {}])
  })

  it('finds no blobs and no children in another repository', async () => {
    const { repository } = await registry.addRepository('other/one')
    const blob = await registry.addBlob(Buffer.from('x'))
    const child = await push(imageOf(blob))
    await expect(push(imageOf(blob), { repository })).rejects.toEqual(problem('manifestBlobsUnknown'))
    await expect(push(indexOf(child.digest), { repository })).rejects.toEqual(problem('manifestChildrenUnknown'))
    expect(await mountBlob(registry.context, repository, registry.path, blob)).toBe(true)
    expect(await push(imageOf(blob), { repository })).toMatchObject({ changed: true })
  })

  it('does not ask for layers that need not be distributed, nor for the subject', async () => {
    const config = await registry.addBlob(Buffer.from('{}'))
    const foreign = descriptor(digestOf('far'), 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip')
    const subject = digestOf('later')
    const document = { ...imageOf(config), layers: [foreign], subject: descriptor(subject, OCI_MANIFEST) }
    const { digest } = await push(document)
    expect(await row(digest)).toMatchObject({ subject, imageSizeBytes: 2 })
  })

  it('gives an index the size of its largest image, through other indexes', async () => {
    const small = await pushImage('a', 10)
    const large = await pushImage('b', 30)
    const inner = await push(indexOf(small.digest, large.digest))
    expect(await row(inner.digest)).toMatchObject({ imageSizeBytes: 30, artifactType: undefined })
  })

  it('takes a build cache, an index whose entries are blobs, keeps them and counts them', async () => {
    const blobs = [await registry.addBlob(Buffer.from('abc')), await registry.addBlob(Buffer.from('defgh'))]
    const { digest } = await push(indexOf(...blobs))
    expect(await row(digest)).toMatchObject({ imageSizeBytes: 8 })
    const later = registry.context.clock.time + 2 * BLOB_LEASE_MS
    for (const blob of blobs)
      expect(await registry.metadata.transaction(r => r.blobs.collect(blob, later))).toBeUndefined()
  })

  it('says whether anything changed', async () => {
    const first = await pushImage('a', 10, { tags: tags('v1') })
    const again = await pushImage('a', 10, { tags: tags('v1', 'v1') })
    expect([first.changed, again.changed, again.digest]).toEqual([true, false, first.digest])
    expect(await pushImage('a', 10, { tags: tags('v1', 'v2') })).toMatchObject({ changed: true })
    expect(await pushImage('a')).toMatchObject({ changed: false })
    expect(await imageCount()).toBe(1)
  })

  it('moves a tag, and leaves the image that had it', async () => {
    const first = await pushImage('a', 10, { tags: tags('latest') })
    const second = await pushImage('b', 10, { tags: tags('latest') })
    expect(await tagged()).toEqual({ latest: second.digest })
    expect(await row(first.digest)).toBeDefined()
    expect(await pushImage('a', 10, { tags: tags('latest') })).toMatchObject({ changed: true })
  })

  it('refuses one image too many, and takes those that are there already', async () => {
    for (const seed of ['a', 'b', 'c']) await pushImage(seed)
    const tooMany = problem('quotaExceeded', { quota: 'images', limit: 3 })
    await expect(pushImage('d', 10, { tags: tags('v1') })).rejects.toEqual(tooMany)
    expect([await imageCount(), await tagged()]).toEqual([3, {}])
    expect(await pushImage('a', 10, { tags: tags('v1') })).toMatchObject({ changed: true })
  })

  it('refuses one tag too many, and nothing of that push holds', async () => {
    const { digest } = await pushImage('a', 10, { tags: tags('1', '2') })
    const tooMany = problem('quotaExceeded', { quota: 'tags', limit: 2 })
    await expect(pushImage('a', 10, { tags: tags('3') })).rejects.toEqual(tooMany)
    await expect(pushImage('b', 10, { tags: tags('1', '2', '3') })).rejects.toEqual(tooMany)
    expect([await tagged(), await imageCount()]).toEqual([{ 1: digest, 2: digest }, 1])
  })

  it('says that the repository is gone, rather than the blobs', async () => {
    await registry.metadata.transaction(rows => rows.hiddenRepositories.delete(registry.repository.id, 0))
    await expect(push(imageOf(digestOf('x')))).rejects.toEqual(problem('repositoryNotFound'))
    const { path } = await registry.addRepository('other/one')
    await expect(mountBlob(registry.context, registry.repository, path, digestOf('x'))).rejects.toEqual(
      problem('repositoryNotFound'),
    )
  })
})
