import { expect, test, vi } from 'vitest'
import { inFull } from '../../testing/in-full.ts'
import { OciClient } from '../oci/client.ts'
import { type Content, randomBlob, randomImage } from '../oci/content.ts'
import { Repository } from '../oci/repository.ts'
import { killAdmin, runAdmin } from '../support/admin.ts'
import { type Registry, type RegistryOptions, startRegistry } from '../support/registry.ts'
import { expectWholeStorage } from '../support/stores.ts'

/** No lease, so that a blob may go as soon as nothing refers to it; passes only when a test asks. */
const BY_HAND = ['--blob-lease-minutes', '0', '--collect-seconds', '86400']

async function open(options: RegistryOptions) {
  const client = new OciClient(await startRegistry(options))
  await client.registry.control('CreateRepository', { repositoryName: 'faults/collect' })
  return { client, repository: new Repository(client, `${client.registry.alias}/faults/collect`) }
}

const pushAtOnce = (repository: Repository, { digest, bytes }: Content) =>
  repository.send('POST', 'blobs/uploads/', { query: [['digest', digest]], body: bytes })

const admin = async (registry: Registry, ...args: string[]) => {
  const { exitCode, stdout } = await runAdmin(registry, ...args)
  return { exitCode, ...JSON.parse(stdout) }
}

test('gc counts, lists, collects and tells, beside the server', async () => {
  const { client, repository } = await open({ args: BY_HAND })
  await using _ = client
  const { registry } = client
  const kept = randomImage('kept')
  await repository.pushImage(kept, 'v1')
  const unused = Array.from({ length: 30 }, (_, index) => randomBlob(`unused ${index}`, 100 + index))
  for (const blob of unused) await repository.pushBlob(blob)
  const bytes = unused.reduce((sum, blob) => sum + blob.bytes.length, 0)

  const before = await registry.stores.keys()
  const waiting = { leases: { blobs: 0, bytes: 0 }, bin: { images: 0, bytes: 0 } }
  const expected = { exitCode: 0, blobs: 30, bytes, dueImages: 0, expiredUploads: 0, journalledKeys: 0, waiting }
  expect(await admin(registry, 'gc', '--dry-run')).toEqual(expected)
  const listed = (await runAdmin(registry, 'gc', '--dry-run', '--digests')).stdout.trimEnd().split('\n')
  const sizes = unused.map(({ digest, bytes: { length } }) => ({ digest, sizeBytes: length }))
  expect(listed.map(line => JSON.parse(line))).toEqual(sizes.sort((a, b) => (a.digest < b.digest ? -1 : 1)))
  expect(await registry.stores.keys()).toEqual(before)
  expect(await admin(registry, 'gc', 'status')).toMatchObject({ reviews: { waiting: 32, due: 32 } })

  const pass = { ranBy: 'admin', blobsCollected: 30, bytesCollected: bytes, keysRemoved: 30, failures: 0 }
  expect(await admin(registry, 'gc', '--now')).toMatchObject({ exitCode: 0, ...pass })
  expect(await registry.stores.keys()).toHaveProperty('size', before.size - 30)
  expect(await admin(registry, 'gc', 'status')).toMatchObject({
    reviews: { waiting: 0, due: 0 },
    journal: { keys: 0, failing: 0 },
    lastPass: pass,
  })
  for (const { digest } of unused) expect((await repository.blob('GET', digest)).status).toBe(404)
  for (const { digest } of kept.blobs) expect((await repository.blob('GET', digest)).status).toBe(200)
  await registry.stop()
  expect(await admin(registry, 'gc', '--now')).toMatchObject({ exitCode: 0, blobsCollected: 0 })
  await expectWholeStorage(registry)
})

