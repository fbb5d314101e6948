import { expect, test } from 'vitest'
import type { OciResponse } from './client.ts'
import { type Content, randomBlob, unknownDigest } from './content.ts'
import { useRegistry } from './fixture.ts'
import type { Repository } from './repository.ts'

const oci = useRegistry()

function mount(into: Repository, digest: string, from?: string): Promise<OciResponse> {
  return into.send('POST', 'blobs/uploads/', {
    query: [['mount', digest], ...(from === undefined ? [] : ([['from', from]] as const))],
  })
}

async function expectMounted(into: Repository, response: OciResponse, blob: Content): Promise<void> {
  expect(response.status).toBe(201)
  expect(response.headers['docker-content-digest'] ?? blob.digest).toBe(blob.digest)
  const location = into.locationOf(response)
  expect(location.pathname).toBe(`/v2/${into.name}/blobs/${blob.digest}`)
  const pulled = await oci.client.send('GET', location)
  expect([pulled.status, pulled.body.equals(blob.bytes)]).toEqual([200, true])
}

test('a successful mount is answered with 201 and a Location to pull it from', async () => {
  const source = await oci.createRepository()
  const target = await oci.createRepository()
  const blob = randomBlob('mount')
  await source.pushBlob(blob)
  await expectMounted(target, await mount(target, blob.digest, source.name), blob)
})

test('a mounted blob outlives its deletion from the source', async () => {
  const source = await oci.createRepository()
  const target = await oci.createRepository()
  const blob = randomBlob('outlives')
  await source.pushBlob(blob)
  await mount(target, blob.digest, source.name)
  expect((await source.blob('DELETE', blob.digest)).status).toBe(202)
  expect((await target.blob('GET', blob.digest)).body.equals(blob.bytes)).toBe(true)
})

test('a mount without from finds the blob, or begins an upload', async () => {
  const source = await oci.createRepository()
  const target = await oci.createRepository()
  const blob = randomBlob('anonymous mount')
  await source.pushBlob(blob)
  const response = await mount(target, blob.digest)
  if (response.status === 201) await expectMounted(target, response, blob)
  else expect(response.status).toBe(202)
})

test('a mount that cannot be made begins an upload with 202 (blob unknown to the source)', async () => {
  const source = await oci.createRepository()
  const target = await oci.createRepository()
  const blob = randomBlob('not in the source')
  const response = await mount(target, blob.digest, source.name)
  expect(response.status).toBe(202)
  const finished = await target.finishUpload(target.locationOf(response), blob.digest, blob.bytes)
  expect(finished.status).toBe(201)
})

test('a mount that cannot be made begins an upload with 202 (source does not exist)', async () => {
  const target = await oci.createRepository()
  const from = `${oci.client.registry.alias}/never/created`
  expect((await mount(target, unknownDigest('no source'), from)).status).toBe(202)
})

test('a mount that cannot be made begins an upload with 202 (no from, blob unknown everywhere)', async () => {
  const target = await oci.createRepository()
  expect((await mount(target, unknownDigest('nowhere at all'))).status).toBe(202)
})

test('a mount into a nonexistent repository is answered with 404', async () => {
  const source = await oci.createRepository()
  const blob = randomBlob('into nothing')
  await source.pushBlob(blob)
  const { client } = oci
  const response = await client.send('POST', `/v2/${client.registry.alias}/never/created/blobs/uploads/`, {
    query: [
      ['mount', blob.digest],
      ['from', source.name],
    ],
  })
  expect(response.status).toBe(404)
})
