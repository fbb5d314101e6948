import { expect, test } from 'vitest'
import { errorCodesOf } from './client.ts'
import { indexOf, mediaTypes, randomBlob, randomImage, unknownDigest } from './content.ts'
import { useRegistry } from './fixture.ts'

const oci = useRegistry()

for (const method of ['GET', 'HEAD'] as const) {
  for (const by of ['tag', 'digest'] as const) {
    test(`an existing manifest is answered with 200 and its exact bytes (${method} by ${by})`, async () => {
      const repository = await oci.createRepository()
      const image = randomImage(`pull ${method} ${by}`)
      await repository.pushImage(image, 'v1')
      const response = await repository.manifest(method, by === 'tag' ? 'v1' : image.manifest.digest)
      expect(response.status).toBe(200)
      if (method === 'GET') expect(response.body.equals(image.manifest.bytes)).toBe(true)
    })

    test(`a manifest answer carries its digest in Docker-Content-Digest (${method} by ${by})`, async () => {
      const repository = await oci.createRepository()
      const image = randomImage(`digest ${method} ${by}`)
      await repository.pushImage(image, 'v1')
      const response = await repository.manifest(method, by === 'tag' ? 'v1' : image.manifest.digest)
      expect(response.headers['docker-content-digest']).toBe(image.manifest.digest)
    })
  }

  test(`a manifest answer has the Content-Type it was pushed with, without parameters (${method})`, async () => {
    const repository = await oci.createRepository()
    const image = randomImage(`type ${method}`)
    await repository.pushImage(image)
    const index = indexOf([image.manifest])
    await repository.pushManifest(index, 'list')
    const types = [
      (await repository.manifest(method, image.manifest.digest)).headers['content-type'],
      (await repository.manifest(method, 'list')).headers['content-type'],
    ]
    expect(types).toEqual([mediaTypes.image, mediaTypes.index])
  })

  test(`a manifest that is not in the repository is answered with 404 (${method})`, async () => {
    const repository = await oci.createRepository()
    const elsewhere = await oci.createRepository()
    const image = randomImage(`only elsewhere ${method}`)
    await elsewhere.pushImage(image, 'elsewhere')
    for (const reference of ['absent', 'elsewhere', unknownDigest('a manifest'), image.manifest.digest]) {
      const response = await repository.manifest(method, reference)
      expect(response.status, reference).toBe(404)
      if (method === 'GET') expect(errorCodesOf(response)).toEqual(['MANIFEST_UNKNOWN'])
    }
  })

  test(`a reference that is neither tag nor digest names nothing (${method})`, async () => {
    const repository = await oci.createRepository()
    expect((await repository.manifest(method, '.INVALID_MANIFEST_NAME')).status).toBe(404)
    expect((await repository.manifest(method, 'a'.repeat(129))).status).toBe(404)
    expect([400, 404]).toContain((await repository.manifest(method, 'sha256:totallywrong')).status)
  })

  test(`a nonexistent repository is answered with 404 (${method} manifest)`, async () => {
    const { client } = oci
    const path = `/v2/${client.registry.alias}/never/created/manifests/latest`
    const response = await client.send(method, path)
    expect(response.status).toBe(404)
    if (method === 'GET') expect(errorCodesOf(response)).toEqual(['NAME_UNKNOWN'])
  })
}

test('a HEAD of a manifest has its size in Content-Length', async () => {
  const repository = await oci.createRepository()
  const { manifest, blobs } = randomImage('length')
  await repository.pushImage({ manifest, blobs }, 'v1')
  for (const reference of ['v1', manifest.digest]) {
    const { headers } = await repository.manifest('HEAD', reference)
    expect(headers['content-length']).toBe(String(manifest.bytes.length))
  }
})

test('a blob is not a manifest', async () => {
  const repository = await oci.createRepository()
  const blob = randomBlob('not a manifest')
  await repository.pushBlob(blob)
  expect((await repository.manifest('GET', blob.digest)).status).toBe(404)
})

test('a pull answers with what was pushed, whatever Accept says', async () => {
  const repository = await oci.createRepository()
  const image = randomImage('accept')
  await repository.pushImage(image, 'v1')
  expect((await repository.send('GET', 'manifests/v1')).body.equals(image.manifest.bytes)).toBe(true)
  for (const accept of [mediaTypes.image, mediaTypes.index, '*/*', 'application/json', 'text/html;q=0.2']) {
    const response = await repository.manifest('GET', 'v1', { headers: { accept } })
    expect(response.status).toBe(200)
    expect(response.body.equals(image.manifest.bytes)).toBe(true)
  }
})

test('a tag of 128 characters works and the grammar allows upper case, dots, dashes and underscores', async () => {
  const repository = await oci.createRepository()
  const image = randomImage('tag grammar')
  await repository.pushImage(image)
  for (const tag of ['a'.repeat(128), '_', '0', 'V1.2-rc.3_final', 'ends.', 'ends-']) {
    await repository.pushManifest(image.manifest, tag)
    expect((await repository.manifest('HEAD', tag)).status, tag).toBe(200)
  }
})

test('the ns parameter of a proxying client may be ignored', async () => {
  const repository = await oci.createRepository()
  const image = randomImage('proxy')
  await repository.pushImage(image, 'v1')
  const response = await repository.manifest('GET', 'v1', { query: [['ns', 'docker.io']] })
  expect(response.status).toBe(200)
})