test('gc tells what waits and until when, and waits for no lease while no server holds the store', async () => {
  const { client, repository } = await open({ args: ['--collect-seconds', '86400'] })
  await using _ = client
  const { registry } = client
  const image = randomImage('deleted')
  await repository.pushImage(image, 'v1')
  await repository.pushBlob(randomBlob('unused', 2_500_000))
  const repositoryName = 'faults/collect'
  await registry.control('BatchDeleteImage', { repositoryName, imageIds: [{ imageTag: 'v1' }] })
  const [lease] = await registry.stores.query<{ until: number | string }>('select max(lease_until) as until from blobs')
  const lastAt = new Date(Number(lease?.until)).toISOString()

  for (const how of [['--dry-run'], ['--now'], ['--now', '--blob-lease-minutes', '1']]) {
    const { exitCode, stdout, stderr } = await runAdmin(registry, 'gc', ...how)
    expect([exitCode, stderr]).toEqual([
      0,
      expect.stringMatching(/^gc: 1 blob waits for the lease .*\(2\.5 MB, until /m),
    ])
    expect(stderr).toContain('A shorter --blob-lease-minutes counts for leases given from then on')
    expect(stderr).toMatch(/^gc: 1 image waits in the bin, .*until .*`berth images purge` takes images out sooner\.$/m)
    expect(JSON.parse(stdout).waiting).toMatchObject({
      leases: { blobs: 1, bytes: 2_500_000, lastAt },
      bin: { images: 1, firstAt: expect.any(String), lastAt: expect.any(String) },
    })
  }

  const refused = await runAdmin(registry, 'gc', '--now', '--ignore-leases')
  expect([refused.exitCode, refused.stdout]).toEqual([1, ''])
  expect(refused.stderr).toMatch(/^--ignore-leases works only while no server holds the store.*Stop berthd first/)
  await registry.stop()
  const ignoring = { exitCode: 0, blobs: 1, bytes: 2_500_000 }
  expect(await admin(registry, 'gc', '--dry-run', '--ignore-leases')).toMatchObject(ignoring)
  const collected = { exitCode: 0, blobsCollected: 1, bytesCollected: 2_500_000, failures: 0 }
  expect(await admin(registry, 'gc', '--now', '--ignore-leases')).toMatchObject(collected)
  // What the bin holds stays.
  expect((await registry.stores.query('select digest from blobs')).length).toBe(image.blobs.length)
  await expectWholeStorage(registry)
})

test('a server goes on collecting when a newer berth has been at its database', async () => {
  const args = ['--blob-lease-minutes', '0', '--collect-seconds', '0.5']
  const { client, repository } = await open({ args })
  await using _ = client
  const { registry } = client
  await registry.stores.change("insert into kysely_migration values ('9999-later', '2030-01-01T00:00:00.000Z')")
  const unused = randomBlob('unused')
  expect((await pushAtOnce(repository, unused)).status).toBe(201)
  await vi.waitFor(async () => expect(await registry.stores.keys()).toEqual(new Set()))
  expect((await repository.blob('GET', unused.digest)).status).toBe(404)
  expect(registry.output()).not.toContain('newer berth')
})

test('a kill of gc --now in the middle costs nothing but another pass', async () => {
  const { client, repository } = await open({ args: BY_HAND })
  await using _ = client
  const { registry } = client
  const blobs = Array.from({ length: 400 }, (_, index) => randomBlob(`unused ${index}`))
  for (let start = 0; start < blobs.length; start += 20)
    await Promise.all(blobs.slice(start, start + 20).map(blob => pushAtOnce(repository, blob)))
  const blobsLeft = async () => (await registry.stores.query('select digest from blobs')).length
  expect(await blobsLeft()).toBe(400)
  let kills = 0
  // The first line comes when nothing is collected yet.
  for (const afterMs of inFull([0, 10, 30], [0, 5, 10, 20, 30, 50])) {
    if (await killAdmin(registry, afterMs, 'gc', '--now')) kills += 1
    await expectWholeStorage(registry)
  }
  expect(kills).toBeGreaterThan(0)
  expect(await admin(registry, 'gc', '--now')).toMatchObject({ exitCode: 0, failures: 0 })
  expect(await blobsLeft()).toBe(0)
  expect((await registry.stores.keys()).size).toBe(0)
  await expectWholeStorage(registry)
})

test('the server collects by itself, at the period that is set', async () => {
  const { client, repository } = await open({ args: ['--blob-lease-minutes', '0', '--collect-seconds', '0.1'] })
  await using _ = client
  const { registry } = client
  await repository.pushBlob(randomBlob('unused'))
  await vi.waitFor(async () => expect((await registry.stores.keys()).size).toBe(0))
  expect(await admin(registry, 'gc', 'status')).toMatchObject({ lastPass: { ranBy: 'server', failures: 0 } })
})
