import { randomUUID } from 'node:crypto'
import { open, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { jsonOf, OciClient, type OciResponse } from '../oci/client.ts'
import { type Content, type Image, randomImage } from '../oci/content.ts'
import { Repository } from '../oci/repository.ts'
import { killAdmin, runAdmin } from '../support/admin.ts'
import { type Registry, startRegistry } from '../support/registry.ts'
import { change, expectWholeStorage, query } from './database.ts'

interface Finding {
  readonly kind: string
  readonly subject: string
  readonly mended: boolean
}

const CLEAN = { exitCode: 0, found: [], left: 0 }

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
    const { exitCode, stdout, stderr } = await runAdmin(this.registry.dataDir, 'verify', ...options)
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

  keyOf({ digest }: Content): string {
    const rows = query<{ storage_key: string }>(
      this.registry.dataDir,
      `select storage_key from blobs where digest = '${digest}'`,
    )
    return rows.map(row => row.storage_key).join()
  }

  pathOf(key: string): string {
    return join(this.registry.dataDir, 'blobs', key.slice(0, 2), key)
  }
}

const errorOf = (response: OciResponse) => jsonOf<{ errors: { code: string }[] }>(response).errors[0]?.code

async function flipByte(path: string): Promise<void> {
  const file = await open(path, 'r+')
  try {
    const byte = Buffer.alloc(1)
    await file.read(byte, 0, 1, 100)
    byte[0] = (byte[0] ?? 0) ^ 1
    await file.write(byte, 0, 1, 100)
  } finally {
    await file.close()
  }
}

test.each([
  ['missingBytes', (path: string) => rm(path)],
  ['wrongSize', (path: string) => truncate(path, 10)],
  ['corruptBytes', flipByte],
])('%s: found, marked, served to nobody, and healed by a push', async (kind, breakIt) => {
  await using broken = new Broken(await startRegistry())
  const { registry } = broken
  const { repository, image, layer } = await broken.pushed('faults/broken')
  const { repository: other } = await broken.pushed('faults/other')
  const damagedKey = broken.keyOf(layer)
  await breakIt(broken.pathOf(damagedKey))

  const finding = { kind, subject: layer.digest }
  expect(await broken.verify()).toMatchObject({ exitCode: 1, found: [{ ...finding, mended: false }], left: 1 })
  expect((await broken.verify('--quick')).found).toHaveLength(kind === 'corruptBytes' ? 0 : 1)
  const repaired = await broken.verify('--repair')
  expect(repaired).toMatchObject({ exitCode: 0, found: [{ ...finding, mended: true }], left: 0, damagedBlobs: 1 })
  expect(repaired.stderr).toContain(`${kind} ${layer.digest}`)
  expect(await broken.verify()).toMatchObject({ ...CLEAN, damagedBlobs: 1 })

  for (const method of ['HEAD', 'GET']) expect((await repository.blob(method, layer.digest)).status).toBe(404)
  expect((await repository.manifest('GET', 'v1')).status).toBe(200)
  const mount = { query: [['mount', layer.digest] as const, ['from', repository.name] as const] }
  expect((await other.send('POST', 'blobs/uploads/', mount)).status).toBe(202)
  expect(errorOf(await repository.putManifest(image.manifest, 'v2'))).toBe('MANIFEST_BLOB_UNKNOWN')

  await repository.pushImage(image, 'v2')
  const healed = await repository.blob('GET', layer.digest)
  expect([healed.status, healed.body.equals(layer.bytes)]).toEqual([200, true])
  expect((await other.send('POST', 'blobs/uploads/', mount)).status).toBe(201)
  expect(broken.keyOf(layer)).not.toBe(damagedKey)
  await runAdmin(registry.dataDir, 'gc', '--now')
  expect(await broken.verify()).toMatchObject({ ...CLEAN, damagedBlobs: 0 })
  await expectWholeStorage(registry.dataDir)
})

test('a stray file is found, and removed', async () => {
  await using broken = new Broken(await startRegistry())
  const { registry } = broken
  const key = randomUUID()
  await writeFile(broken.pathOf(key), 'stray')
  const finding = { kind: 'orphanBytes', subject: key }
  expect(await broken.verify()).toMatchObject({ exitCode: 1, found: [{ ...finding, mended: false }] })
  expect(await broken.verify('--repair')).toMatchObject({ exitCode: 0, found: [{ ...finding, mended: true }] })
  expect(await broken.verify()).toMatchObject(CLEAN)
  await expectWholeStorage(registry.dataDir)
})

