import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeWithSwift } from '../../testing/describe-with.ts'
import { OciClient } from '../oci/client.ts'
import { contentOf, descriptorOf, digestOf, mediaTypes, randomBlob, randomBytes, randomImage } from '../oci/content.ts'
import { Repository } from '../oci/repository.ts'
import { startRegistry } from '../support/registry.ts'
import { makeScratch } from '../support/scratch.ts'
import { skopeoFor } from '../support/skopeo.ts'
import { type BreakableStorage, startStorage } from './storage.ts'

const REPOSITORY = 'redirect/app'
const SIZE = 2 * 1024 * 1024

describeWithSwift('pulls that are redirected to S3', () => {
  let storage: BreakableStorage
  let endpoint: string
  beforeAll(async () => {
    storage = await startStorage()
  })
  afterAll(() => storage?.[Symbol.asyncDispose]())

  /** The registry is at 127.0.0.1; S3 has a name of its own, unless told otherwise. */
  const open = async (...args: string[]) => openAt('localhost', ...args)
  const openAt = async (s3Host: string, ...args: string[]) => {
    const { s3, ...others } = storage.shared
    endpoint = s3.endpoint.replace('127.0.0.1', s3Host)
    const shared = { ...others, s3: { ...s3, endpoint } }
    const client = new OciClient(await startRegistry({ storage: shared, args: ['--redirect-pulls', 'true', ...args] }))
    await client.registry.control('CreateRepository', { repositoryName: REPOSITORY })
    return { client, repository: new Repository(client, `${client.registry.alias}/${REPOSITORY}`) }
  }
  const large = contentOf(mediaTypes.layer, randomBytes('large', SIZE))

  it('get large blobs from there, whole or in part, and the rest from the registry', async () => {
    const { client, repository } = await open()
    await using _ = client
    const small = randomBlob('small')
    for (const blob of [large, small]) await repository.pushBlob(blob)

    const { status, headers } = await repository.blob('GET', large.digest)
    expect([status, headers['docker-content-digest']]).toEqual([307, large.digest])
    const url = headers.location ?? ''
    expect(new URL(url).origin).toBe(endpoint)
    expect(digestOf(Buffer.from(await (await fetch(url)).arrayBuffer()))).toBe(large.digest)
    const forged = url.replace(/(?<=Signature=)./, digit => (digit === '0' ? '1' : '0'))
    expect((await fetch(forged)).status).toBe(403)

    const authorization = await client.basic()
    const part = await fetch(`${client.registry.url}/v2/${repository.name}/blobs/${large.digest}`, {
      headers: { authorization, range: 'bytes=1000-1999' },
    })
    expect([part.status, new URL(part.url).origin]).toEqual([206, endpoint])
    expect(Buffer.from(await part.arrayBuffer()).equals(large.bytes.subarray(1000, 2000))).toBe(true)

    expect((await repository.blob('HEAD', large.digest)).status).toBe(200)
    expect((await repository.blob('GET', small.digest)).status).toBe(200)
    const several = await repository.blob('GET', large.digest, { headers: { range: 'bytes=0-1,5-6' } })
    expect(several.status).toBe(206)
  })

  it('work for skopeo', async () => {
    const { client, repository } = await open()
    await using _ = client
    const { manifest, blobs } = randomImage('redirect', { extra: { layers: [descriptorOf(large)] } })
    for (const blob of [...blobs, large]) await repository.pushBlob(blob)
    await repository.pushManifest(manifest, 'v1')
    await using scratch = await makeScratch()
    const skopeo = await skopeoFor(client.registry)
    await skopeo.pull(`${repository.name}:v1`, `dir:${scratch.path()}`)
    expect(digestOf(await readFile(scratch.path(large.digest.replace('sha256:', ''))))).toBe(large.digest)
  })

  it('are not to a name of the registry itself, where clients send their login along', async () => {
    const { client, repository } = await openAt('127.0.0.1')
    await using _ = client
    await repository.pushBlob(large)
    const { status, body } = await repository.blob('GET', large.digest)
    expect([status, digestOf(body)]).toEqual([200, large.digest])
  })

  it('are not for clients of the excepted ranges', async () => {
    const { client, repository } = await open('--redirect-except', '10.0.0.0/8,127.0.0.0/8')
    await using _ = client
    await repository.pushBlob(large)
    const { status, body } = await repository.blob('GET', large.digest)
    expect([status, digestOf(body)]).toEqual([200, large.digest])
  })

  it('are for clients outside of these ranges, also by way of a load balancer that is inside', async () => {
    const { client, repository } = await open('--redirect-except', '127.0.0.0/8', '--trusted-proxies', '127.0.0.1')
    await using _ = client
    await repository.pushBlob(large)
    const statusFor = async (address: string) =>
      (await repository.blob('GET', large.digest, { headers: { 'x-forwarded-for': address } })).status
    expect(await statusFor('198.51.100.1')).toBe(307)
    expect(await statusFor('198.51.100.1, 127.0.0.2')).toBe(200)
  })
})
