import { expect, test } from 'vitest'
import { descriptorOf, digestOf, indexOf, randomBlob, randomImage, unknownDigest } from './content.ts'
import { useRegistry } from './fixture.ts'

const oci = useRegistry()
const algorithm = 'sha512'

for (const way of ['POST then PUT', 'single POST', 'chunks', 'chunks, algorithm told'] as const) {
  test(`a blob pushed by its sha512 digest is answered by that digest (${way})`, async () => {
    const repository = await oci.createRepository()
    const blob = randomBlob(`sha512 ${way}`, 5000, algorithm)
    if (way === 'single POST') {
      const query = [['digest', blob.digest]] as const
      expect((await repository.send('POST', 'blobs/uploads/', { query, body: blob.bytes })).status).toBe(201)
    } else if (way === 'POST then PUT') {
      await repository.pushBlob(blob)
    } else {
      let location = await repository.startUpload(way === 'chunks' ? [] : [['digest-algorithm', algorithm]])
      location = repository.locationOf(await repository.patch(location, blob.bytes.subarray(0, 2000), '0-1999'))
      const response = await repository.finishUpload(location, blob.digest, blob.bytes.subarray(2000), '2000-4999')
      expect(response.status).toBe(201)
      expect(response.headers['docker-content-digest']).toBe(blob.digest)
    }
    const response = await repository.blob('GET', blob.digest)
    expect([response.status, response.headers['docker-content-digest']]).toEqual([200, blob.digest])
    expect(response.body.equals(blob.bytes)).toBe(true)
    expect((await repository.blob('HEAD', blob.digest)).headers['docker-content-digest']).toBe(blob.digest)
  })
}

test('a digest-algorithm is a hint: the digest of the closing PUT decides', async () => {
  const repository = await oci.createRepository()
  const blob = randomBlob('hint')
  const location = await repository.startUpload([['digest-algorithm', algorithm]])
  const next = repository.locationOf(await repository.patch(location, blob.bytes))
  expect((await repository.finishUpload(next, blob.digest)).status).toBe(201)
})

test('bytes that do not match a sha512 digest are refused with 400', async () => {
  const repository = await oci.createRepository()
  const digest = unknownDigest('sha512 mismatch', algorithm)
  const response = await repository.finishUpload(await repository.startUpload(), digest, Buffer.from('other bytes'))
  expect(response.status).toBe(400)
})

test('a manifest pushed by its sha512 digest is answered by that digest', async () => {
  const repository = await oci.createRepository()
  const image = randomImage('sha512 image', { algorithm })
  const pushed = await repository.pushImage(image)
  expect(pushed.headers['docker-content-digest']).toBe(image.manifest.digest)
  const index = indexOf([image.manifest], { algorithm })
  await repository.pushManifest(index)
  for (const { digest, bytes } of [image.manifest, index]) {
    const response = await repository.manifest('GET', digest)
    expect([response.status, response.headers['docker-content-digest']]).toEqual([200, digest])
    expect(response.body.equals(bytes)).toBe(true)
  }
})

test('a tag made with a sha512 push is answered with the sha512 digest', async () => {
  const repository = await oci.createRepository()
  const image = randomImage('sha512 tag', { algorithm })
  for (const blob of image.blobs) await repository.pushBlob(blob)
  const query = [['tag', 'v1']] as const
  const response = await repository.putManifest(image.manifest, image.manifest.digest, { query })
  expect([response.status, response.headers['oci-tag']]).toEqual([201, 'v1'])
  const pulled = await repository.manifest('HEAD', 'v1')
  expect(pulled.headers['docker-content-digest']).toBe(image.manifest.digest)
})

test('a manifest pushed by tag is named by its sha256 digest', async () => {
  const repository = await oci.createRepository()
  const image = randomImage('by tag', { algorithm })
  const pushed = await repository.pushImage(image, 'v1')
  expect(pushed.headers['docker-content-digest']).toBe(digestOf(image.manifest.bytes))
})

test('a sha512 subject has referrers', async () => {
  const repository = await oci.createRepository()
  const subject = randomImage('sha512 subject', { algorithm })
  await repository.pushImage(subject)
  const referrer = randomImage('of sha512', { subject: descriptorOf(subject.manifest) })
  expect((await repository.pushImage(referrer)).headers['oci-subject']).toBe(subject.manifest.digest)
  const found = await repository.listReferrers(subject.manifest.digest)
  expect(found.map(({ digest }) => digest)).toEqual([referrer.manifest.digest])
})

test('a sha512 manifest and its blobs can be deleted', async () => {
  const repository = await oci.createRepository()
  const image = randomImage('sha512 delete', { algorithm })
  await repository.pushImage(image)
  expect((await repository.manifest('DELETE', image.manifest.digest)).status).toBe(202)
  expect((await repository.manifest('HEAD', image.manifest.digest)).status).toBe(404)
  for (const { digest } of image.blobs) {
    expect((await repository.blob('DELETE', digest)).status).toBe(202)
    expect((await repository.blob('HEAD', digest)).status).toBe(404)
  }
})
