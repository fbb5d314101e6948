import { expect, test } from 'vitest'
import { errorCodesOf } from './client.ts'
import {
  contentOf,
  descriptorOf,
  imageOfSize,
  indexOf,
  mediaTypes,
  randomBlob,
  randomImage,
  unknownDigest,
} from './content.ts'
import { useRegistry } from './fixture.ts'

const oci = useRegistry()
const MEBIBYTE = 2 ** 20

for (const by of ['tag', 'digest'] as const) {
  test(`a pushed manifest is answered with 201 and a Location to pull it from (by ${by})`, async () => {
    const repository = await oci.createRepository()
    const image = randomImage(`location by ${by}`)
    const response = await repository.pushImage(image, by === 'tag' ? 'v1' : image.manifest.digest)
    const pulled = await oci.client.send('GET', repository.locationOf(response))
    expect([pulled.status, pulled.body.equals(image.manifest.bytes)]).toEqual([200, true])
  })

  test(`a pushed manifest is answered with its digest in Docker-Content-Digest (by ${by})`, async () => {
    const repository = await oci.createRepository()
    const image = randomImage(`digest by ${by}`)
    const response = await repository.pushImage(image, by === 'tag' ? 'v1' : image.manifest.digest)
    expect(response.headers['docker-content-digest']).toBe(image.manifest.digest)
  })
}

test('a manifest is stored in the exact bytes that were pushed', async () => {
  const repository = await oci.createRepository()
  const image = randomImage('exact bytes', { extra: { 'org.example.unknown': [1.0, 'é', { a: null }] } })
  for (const blob of image.blobs) await repository.pushBlob(blob)
  const odd = contentOf(mediaTypes.image, `\n  ${image.manifest.bytes.toString('utf8')}\n\n`)
  await repository.pushManifest(odd, 'odd')
  expect((await repository.manifest('GET', 'odd')).body.equals(odd.bytes)).toBe(true)
  expect((await repository.manifest('GET', odd.digest)).body.equals(odd.bytes)).toBe(true)
})

test('a manifest sent without its length told is taken', async () => {
  const repository = await oci.createRepository()
  const image = randomImage('manifest in chunks')
  for (const blob of image.blobs) await repository.pushBlob(blob)
  expect((await repository.putManifest(image.manifest, 'v1', { chunked: true })).status).toBe(201)
})

test('Content-Type parameters are ignored', async () => {
  const repository = await oci.createRepository()
  const image = randomImage('parameters')
  for (const blob of image.blobs) await repository.pushBlob(blob)
  const headers = { 'content-type': `${mediaTypes.image}; charset=utf-8` }
  expect((await repository.putManifest(image.manifest, 'v1', { headers })).status).toBe(201)
  expect((await repository.manifest('HEAD', 'v1')).headers['content-type']).toBe(mediaTypes.image)
})

test('a manifest without a mediaType takes its type from Content-Type', async () => {
  const repository = await oci.createRepository()
  const image = randomImage('no mediaType', { extra: { mediaType: undefined } })
  await repository.pushImage(image, 'v1')
  expect((await repository.manifest('HEAD', 'v1')).headers['content-type']).toBe(mediaTypes.image)
})

test('the list of blobs may be empty (an image without layers)', async () => {
  const repository = await oci.createRepository()
  await repository.pushImage(randomImage('no layers', { layers: 0 }), 'v1')
})

test('the list of manifests may be empty (an index of nothing)', async () => {
  const repository = await oci.createRepository()
  await repository.pushManifest(indexOf([], { annotations: { name: 'empty' } }), 'v1')
})

test('an index may hold indexes', async () => {
  const repository = await oci.createRepository()
  const images = [randomImage('inner 1'), randomImage('inner 2')]
  for (const image of images) await repository.pushImage(image)
  const inner = indexOf(images.map(({ manifest }) => manifest))
  await repository.pushManifest(inner)
  const outer = indexOf([inner])
  await repository.pushManifest(outer, 'outer')
  expect((await repository.manifest('GET', 'outer')).body.equals(outer.bytes)).toBe(true)
})

test('an artifact of any media type is taken, one blob as config and layer', async () => {
  const repository = await oci.createRepository()
  const empty = contentOf(mediaTypes.empty, '{}')
  await repository.pushBlob(empty)
  const artifact = randomImage('artifact', {
    artifactType: 'application/vnd.example.thing',
    extra: { config: descriptorOf(empty), layers: [descriptorOf(empty)] },
  })
  await repository.pushManifest(artifact.manifest, 'thing')
})

test('members that no specification defines are kept', async () => {
  const repository = await oci.createRepository()
  const config = randomBlob('config with data')
  await repository.pushBlob(config)
  const described = { ...descriptorOf(config), data: config.bytes.toString('base64'), newUnspecifiedField: null }
  const image = randomImage('unknown members', { extra: { config: described, layers: [], 'org.example': 'kept' } })
  await repository.pushManifest(image.manifest, 'v1')
  expect((await repository.manifest('GET', 'v1')).body.equals(image.manifest.bytes)).toBe(true)
})

