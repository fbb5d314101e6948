import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { inFull } from '../../testing/in-full.ts'
import { jsonOf, OciClient, type OciResponse } from '../oci/client.ts'
import { type Content, type Image, randomImage } from '../oci/content.ts'
import { Repository } from '../oci/repository.ts'
import { killAdmin, runAdmin } from '../support/admin.ts'
import { isEmbedded } from '../support/embedded.ts'
import { type Registry, startRegistry } from '../support/registry.ts'
import { expectWholeStorage, type Stores } from '../support/stores.ts'

interface Finding {
  readonly kind: string
  readonly subject: string
  readonly mended: boolean
}

const CLEAN = { exitCode: 0, found: [], left: 0 }
/** Nothing to mend, but images that wait for a push. */
const WAITING = { ...CLEAN, exitCode: 1 }

/** A registry of its own for each test: what one breaks, no other sees. */
class Broken implements AsyncDisposable {
  readonly registry: Registry
  readonly client: OciClient

  constructor(registry: Registry) {
    this.registry = registry
    this.client = new OciClient(registry)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.client[Symbol.asyncDispose]()
  }

  /** What `berthd admin verify` prints, and its exit code with it. */
  async verify(...options: string[]) {
    const { exitCode, stdout, stderr } = await runAdmin(this.registry, 'verify', ...options)
    const { findings, left, damagedBlobs } = JSON.parse(stdout)
    const found = (findings as Finding[]).map(({ kind, subject, mended }) => ({ kind, subject, mended }))
    return { exitCode, found, left: left as number, damagedBlobs: damagedBlobs as number, stderr }
  }

  async repository(name: string): Promise<Repository> {
    await this.registry.control('CreateRepository', { repositoryName: name })
    return new Repository(this.client, `${this.registry.alias}/${name}`)
  }

  /** A new repository with one image, tagged `v1`. */
  async pushed(name: string): Promise<{ repository: Repository; image: Image; layer: Content }> {
    const repository = await this.repository(name)
    const image = randomImage(name)
    await repository.pushImage(image, 'v1')
    const [, layer] = image.blobs
    if (layer === undefined) throw new Error('an image without a layer')
    return { repository, image, layer }
  }

  get stores(): Stores {
    return this.registry.stores
  }

  async keyOf({ digest }: Content): Promise<string> {
    const sql = `select storage_key from blobs where digest = '${digest}'`
    return (await this.stores.query<{ storage_key: string }>(sql)).map(row => row.storage_key).join()
  }
}

const errorOf = (response: OciResponse) => jsonOf<{ errors: { code: string }[] }>(response).errors[0]?.code

type Break = (stores: Stores, key: string) => Promise<void>

const remove: Break = (stores, key) => stores.remove(key)

const shorten: Break = async (stores, key) => stores.write(key, (await stores.read(key)).subarray(0, 10))

const flipByte: Break = async (stores, key) => {
  const bytes = await stores.read(key)
  bytes[0] = (bytes[0] ?? 0) ^ 1
  await stores.write(key, bytes)
}

const DAMAGES: [kind: string, breakIt: Break][] = [
  ['corruptBytes', flipByte],
  ['missingBytes', remove],
  ['wrongSize', shorten],
]