test('a wrong counter and a reference that nothing records are found, and put right', async () => {
  await using broken = new Broken(await startRegistry())
  const { registry } = broken
  const { repository, image, layer } = await broken.pushed('faults/broken')
  change(registry.dataDir, 'update repositories set image_count = 7')
  change(registry.dataDir, `delete from manifest_blobs where blob = '${layer.digest}'`)
  const found = (mended: boolean) => [
    { kind: 'wrongCounter', subject: repository.name, mended },
    { kind: 'lostReference', subject: `${repository.name}@${image.manifest.digest}`, mended },
  ]
  expect(await broken.verify('--quick')).toMatchObject({ exitCode: 1, found: found(false), left: 2 })
  expect(await broken.verify('--quick', '--repair')).toMatchObject({ exitCode: 0, found: found(true), left: 0 })
  expect(await broken.verify('--quick')).toMatchObject(CLEAN)
})

test('a reference to a blob that has no row is found, and left until the blob is pushed', async () => {
  await using broken = new Broken(await startRegistry())
  const { registry } = broken
  const { repository, image, layer } = await broken.pushed('faults/broken')
  const key = broken.keyOf(layer)
  for (const [table, column] of [
    ['manifest_blobs', 'blob'],
    ['repository_blobs', 'digest'],
    ['blobs', 'digest'],
  ])
    change(registry.dataDir, `delete from ${table} where ${column} = '${layer.digest}'`)
  const subject = `${repository.name}@${image.manifest.digest}`
  const found = (mended: boolean) => [
    { kind: 'orphanBytes', subject: key, mended },
    { kind: 'missingReference', subject, mended: false },
  ]
  expect(await broken.verify()).toMatchObject({ exitCode: 1, found: found(false), left: 2 })
  expect(await broken.verify('--repair')).toMatchObject({ exitCode: 1, found: found(true), left: 1 })
  await repository.pushBlob(layer)
  const lost = [{ kind: 'lostReference', subject, mended: true }]
  expect(await broken.verify('--repair')).toMatchObject({ exitCode: 0, found: lost })
  expect(await broken.verify()).toMatchObject(CLEAN)
  await expectWholeStorage(registry.dataDir)
})

test('every fault at once, with the server stopped', async () => {
  await using broken = new Broken(await startRegistry())
  const { registry } = broken
  const images = [await broken.pushed('faults/a'), await broken.pushed('faults/b'), await broken.pushed('faults/c')]
  const stray = randomUUID()
  await registry.stop()
  const breaks = [(path: string) => rm(path), (path: string) => truncate(path, 10), flipByte]
  for (const [index, breakIt] of breaks.entries()) {
    const layer = images[index]?.layer
    if (layer !== undefined) await breakIt(broken.pathOf(broken.keyOf(layer)))
  }
  await writeFile(broken.pathOf(stray), 'stray')
  change(registry.dataDir, "update repositories set image_count = 7 where name = 'faults/b'")
  const kinds = ['corruptBytes', 'missingBytes', 'orphanBytes', 'wrongCounter', 'wrongSize']
  const kindsOf = ({ found }: { found: readonly Finding[] }) => found.map(({ kind }) => kind).sort()
  const found = await broken.verify()
  expect([found.exitCode, found.left, kindsOf(found)]).toEqual([1, 5, kinds])
  const repaired = await broken.verify('--repair')
  expect([repaired.exitCode, repaired.left, kindsOf(repaired)]).toEqual([0, 0, kinds])
  expect(await broken.verify()).toMatchObject({ ...CLEAN, damagedBlobs: 3 })
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
  await expectWholeStorage(broken.registry.dataDir)
})

test('a kill of verify --repair in the middle costs nothing but another run', async () => {
  await using broken = new Broken(await startRegistry())
  const { image } = await broken.pushed('faults/broken')
  const strays = Array.from({ length: 400 }, () => randomUUID())
  for (const key of strays) await writeFile(broken.pathOf(key), key)
  for (const blob of image.blobs) await flipByte(broken.pathOf(broken.keyOf(blob)))
  let kills = 0
  for (let kill = 0; kill < 6; kill += 1) {
    // Its first line comes with the first orphans removed.
    if (await killAdmin(broken.registry.dataDir, kill * 10, 'verify', '--repair')) kills += 1
    expect(query(broken.registry.dataDir, 'pragma integrity_check')).toEqual([{ integrity_check: 'ok' }])
  }
  expect(kills).toBeGreaterThan(0)
  expect((await broken.verify('--repair')).exitCode).toBe(0)
  expect(await broken.verify()).toMatchObject({ ...CLEAN, damagedBlobs: image.blobs.length })
  await expectWholeStorage(broken.registry.dataDir)
})
