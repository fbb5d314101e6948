import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Digest, digestOf } from '../../domain/digest.ts'
import { DOCKER_MANIFEST, DOCKER_SCHEMA_1, OCI_INDEX, OCI_MANIFEST } from '../../domain/manifest/media-types.ts'
import { parseTag } from '../../domain/names.ts'
import { areReferencesMended } from '../../housekeeping/mend-references.ts'
import { runPass } from '../../housekeeping/run-pass.ts'
import type { ManifestReferences } from '../../ports/rows/images/images.ts'
import { CALLER, openTemporaryRegistry, type TemporaryRegistry } from '../../testing/temporary-registry.ts'
import { restoreImages } from '../bin/restore-images.ts'
import { Removals } from '../blobs/removals.ts'
import { BLOB_LEASE_MS } from '../context.ts'
import { verify } from '../verify/verify.ts'
import { deleteImages } from './delete-images.ts'
import { pushManifest } from './push-manifest.ts'

let registry: TemporaryRegistry
beforeEach(async () => {
  registry = await openTemporaryRegistry()
})
afterEach(() => registry[Symbol.asyncDispose]())

const LAYER = Buffer.from('a layer that comes later')
const layer = digestOf(LAYER)
const CONFIG = Buffer.from('{}')
const descriptor = (mediaType: string, digest: string, size: number) => ({ mediaType, digest, size })
const config = descriptor('application/vnd.oci.image.config.v1+json', digestOf(CONFIG), CONFIG.length)
const foreign = (mediaType: string) => descriptor(mediaType, layer, LAYER.length)

/** Documents that may be taken without their layer. */
const OPTIONAL: [string, string, object][] = [
  [
    'a Docker foreign layer',
    DOCKER_MANIFEST,
    { schemaVersion: 2, config, layers: [foreign('application/vnd.docker.image.rootfs.foreign.diff.tar.gzip')] },
  ],
  [
    'an OCI layer that may not be distributed',
    OCI_MANIFEST,
    { schemaVersion: 2, config, layers: [foreign('application/vnd.oci.image.layer.nondistributable.v1.tar+gzip')] },
  ],
  ['a manifest of unknown type', 'application/vnd.example+json', { config, layers: [foreign('a/b')] }],
  ['blobs of an unknown type', 'application/vnd.example+json', { blobs: [foreign('a/b')] }],
  ['a list of an unknown type', 'application/vnd.example+json', { config, manifests: [foreign('a/b')] }],
]

const bytesOf = (document: object) => Buffer.from(JSON.stringify(document))
const push = (mediaType: string, document: object, ...tags: string[]) =>
  pushManifest(registry.context, CALLER, {
    ...{ repository: registry.repository, bytes: bytesOf(document), contentType: mediaType, tags: tags.map(parseTag) },
  })
/** As a release stored it that did not await references. */
const pushBefore = (mediaType: string, document: object, references: ManifestReferences) => {
  const bytes = bytesOf(document)
  const row = {
    ...{ repositoryId: registry.repository.id, digest: digestOf(bytes), mediaType, sizeBytes: bytes.length },
    ...{ artifactType: undefined, configMediaType: undefined, subject: undefined, annotations: undefined },
    ...{ imageSizeBytes: 0, pushedAt: 1 },
  }
  return registry.metadata.transaction(rows => rows.images.put(row, bytes, references))
}
const collect = async () => {
  registry.context.clock.time += BLOB_LEASE_MS + 1
  const onError = (error: unknown) => expect.unreachable(String(error))
  const removals = new Removals(registry.context, onError)
  const ended = { expired: 0, removed: 0, failures: 0 }
  return runPass({ context: registry.context, removals }, { ended, ranBy: 'server', onError })
}
const isThere = async (digest: Digest) =>
  (await registry.metadata.rows.blobs.find(registry.repository.id, digest)) !== undefined
const isHeld = () => registry.metadata.rows.blobs.isReferenced(registry.repository.id, layer)
const sizeOf = async (digest: Digest) =>
  (await registry.metadata.rows.images.find(registry.repository.id, [digest]))[0]?.imageSizeBytes
const faults = async (repair: boolean) => {
  const options = { repair, rehash: false, graceMs: 0, onProgress: () => {} }
  const found = []
  const removals = new Removals(registry.context, () => {})
  for await (const { kind, mended } of verify(registry.context, removals, options)) found.push([kind, mended])
  return found
}