// All three are found at once further below, and each by itself in the unit tests.
test.each(inFull(DAMAGES.slice(0, 1), DAMAGES))(
  '%s: found, marked, served to nobody, and healed by a push',
  async (kind, breakIt) => {
    await using broken = new Broken(await startRegistry())
    const { registry } = broken
    const { repository, image, layer } = await broken.pushed('faults/broken')
    const { repository: other } = await broken.pushed('faults/other')
    const damagedKey = await broken.keyOf(layer)
    await breakIt(broken.stores, damagedKey)

    const finding = { kind, subject: layer.digest }
    expect(await broken.verify()).toMatchObject({ exitCode: 1, found: [{ ...finding, mended: false }], left: 1 })
    expect((await broken.verify('--quick')).found).toHaveLength(kind === 'corruptBytes' ? 0 : 1)
    const repaired = await broken.verify('--repair')
    expect(repaired).toMatchObject({ exitCode: 1, found: [{ ...finding, mended: true }], left: 0, damagedBlobs: 1 })
    expect(repaired.stderr).toContain(`${kind} ${layer.digest}`)
    expect(repaired.stderr).toContain(
      `${repository.name}@${image.manifest.digest} cannot be pulled whole until ${layer.digest} is pushed again`,
    )
    expect(await broken.verify()).toMatchObject({ ...WAITING, damagedBlobs: 1 })

    for (const method of ['HEAD', 'GET']) expect((await repository.blob(method, layer.digest)).status).toBe(404)
    expect((await repository.manifest('GET', 'v1')).status).toBe(200)
    const mount = { query: [['mount', layer.digest] as const, ['from', repository.name] as const] }
    expect((await other.send('POST', 'blobs/uploads/', mount)).status).toBe(202)
    expect(errorOf(await repository.putManifest(image.manifest, 'v2'))).toBe('MANIFEST_BLOB_UNKNOWN')

    await repository.pushImage(image, 'v2')
    const healed = await repository.blob('GET', layer.digest)
    expect([healed.status, healed.body.equals(layer.bytes)]).toEqual([200, true])
    expect((await other.send('POST', 'blobs/uploads/', mount)).status).toBe(201)
    expect(await broken.keyOf(layer)).not.toBe(damagedKey)
    await runAdmin(registry, 'gc', '--now')
    expect(await broken.verify()).toMatchObject({ ...CLEAN, damagedBlobs: 0 })
    await expectWholeStorage(registry)
  },
)

test('a stray file is found, and removed', async () => {
  await using broken = new Broken(await startRegistry())
  const { registry } = broken
  const key = randomUUID()
  await broken.stores.write(key, Buffer.from('stray'))
  const finding = { kind: 'orphanBytes', subject: key }
  expect(await broken.verify()).toMatchObject({ exitCode: 1, found: [{ ...finding, mended: false }] })
  expect(await broken.verify('--repair')).toMatchObject({ exitCode: 0, found: [{ ...finding, mended: true }] })
  expect(await broken.verify()).toMatchObject(CLEAN)
  await expectWholeStorage(registry)
})

test('a wrong counter and a reference that nothing records are found, and put right', async () => {
  await using broken = new Broken(await startRegistry())
  const { registry } = broken
  const { repository, image, layer } = await broken.pushed('faults/broken')
  await registry.stores.change('update repositories set image_count = 7')
  await registry.stores.change(`delete from manifest_blobs where blob = '${layer.digest}'`)
  const found = (mended: boolean) => [
    { kind: 'wrongCounter', subject: repository.name, mended },
    { kind: 'lostReference', subject: `${repository.name}@${image.manifest.digest}`, mended },
  ]
  expect(await broken.verify('--quick')).toMatchObject({ exitCode: 1, found: found(false), left: 2 })
  expect(await broken.verify('--quick', '--repair')).toMatchObject({ exitCode: 0, found: found(true), left: 0 })
  expect(await broken.verify('--quick')).toMatchObject(CLEAN)
})

test('a reference to a blob that has no row is found, and recorded when the blob is pushed', async () => {
  await using broken = new Broken(await startRegistry())
  const { registry } = broken
  const { repository, image, layer } = await broken.pushed('faults/broken')
  const key = await broken.keyOf(layer)
  for (const [table, column] of [
    ['manifest_blobs', 'blob'],
    ['repository_blobs', 'digest'],
    ['blobs', 'digest'],
  ])
    await registry.stores.change(`delete from ${table} where ${column} = '${layer.digest}'`)
  const subject = `${repository.name}@${image.manifest.digest}`
  // PostgreSQL leaves out what keeps the counters of accounts together with the constraints.
  const counters = (mended: boolean) => (isEmbedded ? [] : [{ kind: 'wrongCounter', mended }])
  const found = (mended: boolean) => [
    { kind: 'orphanBytes', subject: key, mended },
    { kind: 'missingReference', subject, mended: false },
    ...counters(mended),
  ]
  expect(await broken.verify()).toMatchObject({ exitCode: 1, found: found(false), left: found(false).length })
  expect(await broken.verify('--repair')).toMatchObject({ exitCode: 1, found: found(true), left: 1 })
  // The repair noted what is missing, so that the push records it by itself.
  await repository.pushBlob(layer)
  expect(await broken.verify()).toMatchObject({ ...CLEAN, found: [] })
  expect((await repository.blob('DELETE', layer.digest)).status).toBe(405)
  await expectWholeStorage(registry)
})

