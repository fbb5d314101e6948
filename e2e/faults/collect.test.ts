import { expect, test, vi } from 'vitest'
import { OciClient } from '../oci/client.ts'
import { randomBlob, randomImage } from '../oci/content.ts'
import { Repository } from '../oci/repository.ts'
import { killAdmin, runAdmin } from '../support/admin.ts'
import { type RegistryOptions, startRegistry } from '../support/registry.ts'
import { expectWholeStorage, query } from './database.ts'
import { storedKeys } from './process.ts'

/** No lease, so that a blob may go as soon as nothing refers to it; passes only when a test asks. */
const BY_HAND = ['--blob-lease-minutes', '0', '--collect-seconds', '86400']

async function open(options: RegistryOptions) {
  const client = new OciClient(await startRegistry(options))
  await client.registry.control('CreateRepository', { repositoryName: 'faults/collect' })
  return { client, repository: new Repository(client, `${client.registry.alias}/faults/collect`) }
}

const admin = async (dataDir: string, ...args: string[]) => {
  const { exitCode, stdout } = await runAdmin(dataDir, ...args)
  return { exitCode, ...JSON.parse(stdout) }
}

test('gc counts, lists, collects and tells, beside the server', async () => {
  const { client, repository } = await open({ args: BY_HAND })
  await using _ = client
  const { dataDir } = client.registry
  const kept = randomImage('kept')
  await repository.pushImage(kept, 'v1')
  const unused = Array.from({ length: 30 }, (_, index) => randomBlob(`unused ${index}`, 100 + index))
  for (const blob of unused) await repository.pushBlob(blob)
  const bytes = unused.reduce((sum, blob) => sum + blob.bytes.length, 0)

  const before = await storedKeys(dataDir)
  const expected = { exitCode: 0, blobs: 30, bytes, expiredUploads: 0, journalledKeys: 0 }
  expect(await admin(dataDir, 'gc', '--dry-run')).toEqual(expected)
  const listed = (await runAdmin(dataDir, 'gc', '--dry-run', '--digests')).stdout.trimEnd().split('\n')
  const sizes = unused.map(({ digest, bytes: { length } }) => ({ digest, sizeBytes: length }))
  expect(listed.map(line => JSON.parse(line))).toEqual(sizes.sort((a, b) => (a.digest < b.digest ? -1 : 1)))
  expect(await storedKeys(dataDir)).toEqual(before)
  expect(await admin(dataDir, 'gc', 'status')).toMatchObject({ reviews: { waiting: 32, due: 32 } })

  const pass = { ranBy: 'admin', blobsCollected: 30, bytesCollected: bytes, keysRemoved: 30, failures: 0 }
  expect(await admin(dataDir, 'gc', '--now')).toMatchObject({ exitCode: 0, ...pass })
  expect(await storedKeys(dataDir)).toHaveProperty('size', before.size - 30)
  expect(await admin(dataDir, 'gc', 'status')).toMatchObject({
    reviews: { waiting: 0, due: 0 },
    journal: { keys: 0, failing: 0 },
    lastPass: pass,
  })
  for (const { digest } of unused) expect((await repository.blob('GET', digest)).status).toBe(404)
  for (const { digest } of kept.blobs) expect((await repository.blob('GET', digest)).status).toBe(200)
  await client.registry.stop()
  expect(await admin(dataDir, 'gc', '--now')).toMatchObject({ exitCode: 0, blobsCollected: 0 })
  await expectWholeStorage(dataDir)
})

test('a kill of gc --now in the middle costs nothing but another pass', async () => {
  const { client, repository } = await open({ args: BY_HAND })
  await using _ = client
  const { dataDir } = client.registry
  for (let index = 0; index < 400; index += 1)
    await repository.send('POST', 'blobs/uploads/', {
      query: [['digest', randomBlob(`unused ${index}`).digest]],
      body: randomBlob(`unused ${index}`).bytes,
    })
  const blobsLeft = () => query<{ digest: string }>(dataDir, 'select digest from blobs').length
  expect(blobsLeft()).toBe(400)
  let kills = 0
  // The first line comes when nothing is collected yet.
  for (const afterMs of [0, 5, 10, 20, 30, 50]) {
    if (await killAdmin(dataDir, afterMs, 'gc', '--now')) kills += 1
    await expectWholeStorage(dataDir)
  }
  expect(kills).toBeGreaterThan(0)
  expect(await admin(dataDir, 'gc', '--now')).toMatchObject({ exitCode: 0, failures: 0 })
  expect(blobsLeft()).toBe(0)
  expect((await storedKeys(dataDir)).size).toBe(0)
  await expectWholeStorage(dataDir)
})

test('the server collects by itself, at the period that is set', async () => {
  const { client, repository } = await open({ args: ['--blob-lease-minutes', '0', '--collect-seconds', '0.1'] })
  await using _ = client
  const { dataDir } = client.registry
  await repository.pushBlob(randomBlob('unused'))
  await vi.waitFor(async () => expect((await storedKeys(dataDir)).size).toBe(0), { timeout: 20_000 })
  expect(await admin(dataDir, 'gc', 'status')).toMatchObject({ lastPass: { ranBy: 'server', failures: 0 } })
})
