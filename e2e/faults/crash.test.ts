import { setTimeout as delay } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import { OciClient } from '../oci/client.ts'
import { randomImage } from '../oci/content.ts'
import { Repository } from '../oci/repository.ts'
import { randomNumbers } from '../support/random.ts'
import { startRegistry } from '../support/registry.ts'
import { expectWholeStorage, query } from './database.ts'
import { CRASH_REPOSITORY, check, newLedger, work } from './ledger.ts'

const KILLS = 20
const WORKERS = 4
const SEED = 20_261_123

test(`what was acknowledged outlives ${KILLS} kills, and what was not is whole or absent`, async () => {
  const random = randomNumbers(SEED)
  await using client = new OciClient(await startRegistry())
  const { registry } = client
  await registry.control('CreateRepository', { repositoryName: CRASH_REPOSITORY })
  const repository = new Repository(client, `${registry.alias}/${CRASH_REPOSITORY}`)
  const ledgers = Array.from({ length: WORKERS }, newLedger)
  let [pushes, deletes] = [0, 0]
  for (let kill = 0; kill < KILLS; kill += 1) {
    const workers = ledgers.map((ledger, index) => work(repository, ledger, `worker-${index}/${kill}`, random))
    const ended = Promise.allSettled(workers)
    await delay(50 + random() * 600)
    await registry.kill()
    // Each worker ends because the connection did, and for no other reason.
    for (const outcome of await ended) {
      const { reason } = outcome as PromiseRejectedResult
      expect(`${reason} ${reason.cause}`).toMatch(
        /ECONNRESET|ECONNREFUSED|EPIPE|socket hang up|other side closed|terminated/,
      )
    }
    expect(query(registry.dataDir, 'pragma integrity_check')).toEqual([{ integrity_check: 'ok' }])
    await registry.restart()
    await Promise.all(ledgers.map((ledger, index) => check(repository, ledger, `worker-${index}`)))
    await vi.waitFor(() => expect(query(registry.dataDir, 'select * from removals')).toEqual([]), { timeout: 20_000 })
    await expectWholeStorage(registry.dataDir)
    pushes += ledgers.reduce((sum, { live }) => sum + live.size, 0)
    deletes = ledgers.reduce((sum, { gone }) => sum + gone.size, 0)
  }
  // The test is worth something only if there was something to lose.
  expect(pushes).toBeGreaterThan(KILLS)
  expect(deletes).toBeGreaterThan(KILLS)
}, 300_000)

test('a kill in the middle of BatchDeleteImage leaves all of its effects or none', async () => {
  const random = randomNumbers(SEED)
  await using client = new OciClient(await startRegistry())
  const { registry } = client
  const repositoryName = 'faults/batch'
  await registry.control('CreateRepository', { repositoryName })
  const repository = new Repository(client, `${registry.alias}/${repositoryName}`)
  const { blobs } = randomImage('batch')
  for (const blob of blobs) await repository.pushBlob(blob)
  const manifests = Array.from({ length: 100 }, (_, index) =>
    randomImage('batch', { annotations: { index: `${index}` } }),
  )
  const imageIds = manifests.map(({ manifest }) => ({ imageDigest: manifest.digest }))
  for (let kill = 0; kill < 12; kill += 1) {
    if (kill === 0 || (await repository.listTags()).length === 0)
      for (const [index, { manifest }] of manifests.entries()) await repository.pushManifest(manifest, `v${index}`)
    const call = registry.control('BatchDeleteImage', { repositoryName, imageIds }).catch(() => undefined)
    await delay(random() * 25)
    await registry.kill()
    const answer = await call
    await registry.restart()
    const tags = await repository.listTags()
    const { imageDetails } = await registry.control('DescribeImages', { repositoryName, maxResults: 1000 })
    expect([0, 100]).toContain(tags.length)
    expect(imageDetails).toHaveLength(tags.length)
    if (answer !== undefined) expect(tags).toEqual([])
    await expectWholeStorage(registry.dataDir)
  }
}, 300_000)