test('every fault at once, with the server stopped', async () => {
  await using broken = new Broken(await startRegistry())
  const { registry } = broken
  const images = [await broken.pushed('faults/a'), await broken.pushed('faults/b'), await broken.pushed('faults/c')]
  const stray = randomUUID()
  await registry.stop()
  for (const [index, breakIt] of [remove, shorten, flipByte].entries()) {
    const layer = images[index]?.layer
    if (layer !== undefined) await breakIt(broken.stores, await broken.keyOf(layer))
  }
  await broken.stores.write(stray, Buffer.from('stray'))
  await registry.stores.change("update repositories set image_count = 7 where name = 'faults/b'")
  const kinds = ['corruptBytes', 'missingBytes', 'orphanBytes', 'wrongCounter', 'wrongSize']
  const kindsOf = ({ found }: { found: readonly Finding[] }) => found.map(({ kind }) => kind).sort()
  const found = await broken.verify()
  expect([found.exitCode, found.left, kindsOf(found)]).toEqual([1, 5, kinds])
  const repaired = await broken.verify('--repair')
  expect([repaired.exitCode, repaired.left, kindsOf(repaired)]).toEqual([1, 0, kinds])
  expect(await broken.verify()).toMatchObject({ ...WAITING, damagedBlobs: 3 })
  await registry.restart()
  for (const { repository, image } of images) await repository.pushImage(image, 'v1')
  expect(await broken.verify()).toMatchObject({ ...CLEAN, damagedBlobs: 0 })
})

test('what clients do meanwhile is no fault', async () => {
  await using broken = new Broken(await startRegistry())
  const repository = await broken.repository('faults/busy')
  const upload = await repository.startUpload()
  await repository.patch(upload, Buffer.alloc(1000))
  const verified = Promise.all([broken.verify('--repair'), broken.verify('--repair')])
  for (let count = 0; count < 40; count += 1) {
    const image = randomImage(`busy ${count}`)
    await repository.pushImage(image, `v${count}`)
    if (count % 2 === 0) await repository.manifest('DELETE', image.manifest.digest)
  }
  for (const outcome of await verified) expect(outcome).toMatchObject(CLEAN)
  expect((await repository.patch(upload, Buffer.alloc(10))).status).toBe(202)
  await expectWholeStorage(broken.registry)
})

const KILLS = inFull(2, 6)

test('a kill of verify --repair in the middle costs nothing but another run', async () => {
  await using broken = new Broken(await startRegistry())
  const { image } = await broken.pushed('faults/broken')
  const strays = Array.from({ length: 400 }, () => randomUUID())
  for (let start = 0; start < strays.length; start += 20)
    await Promise.all(strays.slice(start, start + 20).map(key => broken.stores.write(key, Buffer.from(key))))
  for (const blob of image.blobs) await flipByte(broken.stores, await broken.keyOf(blob))
  let kills = 0
  for (let kill = 0; kill < KILLS; kill += 1) {
    // The first line comes with the first orphans removed.
    if (await killAdmin(broken.registry, kill * 10, 'verify', '--repair')) kills += 1
    await broken.stores.expectSoundDatabase()
  }
  expect(kills).toBeGreaterThan(0)
  expect((await broken.verify('--repair')).left).toBe(0)
  expect(await broken.verify()).toMatchObject({ ...WAITING, damagedBlobs: image.blobs.length })
  await expectWholeStorage(broken.registry)
})
