import { expect, test } from 'vitest'
import { errorCodesOf } from './client.ts'
import { type Algorithm, contentOf, digestOf, mediaTypes, randomBlob, unknownDigest } from './content.ts'
import { useRegistry } from './fixture.ts'

const oci = useRegistry()
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/

test('a POST begins an upload with 202 and a Location', async () => {
  const repository = await oci.createRepository()
  const response = await repository.send('POST', 'blobs/uploads/')
  expect(response.status).toBe(202)
  // Clients work the repository out of the path, so the session stays under its name.
  expect(repository.locationOf(response).pathname).toContain(`/v2/${repository.name}/blobs/uploads/`)
})

test('an upload Location holds a UUID that is unique', async () => {
  const repository = await oci.createRepository()
  const ids = new Set<string | undefined>()
  for (let at = 0; at < 5; at += 1) ids.add(UUID.exec((await repository.startUpload()).href)?.[0])
  expect(ids).not.toContain(undefined)
  expect(ids.size).toBe(5)
})

test('a PUT of the whole blob is answered with 201 and a Location to pull it from', async () => {
  const repository = await oci.createRepository()
  const blob = randomBlob('post then put')
  const response = await repository.pushBlob(blob)
  expect(response.headers['docker-content-digest']).toBe(blob.digest)
  const location = repository.locationOf(response)
  expect(location.pathname).toBe(`/v2/${repository.name}/blobs/${blob.digest}`)
  const pulled = await oci.client.send('GET', location)
  expect([pulled.status, pulled.body.equals(blob.bytes)]).toEqual([200, true])
})

test('a single POST is answered with 201 and a Location to pull it from', async () => {
  const repository = await oci.createRepository()
  const blob = randomBlob('single post')
  const response = await repository.send('POST', 'blobs/uploads/', {
    query: [['digest', blob.digest]],
    body: blob.bytes,
    headers: { 'content-type': mediaTypes.blob },
  })
  expect(response.status).toBe(201)
  expect(response.headers['docker-content-digest']).toBe(blob.digest)
  const pulled = await oci.client.send('GET', repository.locationOf(response))
  expect([pulled.status, pulled.body.equals(blob.bytes)]).toEqual([200, true])
})

for (const chunked of [false, true]) {
  test(`a single POST of no bytes makes the empty blob (${chunked ? 'length untold' : 'length 0'})`, async () => {
    const repository = await oci.createRepository()
    const empty = contentOf(mediaTypes.blob, '')
    const response = await repository.send('POST', 'blobs/uploads/', {
      query: [['digest', empty.digest]],
      body: empty.bytes,
      chunked,
    })
    expect(response.status).toBe(201)
    expect((await repository.blob('HEAD', empty.digest)).status).toBe(200)
  })
}

test('a body whose length is not told is taken', async () => {
  const repository = await oci.createRepository()
  const blob = randomBlob('chunked encoding', 100_000)
  const location = await repository.startUpload()
  const response = await oci.client.send('PUT', location, {
    query: [['digest', blob.digest]],
    body: blob.bytes,
    chunked: true,
  })
  expect(response.status).toBe(201)
})

for (const way of ['POST then PUT', 'single POST'] as const) {
  test(`bytes that do not match the digest are refused with 400 and not kept (${way})`, async () => {
    const repository = await oci.createRepository()
    const digest = unknownDigest(`mismatch by ${way}`)
    const { bytes } = randomBlob(`mismatch by ${way}`)
    const response =
      way === 'single POST'
        ? await repository.send('POST', 'blobs/uploads/', { query: [['digest', digest]], body: bytes })
        : await repository.finishUpload(await repository.startUpload(), digest, bytes)
    expect(response.status).toBe(400)
    expect(errorCodesOf(response)).toEqual(['DIGEST_INVALID'])
    expect((await repository.blob('HEAD', digest)).status).toBe(404)
    expect((await repository.blob('HEAD', digestOf(bytes))).status).toBe(404)
  })

  for (const digest of ['sha256:short', 'md5:d41d8cd98f00b204e9800998ecf8427e', 'blake3:00', 'latest', '']) {
    test(`a digest that is invalid or of an unsupported algorithm is refused with 400 (${way}: "${digest}")`, async () => {
      const repository = await oci.createRepository()
      const { bytes } = randomBlob('any')
      const response =
        way === 'single POST'
          ? await repository.send('POST', 'blobs/uploads/', { query: [['digest', digest]], body: bytes })
          : await repository.finishUpload(await repository.startUpload(), digest, bytes)
      expect(response.status).toBe(400)
    })
  }
}

test('a closing PUT without a digest is refused with 400', async () => {
  const repository = await oci.createRepository()
  const { bytes } = randomBlob('no digest')
  const response = await oci.client.send('PUT', await repository.startUpload(), { body: bytes })
  expect(response.status).toBe(400)
})

test('the same blob can be pushed again, and at the same time', async () => {
  const repository = await oci.createRepository()
  const blob = randomBlob('again', 300_000)
  await repository.pushBlob(blob)
  await Promise.all([repository.pushBlob(blob), repository.pushBlob(blob), repository.pushBlob(blob)])
  const pulled = await repository.blob('GET', blob.digest)
  expect(pulled.body.equals(blob.bytes)).toBe(true)
})

for (const method of ['POST', 'PUT', 'PATCH'] as const) {
  test(`an upload to a nonexistent repository is answered with 404 (${method})`, async () => {
    const repository = await oci.createRepository()
    const { pathname } = await repository.startUpload()
    const name = `${oci.client.registry.alias}/never/created`
    const path = method === 'POST' ? `/v2/${name}/blobs/uploads/` : pathname.replace(repository.name, name)
    const digest = unknownDigest('nowhere')
    const response = await oci.client.send(method, path, { query: method === 'PUT' ? [['digest', digest]] : [] })
    expect(response.status).toBe(404)
  })
}

for (const algorithm of ['sha256', 'sha512'] satisfies Algorithm[]) {
  test(`a digest-algorithm that the registry supports begins an upload (${algorithm})`, async () => {
    const repository = await oci.createRepository()
    const blob = randomBlob(`hinted ${algorithm}`, 512, algorithm)
    const location = await repository.startUpload([['digest-algorithm', algorithm]])
    expect((await repository.finishUpload(location, blob.digest, blob.bytes)).status).toBe(201)
  })
}

test('a digest-algorithm that the registry does not know is refused with 400', async () => {
  const repository = await oci.createRepository()
  const response = await repository.send('POST', 'blobs/uploads/', { query: [['digest-algorithm', 'md5']] })
  expect(response.status).toBe(400)
})