test('layers that may not be distributed need not be in the repository', async () => {
  const repository = await oci.createRepository()
  const config = randomBlob('config of foreign layers')
  await repository.pushBlob(config)
  const digest = unknownDigest('foreign layer')
  const layer = { mediaType: mediaTypes.foreignLayer, digest, size: 123_456, urls: ['https://store.example.com/1'] }
  const image = randomImage('foreign', { extra: { config: descriptorOf(config), layers: [layer] } })
  await repository.pushManifest(image.manifest, 'v1')
})

test('a manifest of 4 MiB is taken', async () => {
  const repository = await oci.createRepository()
  const image = imageOfSize('4 MiB', 4 * MEBIBYTE)
  expect(image.manifest.bytes.length).toBe(4 * MEBIBYTE)
  await repository.pushImage(image, 'large')
  expect((await repository.manifest('GET', 'large')).body.equals(image.manifest.bytes)).toBe(true)
})

test('a manifest pushed again is answered with 201 again', async () => {
  const repository = await oci.createRepository()
  const image = randomImage('again')
  await repository.pushImage(image, 'v1')
  await repository.pushManifest(image.manifest, 'v1')
  await repository.pushManifest(image.manifest)
  expect(await repository.listTags()).toEqual(['v1'])
})

test('a tag moves to the manifest pushed last, and the other one stays', async () => {
  const repository = await oci.createRepository()
  const [before, after] = [randomImage('before'), randomImage('after')]
  await repository.pushImage(before, 'latest')
  await repository.pushImage(after, 'latest')
  expect((await repository.manifest('HEAD', 'latest')).headers['docker-content-digest']).toBe(after.manifest.digest)
  expect((await repository.manifest('HEAD', before.manifest.digest)).status).toBe(200)
})

test('a subject that does not exist is accepted, and named in OCI-Subject', async () => {
  const repository = await oci.createRepository()
  const subject = { mediaType: mediaTypes.image, digest: unknownDigest('subject'), size: 123 }
  const image = randomImage('subject missing', { subject })
  expect((await repository.pushImage(image)).headers['oci-subject']).toBe(subject.digest)
  const index = indexOf([image.manifest], { subject })
  expect((await repository.pushManifest(index, 'list')).headers['oci-subject']).toBe(subject.digest)
})

test('a subject that exists is named in OCI-Subject', async () => {
  const repository = await oci.createRepository()
  const subject = randomImage('subject')
  const plain = await repository.pushImage(subject)
  expect(plain.headers['oci-subject']).toBeUndefined()
  const referrer = randomImage('referrer', { subject: descriptorOf(subject.manifest) })
  expect((await repository.pushImage(referrer)).headers['oci-subject']).toBe(subject.manifest.digest)
})

test('each accepted tag parameter is named in OCI-Tag (ten of them)', async () => {
  const repository = await oci.createRepository()
  const image = randomImage('ten tags')
  for (const blob of image.blobs) await repository.pushBlob(blob)
  const tags = Array.from({ length: 10 }, (_, at) => `1.${at}`)
  const query = tags.map(tag => ['tag', tag] as const)
  const response = await repository.putManifest(image.manifest, image.manifest.digest, { query })
  expect(response.status).toBe(201)
  const named = String(response.headers['oci-tag']).split(/\s*,\s*/)
  expect(named.toSorted()).toEqual(tags)
  expect(await repository.listTags()).toEqual(tags)
  for (const tag of tags) {
    const { headers } = await repository.manifest('HEAD', tag)
    expect(headers['docker-content-digest']).toBe(image.manifest.digest)
  }
})

test('a manifest of Docker schema 1 has the digest of its bytes without the signatures, and needs its layers', async () => {
  const repository = await oci.createRepository()
  const layer = randomBlob('schema 1')
  const document = {
    schemaVersion: 1,
    name: 'a',
    tag: 'b',
    architecture: 'amd64',
    fsLayers: [{ blobSum: layer.digest }],
  }
  const payload = JSON.stringify({ ...document, history: [{ v1Compatibility: '{}' }] }, undefined, 3)
  const formatTail = Buffer.from('\n}').toString('base64url')
  const format = Buffer.from(JSON.stringify({ formatLength: payload.length - 2, formatTail })).toString('base64url')
  const type = 'application/vnd.docker.distribution.manifest.v1+prettyjws'
  const signed = contentOf(
    type,
    `${payload.slice(0, -2)},"signatures":[{"header":{"alg":"ES256"},"signature":"c2ln","protected":"${format}"}]}`,
  )
  const refused = await repository.putManifest(signed, 'v1')
  expect([refused.status, errorCodesOf(refused)]).toEqual([400, ['MANIFEST_BLOB_UNKNOWN']])

  await repository.pushBlob(layer)
  const { digest } = contentOf(type, payload)
  expect((await repository.pushManifest(signed, 'v1')).headers['docker-content-digest']).toBe(digest)
  for (const reference of ['v1', digest]) {
    const pulled = await repository.manifest('GET', reference)
    expect([pulled.headers['content-type'], pulled.body.equals(signed.bytes)]).toEqual([type, true])
  }
  expect((await repository.manifest('GET', signed.digest)).status).toBe(404)
  expect((await repository.putManifest(signed, digest)).status).toBe(201)
  expect((await repository.putManifest(signed, signed.digest)).status).toBe(400)
  expect((await repository.blob('DELETE', layer.digest)).status).toBe(405)
})
