import { open, rm, statfs } from 'node:fs/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { errorCodesOf, OciClient, type OciResponse } from '../oci/client.ts'
import { type Content, digestOf, type Image, randomBlob, randomImage } from '../oci/content.ts'
import { Repository } from '../oci/repository.ts'
import { describeEmbedded } from '../support/embedded.ts'
import { type Registry, startRegistry } from '../support/registry.ts'
import { run, succeed } from '../support/run.ts'
import { makeScratch, type Scratch } from '../support/scratch.ts'
import { expectWholeStorage } from '../support/stores.ts'
import { describeWith } from '../support/tools.ts'

const MIB = 1024 * 1024
const DISK_MIB = 96
const BALLAST_MIB = 24

const whenFull = () => {
  let scratch: Scratch
  let registry: Registry
  let client: OciClient
  let repository: Repository
  let image: Image

  beforeEach(async () => {
    scratch = await makeScratch()
    const disk = scratch.path()
    await succeed('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MIB}m`, 'tmpfs', disk])
    await fill(scratch.path('ballast'), BALLAST_MIB * MIB)
    registry = await startRegistry({ dataDir: scratch.path('data') })
    client = new OciClient(registry)
    await registry.control('CreateRepository', { repositoryName: 'faults/full' })
    repository = new Repository(client, `${registry.alias}/faults/full`)
    image = randomImage('from before the disk was full')
    await repository.pushImage(image, 'v1')
    await repository.pushImage(randomImage('to be deleted'), 'v2')
  })
  afterEach(async () => {
    try {
      await client?.[Symbol.asyncDispose]()
    } finally {
      await run('umount', [scratch.path()])
      await scratch[Symbol.asyncDispose]()
    }
  })

  async function expectPulls(): Promise<void> {
    const manifest = await repository.manifest('GET', 'v1')
    expect([manifest.status, digestOf(manifest.body)]).toEqual([200, image.manifest.digest])
    for (const { digest } of image.blobs) expect(digestOf((await repository.blob('GET', digest)).body)).toBe(digest)
    expect((await fetch(`${registry.url}/token/`)).status).toBe(200)
    await registry.control('DescribeRepositories')
  }

  /** Pushes until there is no more room, and returns the answer that says so. */
  async function pushUntilFull(push: (blob: Content) => Promise<OciResponse>): Promise<OciResponse> {
    for (let count = 0; count < DISK_MIB; count += 1) {
      const answer = await push(randomBlob(`filler ${Math.random()}`, 7 * MIB))
      if (answer.status !== 201) return answer
    }
    throw new Error('the disk takes more than it has')
  }

  const atOnce = (blob: Content) =>
    repository.send('POST', 'blobs/uploads/', { query: [['digest', blob.digest]], body: blob.bytes })

  function expectFull(answer: OciResponse): void {
    expect([answer.status, ...errorCodesOf(answer)]).toEqual([503, 'UNAVAILABLE'])
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
  }

  test('blobs are refused in time for the rest to go on: pulls, tags, deletes; and are taken when there is room', async () => {
    const location = await repository.startUpload()
    const { uploadId } = await registry.control('InitiateLayerUpload', { repositoryName: 'faults/full' })
    expectFull(await pushUntilFull(atOnce))
    await expectPulls()

    // Whatever is known to be too much is refused before it comes, and what was refused takes no room.
    const blob = randomBlob('goes on later', 20 * MIB)
    expectFull(await atOnce(blob))
    expectFull(await repository.patch(location, blob.bytes))
    expectFull(await repository.finishUpload(location, blob.digest, blob.bytes))
    const where = { repositoryName: 'faults/full' }
    const layer = randomBlob('as parts', 7 * MIB)
    const part = {
      partFirstByte: 0,
      partLastByte: layer.bytes.length - 1,
      layerPartBlob: layer.bytes.toString('base64'),
    }
    const refused = registry.control('UploadLayerPart', { ...where, uploadId, ...part })
    await expect(refused).rejects.toMatchObject({ code: 'ServiceUnavailableException', status: 503 })

    // What costs rows only goes on.
    await repository.pushManifest(image.manifest, 'another-tag')
    const { failures } = await registry.control('BatchDeleteImage', { ...where, imageIds: [{ imageTag: 'v2' }] })
    expect(failures).toEqual([])
    expect((await repository.manifest('DELETE', 'another-tag')).status).toBe(202)
    expect((await client.send('DELETE', location)).status).toBe(204)
    await expectPulls()
    await expectWholeStorage(registry)

    await rm(scratch.path('ballast'))
    expect((await atOnce(blob)).status).toBe(201)
    expect(digestOf((await repository.blob('GET', blob.digest)).body)).toBe(blob.digest)
    await expectWholeStorage(registry)
  })

  test('a disk that another program has filled: said, pushes refused, room made by deletions, and all well by itself', async () => {
    await registry.signal('SIGTERM')
    await fill(scratch.path('filler'))
    await registry.restart()
    await expectPulls()
    const readiness = async () => {
      const response = await fetch(`${registry.url}/readyz`)
      return `${response.status} ${await response.text()}`
    }
    expect(await readiness()).toMatch(
      /^503 not ready: The disk that holds the database, the blobs and temporary files is full/,
    )
    for (const bytes of [100, 5 * MIB]) expectFull(await atOnce(randomBlob('no room', bytes)))
    const repositoryName = 'faults/full'
    const create = registry.control('CreateRepository', { repositoryName: 'faults/none' })
    await expect(create).rejects.toMatchObject({ code: 'ServiceUnavailableException', status: 503 })
    expect(registry.output().match(/is full/g)).toHaveLength(1)

    // What makes room goes on, again and again, in the server and beside it.
    for (let round = 0; round < 3; round += 1) {
      await registry.control('BatchDeleteImage', { repositoryName, imageIds: [{ imageTag: 'v2' }] })
      const { failures } = await registry.control('Berth_V1.RestoreImages', {
        repositoryName,
        imageIds: [{ imageTag: 'v2' }],
      })
      expect(failures).toEqual([])
    }
    await registry.control('BatchDeleteImage', { repositoryName, imageIds: [{ imageTag: 'v2' }] })
    await registry.control('Berth_V1.PurgeDeletedImages', { repositoryName, all: true })
    expect(await registry.admin('gc', '--now')).toMatchObject({ failures: 0 })
    await registry.stop()
    await fill(scratch.path('filler-too'))
    expect(await registry.admin('gc', '--now')).toMatchObject({ failures: 0 })
    await registry.restart()
    await expectPulls()

    for (const file of ['filler', 'filler-too']) await rm(scratch.path(file))
    expect(await readiness()).toBe('200 ready\n')
    await repository.pushImage(randomImage('after'), 'after')
    await expectPulls()
    await expectWholeStorage(registry)
  })

  /** Writes a file of so many bytes, or of all there is room for. */
  async function fill(path: string, sizeBytes = Number.POSITIVE_INFINITY): Promise<void> {
    const file = await open(path, 'w')
    try {
      const block = Buffer.alloc(64 * 1024)
      for (let written = 0; written < sizeBytes; ) written += (await file.write(block)).bytesWritten
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
      expect((await statfs(scratch.path())).bavail).toBe(0)
    } finally {
      await file.close()
    }
  }
}

describeEmbedded('replicas keep their rows and bytes elsewhere', 'on a disk of its own', () => {
  describeWith(['root'], 'that is full', whenFull)
})
