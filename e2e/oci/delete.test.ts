import { expect, test } from 'vitest'
import { errorCodesOf } from './client.ts'
import { descriptorOf, indexOf, mediaTypes, randomBlob, randomImage, unknownDigest } from './content.ts'
import { useRegistry } from './fixture.ts'

const oci = useRegistry()

test('a deleted tag is answered with 202, and then with 404', async () => {
  const repository = await oci.createRepository()
  await repository.pushImage(randomImage('tag'), 'v1')
  expect((await repository.manifest('DELETE', 'v1')).status).toBe(202)
  expect((await repository.manifest('GET', 'v1')).status).toBe(404)
  expect(await repository.listTags()).toEqual([])
})

test('deleting a tag leaves the manifest and its other tags', async () => {
  const repository = await oci.createRepository()
  const image = randomImage('two tags')
  await repository.pushImage(image, 'v1')
  await repository.pushManifest(image.manifest, 'v2')
  await repository.manifest('DELETE', 'v1')
  for (const reference of ['v2', image.manifest.digest]) {
    expect((await repository.manifest('GET', reference)).status, reference).toBe(200)
  }
  await repository.manifest('DELETE', 'v2')
  expect((await repository.manifest('GET', image.manifest.digest)).status).toBe(200)
})

test('a deleted manifest is answered with 202, and then with 404 by digest and by its tags', async () => {
  const repository = await oci.createRepository()
  const [image, other] = [randomImage('manifest'), randomImage('other')]
  await repository.pushImage(image, 'v1')
  await repository.pushManifest(image.manifest, 'v2')
  await repository.pushImage(other, 'kept')
  expect((await repository.manifest('DELETE', image.manifest.digest)).status).toBe(202)
  for (const reference of [image.manifest.digest, 'v1', 'v2']) {
    expect((await repository.manifest('GET', reference)).status, reference).toBe(404)
  }
  expect(await repository.listTags()).toEqual(['kept'])
})

test('deleting what does not exist is answered with 404', async () => {
  const repository = await oci.createRepository()
  const manifest = await repository.manifest('DELETE', unknownDigest('a manifest'))
  expect([manifest.status, errorCodesOf(manifest)]).toEqual([404, ['MANIFEST_UNKNOWN']])
  const tag = await repository.manifest('DELETE', 'absent')
  expect([tag.status, errorCodesOf(tag)]).toEqual([404, ['MANIFEST_UNKNOWN']])
  const blob = await repository.blob('DELETE', unknownDigest('a blob'))
  expect([blob.status, errorCodesOf(blob)]).toEqual([404, ['BLOB_UNKNOWN']])
})

test('deleting from a nonexistent repository is answered with 404', async () => {
  const { client } = oci
  const base = `/v2/${client.registry.alias}/never/created`
  for (const path of ['manifests/v1', `manifests/${unknownDigest('m')}`, `blobs/${unknownDigest('b')}`]) {
    expect((await client.send('DELETE', `${base}/${path}`)).status, path).toBe(404)
  }
})

test('a deleted blob is answered with 202, and then with 404', async () => {
  const repository = await oci.createRepository()
  const blob = randomBlob('blob')
  await repository.pushBlob(blob)
  expect((await repository.blob('DELETE', blob.digest)).status).toBe(202)
  expect((await repository.blob('GET', blob.digest)).status).toBe(404)
  expect((await repository.blob('HEAD', blob.digest)).status).toBe(404)
})

test('a deleted blob can be pushed again', async () => {
  const repository = await oci.createRepository()
  const blob = randomBlob('again')
  await repository.pushBlob(blob)
  await repository.blob('DELETE', blob.digest)
  await repository.pushBlob(blob)
  expect((await repository.blob('GET', blob.digest)).body.equals(blob.bytes)).toBe(true)
})

test('a deleted manifest can be pushed again', async () => {
  const repository = await oci.createRepository()
  const image = randomImage('manifest again')
  await repository.pushImage(image, 'v1')
  await repository.manifest('DELETE', image.manifest.digest)
  await repository.pushImage(image, 'v1')
  expect((await repository.manifest('GET', 'v1')).body.equals(image.manifest.bytes)).toBe(true)
})

test('the blobs of a deleted manifest can be deleted, and are then answered with 404', async () => {
  const repository = await oci.createRepository()
  const image = randomImage('blobs after manifest')
  await repository.pushImage(image)
  await repository.manifest('DELETE', image.manifest.digest)
  for (const { digest } of image.blobs) {
    expect((await repository.blob('DELETE', digest)).status).toBe(202)
    expect((await repository.blob('HEAD', digest)).status).toBe(404)
  }
})

test('a blob that a manifest needs is not deleted: 405', async () => {
  const repository = await oci.createRepository()
  const image = randomImage('needed blob')
  await repository.pushImage(image)
  for (const { digest } of image.blobs) {
    const response = await repository.blob('DELETE', digest)
    expect([response.status, errorCodesOf(response)]).toEqual([405, ['UNSUPPORTED']])
    expect((await repository.blob('HEAD', digest)).status).toBe(200)
  }
})

test('a blob that came after the manifest that names it is not deleted: 405', async () => {
  const repository = await oci.createRepository()
  const foreign = randomBlob('foreign, and late')
  const image = randomImage('names a foreign layer', {
    extra: { layers: [{ ...descriptorOf(foreign), mediaType: mediaTypes.foreignLayer }] },
  })
  await repository.pushImage(image, 'v1')
  await repository.pushBlob(foreign)
  expect((await repository.blob('DELETE', foreign.digest)).status).toBe(405)
  expect((await repository.blob('HEAD', foreign.digest)).status).toBe(200)
  await repository.manifest('DELETE', image.manifest.digest)
  expect((await repository.blob('DELETE', foreign.digest)).status).toBe(202)
})

test('a manifest that an index needs is not deleted: 405', async () => {
  const repository = await oci.createRepository()
  const image = randomImage('needed child')
  await repository.pushImage(image)
  const index = indexOf([image.manifest])
  await repository.pushManifest(index, 'list')
  const refused = await repository.manifest('DELETE', image.manifest.digest)
  expect([refused.status, errorCodesOf(refused)]).toEqual([405, ['UNSUPPORTED']])
  expect((await repository.manifest('GET', image.manifest.digest)).status).toBe(200)
  await repository.manifest('DELETE', index.digest)
  expect((await repository.manifest('DELETE', image.manifest.digest)).status).toBe(202)
})

test('a deletion in one repository leaves the others alone', async () => {
  const [here, there] = [await oci.createRepository(), await oci.createRepository()]
  const image = randomImage('shared')
  await here.pushImage(image, 'v1')
  await there.pushImage(image, 'v1')
  await here.manifest('DELETE', image.manifest.digest)
  for (const { digest } of image.blobs) await here.blob('DELETE', digest)
  expect((await there.manifest('GET', 'v1')).status).toBe(200)
  for (const { digest, bytes } of image.blobs) {
    expect((await there.blob('GET', digest)).body.equals(bytes)).toBe(true)
  }
})
