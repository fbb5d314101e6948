import { expect, test } from 'vitest'
import { errorCodesOf } from './client.ts'
import { descriptorOf, indexOf, mediaTypes, randomBlob, randomImage } from './content.ts'
import { useRegistry } from './fixture.ts'

const oci = useRegistry()

const HEX = 'af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262'
const UNKNOWN = [
  `blake3:${HEX}`,
  'md5:d41d8cd98f00b204e9800998ecf8427e',
  'multihash+base58:QmRZxt2b1FVZPNqd8hsiykDL3TdBDeTSPX9Kv46HmX4Gx8',
  'sha256+b64u:LCa0a2j_xo_5m0U8HTBBNBNCLXBkg7-g-YpeiGJm564',
  'a.b_c-d:=_-Z9',
]

test('what has a digest of an unknown algorithm is answered with 404', async () => {
  const repository = await oci.createRepository()
  for (const digest of UNKNOWN)
    for (const method of ['GET', 'HEAD', 'DELETE'])
      for (const named of [digest, encodeURIComponent(digest)]) {
        const [blob, manifest] = [await repository.blob(method, named), await repository.manifest(method, named)]
        expect([blob.status, manifest.status], `${method} ${named}`).toEqual([404, 404])
        if (method === 'HEAD') continue
        expect([errorCodesOf(blob), errorCodesOf(manifest)]).toEqual([['BLOB_UNKNOWN'], ['MANIFEST_UNKNOWN']])
      }
})

test('a subject of an unknown algorithm is accepted, named in OCI-Subject, and has referrers', async () => {
  const repository = await oci.createRepository()
  for (const digest of UNKNOWN) {
    const subject = { mediaType: mediaTypes.image, digest, size: 7 }
    const image = randomImage(`about ${digest}`, { subject })
    expect((await repository.pushImage(image)).headers['oci-subject']).toBe(digest)
    expect((await repository.listReferrers(digest)).map(found => found.digest)).toEqual([image.manifest.digest])
    expect(await repository.listReferrers(digest.replace(/.$/, '0'))).toEqual([])
  }
})

test('a layer of an unknown algorithm need not be there where it may not be distributed', async () => {
  const repository = await oci.createRepository()
  const config = randomBlob('config of foreign layers')
  await repository.pushBlob(config)
  const layers = UNKNOWN.map(digest => ({ mediaType: mediaTypes.foreignLayer, digest, size: 1, urls: ['https://x'] }))
  const image = randomImage('foreign', { extra: { config: descriptorOf(config), layers } })
  await repository.pushManifest(image.manifest, 'v1')
  expect((await repository.manifest('GET', 'v1')).body.equals(image.manifest.bytes)).toBe(true)
})

test('a manifest that needs content of an unknown algorithm is refused with MANIFEST_BLOB_UNKNOWN', async () => {
  const repository = await oci.createRepository()
  const config = randomBlob('config of unknown layers')
  await repository.pushBlob(config)
  const of = (digest: string, mediaType: string) => ({ mediaType, digest, size: 1 })
  for (const digest of UNKNOWN)
    for (const manifest of [
      randomImage('layer', { extra: { config: descriptorOf(config), layers: [of(digest, mediaTypes.layer)] } })
        .manifest,
      randomImage('config', { extra: { config: of(digest, mediaTypes.config), layers: [] } }).manifest,
      indexOf([], { extra: { manifests: [of(digest, mediaTypes.image)] } }),
    ]) {
      const response = await repository.putManifest(manifest, 'v1')
      expect([response.status, errorCodesOf(response)]).toEqual([400, ['MANIFEST_BLOB_UNKNOWN']])
      expect(JSON.parse(response.body.toString()).errors[0].detail).toEqual({ digest })
    }
})

test('nothing is stored under a digest of an unknown algorithm: 400', async () => {
  const repository = await oci.createRepository()
  const { bytes } = randomBlob('any')
  const image = randomImage('named otherwise')
  for (const blob of image.blobs) await repository.pushBlob(blob)
  for (const digest of UNKNOWN)
    for (const response of [
      await repository.send('POST', 'blobs/uploads/', { query: [['digest', digest]], body: bytes }),
      await repository.finishUpload(await repository.startUpload(), digest, bytes),
      await repository.putManifest(image.manifest, digest),
    ])
      expect([response.status, errorCodesOf(response)], digest).toEqual([400, ['DIGEST_INVALID']])
  const hint = await repository.send('POST', 'blobs/uploads/', { query: [['digest-algorithm', 'md5']] })
  expect([hint.status, JSON.parse(hint.body.toString()).errors[0].message]).toEqual([
    400,
    "'md5' is not of sha256 or sha512, which are supported",
  ])
})

test('a mount of an unknown algorithm begins an upload with 202', async () => {
  const repository = await oci.createRepository()
  for (const digest of UNKNOWN) {
    const response = await repository.send('POST', 'blobs/uploads/', { query: [['mount', digest]] })
    expect([response.status, response.headers.location]).toEqual([202, expect.stringContaining('/blobs/uploads/')])
  }
})
