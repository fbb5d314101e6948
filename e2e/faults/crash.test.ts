import { setTimeout as delay } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import { inFull } from '../../testing/in-full.ts'
import { OciClient } from '../oci/client.ts'
import { randomImage } from '../oci/content.ts'
import { Repository } from '../oci/repository.ts'
import { isEmbedded } from '../support/embedded.ts'
import { randomNumbers } from '../support/random.ts'
import { startRegistry } from '../support/registry.ts'
import { expectWholeStorage } from '../support/stores.ts'
import { CRASH_REPOSITORY, check, newLedger, work } from './ledger.ts'

const KILLS = isEmbedded ? inFull(6, 20) : 5
const BATCH_KILLS = isEmbedded ? inFull(5, 12) : 5
const WORKERS = 4
const SEED = 20_261_123

test(`what was acknowledged outlives ${KILLS} kills, and what was not is whole or absent`, async () => {
  const random = randomNumbers(SEED)
  await using client = new OciClient(await startRegistry())
  const { registry } = client
  await registry.control('CreateRepository', { repositoryName: CRASH_REPOSITORY })
  const repository = new Repository(client, `${registry.alias}/${CRASH_REPOSITORY}`)
  const ledgers = Array.from({ length: WORKERS }, newLedger)
  const acknowledged = () => ledgers.reduce((sum, { live, gone }) => sum + live.size + gone.size, 0)
  for (let kill = 0; kill < KILLS; kill += 1) {
    const workers = ledgers.map((ledger, index) => work(repository, ledger, `worker-${index}/${kill}`, random))
    const ended = Promise.allSettled(workers)
    // The test is worth something only if there is something to lose.
    const before = acknowledged()
    await vi.waitUntil(() => acknowledged() >= before + WORKERS)
    await delay(random() * 600)
    await registry.kill()
    // Each worker ends because the connection did, and for no other reason.
    for (const outcome of await ended) {
      const { reason } = outcome as PromiseRejectedResult
      expect(`${reason} ${reason.cause}`).toMatch(
        /ECONNRESET|ECONNREFUSED|EPIPE|socket hang up|other side closed|terminated/,
      )
    }
    await registry.stores.expectSoundDatabase()
    await registry.restart()
    await Promise.all(ledgers.map((ledger, index) => check(repository, ledger, `worker-${index}`)))
    // After a replica that died in a pass the next one comes half of `collectSeconds` later, unless an operator asks
    // for it.
    if (!isEmbedded) await registry.admin('gc', '--now')
    await vi.waitFor(async () => expect(await registry.stores.query('select * from removals')).toEqual([]))
    await expectWholeStorage(registry)
  }
  expect(ledgers.reduce((sum, { gone }) => sum + gone.size, 0)).toBeGreaterThan(0)
})

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
  for (let kill = 0; kill < BATCH_KILLS; kill += 1) {
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
    await expectWholeStorage(registry)
  }
})
