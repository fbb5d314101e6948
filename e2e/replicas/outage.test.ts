import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { describeWithSwift } from '../../testing/describe-with.ts'
import { errorCodesOf, OciClient, type OciResponse } from '../oci/client.ts'
import { digestOf, randomBlob, randomImage } from '../oci/content.ts'
import { Repository } from '../oci/repository.ts'
import { startRegistry } from '../support/registry.ts'
import { type BreakableStorage, startStorage } from './storage.ts'

const REPOSITORY = 'outage/app'

describeWithSwift('a registry whose stores go away', () => {
  let storage: BreakableStorage
  let client: OciClient
  let repository: Repository
  const image = randomImage('outage')
  beforeAll(async () => {
    storage = await startStorage()
    client = new OciClient(await startRegistry({ storage: storage.shared }))
    await client.registry.control('CreateRepository', { repositoryName: REPOSITORY })
    repository = new Repository(client, `${client.registry.alias}/${REPOSITORY}`)
    await repository.pushImage(image, 'v1')
  })
  afterAll(async () => {
    await client?.[Symbol.asyncDispose]()
    await storage?.[Symbol.asyncDispose]()
  })

  const readiness = async () => (await fetch(`${client.registry.url}/readyz`)).status
  /** Both replicas, since each answers in turn. */
  const untilReady = () => vi.waitFor(async () => expect([await readiness(), await readiness()]).toEqual([200, 200]))
  const isWhole = async () => {
    expect(digestOf((await repository.manifest('GET', 'v1')).body)).toBe(image.manifest.digest)
    for (const { digest } of image.blobs) expect(digestOf((await repository.blob('GET', digest)).body)).toBe(digest)
  }
  const expectUnavailable = (response: OciResponse) => {
    expect([response.status, errorCodesOf(response)]).toEqual([503, ['UNAVAILABLE']])
    expect(Number(response.headers['retry-after'])).toBeGreaterThan(0)
  }

  it('says so while the database is gone, and recovers by itself', async () => {
    await storage.postgres.stop('immediate')
    try {
      // Two of each, one for each replica.
      const twice = <Answer>(ask: () => Promise<Answer>) => Promise.all([ask(), ask()])
      await Promise.all([
        twice(async () => expectUnavailable(await repository.manifest('GET', 'v1'))),
        twice(async () => expectUnavailable(await repository.send('POST', 'blobs/uploads/'))),
        twice(() => expect(client.registry.control('DescribeRepositories')).rejects.toThrow(/ServiceUnavailable/)),
        twice(async () => expect(await readiness()).toBe(503)),
        twice(async () => expect((await fetch(`${client.registry.url}/healthz`)).status).toBe(200)),
      ])
    } finally {
      await storage.postgres.resume()
    }
    await untilReady()
    await isWhole()
    await repository.pushImage(randomImage('after the database'), 'v2')
  })

  it('waits for a database that does not answer no longer than it should', async () => {
    storage.database.stall()
    try {
      const asked = [repository.manifest('GET', 'v1'), repository.send('POST', 'blobs/uploads/')]
      expect([await readiness(), await readiness()]).toEqual([503, 503])
      for (const response of await Promise.all(asked)) expectUnavailable(response)
    } finally {
      storage.database.go()
    }
    await untilReady()
    await isWhole()
  })

  it('waits for the blob store no longer than it should, and loses no upload to it', async () => {
    const blob = randomBlob('outage', 100_000)
    const location = await repository.startUpload()
    expect((await repository.patch(location, blob.bytes.subarray(0, 60_000))).status).toBe(202)
    const layer = image.blobs[0]?.digest ?? ''
    storage.s3.stall()
    try {
      const pull = repository.blob('GET', layer)
      const push = repository.finishUpload(location, blob.digest, blob.bytes.subarray(60_000))
      expect([await readiness(), await readiness()]).toEqual([503, 503])
      // What needs no bytes is served.
      expect((await repository.manifest('GET', 'v1')).status).toBe(200)
      for (const response of await Promise.all([pull, push])) expectUnavailable(response)
    } finally {
      storage.s3.go()
    }
    await untilReady()
    await isWhole()
    const status = await client.send('GET', location)
    expect([status.status, status.headers['range']]).toEqual([204, '0-59999'])
    const finished = await repository.finishUpload(location, blob.digest, blob.bytes.subarray(60_000))
    expect(finished.status).toBe(201)
    expect(digestOf((await repository.blob('GET', blob.digest)).body)).toBe(blob.digest)
  })
})