describe.each(OPTIONAL)('%s', (_, mediaType, document) => {
  beforeEach(async () => {
    await registry.addBlob(CONFIG)
  })

  it('is held when it comes after its manifest, with or without another push', async () => {
    const { digest } = await push(mediaType, document, 'v1')
    expect(await isHeld()).toBe(false)
    await registry.addBlob(LAYER)
    expect(await isHeld()).toBe(true)
    await push(mediaType, document, 'v2')
    await collect()
    expect(await isThere(layer)).toBe(true)
    expect(await sizeOf(digest)).toBeGreaterThanOrEqual(LAYER.length)
    expect(await faults(false)).toEqual([])
  })

  it('goes through the bin and back, also when it came while its image was there', async () => {
    const { digest } = await push(mediaType, document, 'v1')
    await deleteImages(registry.context, CALLER, registry.repository, [{ digest }])
    await registry.addBlob(LAYER)
    await restoreImages(registry.context, CALLER, registry.repository, [{ digest }])
    expect(await isHeld()).toBe(true)
    await deleteImages(registry.context, CALLER, registry.repository, [{ digest }])
    await collect()
    await restoreImages(registry.context, CALLER, registry.repository, [{ digest }])
    expect([await isHeld(), await isThere(layer)]).toEqual([true, true])
  })

  it('is awaited again by an image that comes back without it', async () => {
    const { digest } = await push(mediaType, document, 'v1')
    await deleteImages(registry.context, CALLER, registry.repository, [{ digest }])
    await restoreImages(registry.context, CALLER, registry.repository, [{ digest }])
    await registry.addBlob(LAYER)
    expect(await isHeld()).toBe(true)
  })

  it('is recorded by another push where a release before left it out', async () => {
    await registry.addBlob(LAYER)
    await pushBefore(mediaType, document, { blobs: [], children: [] })
    await push(mediaType, document)
    expect(await isHeld()).toBe(true)
    expect(await sizeOf(digestOf(bytesOf(document)))).toBeGreaterThanOrEqual(LAYER.length)
  })

  it('is found by verify, and recorded by its repair, where a release before left it out', async () => {
    await registry.addBlob(LAYER)
    await pushBefore(mediaType, document, { blobs: [], children: [] })
    expect(new Set((await faults(false)).map(([kind]) => kind))).toEqual(new Set(['lostReference']))
    expect((await faults(true)).every(([, mended]) => mended)).toBe(true)
    expect([await faults(false), await isHeld()]).toEqual([[], true])
  })

  it('is recorded by the first pass after a release that left it out, before anything is collected', async () => {
    await registry.addBlob(LAYER)
    await pushBefore(mediaType, document, { blobs: [], children: [] })
    expect(await areReferencesMended(registry.metadata)).toBe(false)
    const { failures } = await collect()
    expect([failures, await isThere(layer), await isHeld()]).toEqual([0, true, true])
    expect(await areReferencesMended(registry.metadata)).toBe(true)
    expect(await faults(false)).toEqual([])
  })

  it('is looked for once in a registry that began without images', async () => {
    await collect()
    await pushBefore(mediaType, document, { blobs: [], children: [] })
    expect(await areReferencesMended(registry.metadata)).toBe(true)
  })

  it('that comes after that pass is held as well', async () => {
    await pushBefore(mediaType, document, { blobs: [], children: [] })
    await collect()
    await registry.addBlob(LAYER)
    expect(await isHeld()).toBe(true)
  })
})

it('the layers of a manifest of schema 1 from before are recorded by the first pass, by whatever digest it has', async () => {
  const document = { schemaVersion: 1, fsLayers: [{ blobSum: layer }], history: [], signatures: [{ protected: 'e30' }] }
  await registry.addBlob(LAYER)
  const signed = { ...document, signatures: undefined }
  await pushBefore(DOCKER_SCHEMA_1, signed, { blobs: [], children: [] })
  await collect()
  expect([await isHeld(), await isThere(layer)]).toEqual([true, true])
  expect(await sizeOf(digestOf(bytesOf(signed)))).toBe(LAYER.length)
  expect(await faults(false)).toEqual([])
})

it('nothing is collected while another process records what was left out', async () => {
  await registry.addImage('an image', 'v1')
  const unused = await registry.addBlob(Buffer.from('unused'))
  const { clock } = registry.context
  // As long as a process may claim it at a time, from just before the pass on.
  const until = clock.time + BLOB_LEASE_MS + 60_000
  await registry.metadata.transaction(rows => rows.schedules.claim('references', until - 120_000, until, 0))
  await collect()
  expect(await isThere(unused)).toBe(true)
  clock.time = until
  await collect()
  expect(await isThere(unused)).toBe(false)
})

it('images that the audit log knows to be deleted are remembered from before', async () => {
  const image = await registry.addImage('gone')
  await deleteImages(registry.context, CALLER, registry.repository, [{ digest: image }])
  await registry.addImage('there')
  const never = digestOf('never')
  const departed = () => registry.metadata.rows.departures.find(registry.repository.id, [image, never])
  await registry.metadata.transaction(async rows => {
    const record = {
      recordedAt: registry.context.clock.time,
      action: 'DeleteImage',
      principal: 'x',
      via: 'call' as const,
    }
    const before = { ...record, accountId: '111111111111' as never, repository: 'tools/web', digest: never }
    await rows.audit.append([before, { ...before, repository: 'tools/none' }, { ...before, digest: 'text' }])
  })
  await collect()
  expect(await departed()).toEqual(new Set([image, never]))
})

it('an index that listed a blob holds the manifest that comes by its digest', async () => {
  const document = { schemaVersion: 2, config, layers: [] }
  const entry = digestOf(bytesOf(document))
  await registry.addBlob(CONFIG)
  await registry.addBlob(bytesOf(document))
  await push(OCI_INDEX, { schemaVersion: 2, manifests: [descriptor(OCI_MANIFEST, entry, 1)] }, 'index')
  await push(OCI_MANIFEST, document, 'v1')
  const { failures } = await deleteImages(registry.context, CALLER, registry.repository, [{ digest: entry }])
  expect(failures).toMatchObject([{ failure: { kind: 'heldByIndexes' } }])
})
