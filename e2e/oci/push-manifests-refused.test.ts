import { expect, test } from 'vitest'
import { errorCodesOf } from './client.ts'
import { contentOf, imageOfSize, indexOf, mediaTypes, randomImage } from './content.ts'
import { useRegistry } from './fixture.ts'

const oci = useRegistry()
const MEBIBYTE = 2 ** 20

test('a mediaType that contradicts Content-Type is refused with 400', async () => {
  const repository = await oci.createRepository()
  const image = randomImage('contradiction')
  for (const blob of image.blobs) await repository.pushBlob(blob)
  const headers = { 'content-type': mediaTypes.index }
  const response = await repository.putManifest(image.manifest, 'v1', { headers })
  expect([response.status, errorCodesOf(response)]).toEqual([400, ['MANIFEST_INVALID']])
})

for (const missing of ['config', 'layer'] as const) {
  test(`a manifest whose blobs are unknown is refused with MANIFEST_BLOB_UNKNOWN (${missing})`, async () => {
    const repository = await oci.createRepository()
    const elsewhere = await oci.createRepository()
    const image = randomImage(`missing ${missing}`)
    // Another repository that has the blob does not help.
    await elsewhere.pushImage(image)
    const [config, layer] = image.blobs
    const present = missing === 'config' ? layer : config
    if (present !== undefined) await repository.pushBlob(present)
    const response = await repository.putManifest(image.manifest, 'v1')
    expect([400, 404]).toContain(response.status)
    expect(new Set(errorCodesOf(response))).toEqual(new Set(['MANIFEST_BLOB_UNKNOWN']))
    expect((await repository.manifest('HEAD', 'v1')).status).toBe(404)
    expect((await repository.manifest('HEAD', image.manifest.digest)).status).toBe(404)
  })
}

test('an index whose manifests are unknown is refused with MANIFEST_BLOB_UNKNOWN', async () => {
  const repository = await oci.createRepository()
  const present = randomImage('present child')
  await repository.pushImage(present)
  const index = indexOf([present.manifest, randomImage('absent child').manifest])
  const response = await repository.putManifest(index, 'v1')
  expect([400, 404]).toContain(response.status)
  expect(new Set(errorCodesOf(response))).toEqual(new Set(['MANIFEST_BLOB_UNKNOWN']))
  expect((await repository.manifest('HEAD', 'v1')).status).toBe(404)
})

test('bytes that do not match the digest are refused with 400 and not kept', async () => {
  const repository = await oci.createRepository()
  const image = randomImage('manifest mismatch')
  for (const blob of image.blobs) await repository.pushBlob(blob)
  const padded = contentOf(mediaTypes.image, Buffer.concat([image.manifest.bytes, Buffer.from('  ')]))
  const response = await repository.putManifest(padded, image.manifest.digest)
  expect([response.status, errorCodesOf(response)]).toEqual([400, ['DIGEST_INVALID']])
  for (const { digest } of [padded, image.manifest]) {
    expect((await repository.manifest('HEAD', digest)).status).toBe(404)
  }
})

for (const reference of ['sha256:baddigeststring', 'md5:d41d8cd98f00b204e9800998ecf8427e']) {
  test(`a digest that is invalid or of an unsupported algorithm is refused with 400 (${reference})`, async () => {
    const repository = await oci.createRepository()
    const image = randomImage('bad digest')
    for (const blob of image.blobs) await repository.pushBlob(blob)
    expect((await repository.putManifest(image.manifest, reference)).status).toBe(400)
  })
}

for (const tag of ['a'.repeat(129), '.hidden', '-dash', 'sp%20ace']) {
  test(`a reference that is neither tag nor digest is refused (${tag.slice(0, 10)})`, async () => {
    const repository = await oci.createRepository()
    const image = randomImage('bad tag')
    for (const blob of image.blobs) await repository.pushBlob(blob)
    expect([400, 404]).toContain((await repository.putManifest(image.manifest, tag)).status)
    expect((await repository.listTags()) ?? []).toEqual([])
  })
}

for (const [what, rewrite] of [
  ['Layers beside layers', (text: string) => text.replace(/\}$/, ',"Layers":[]}')],
  ['a second config', (text: string) => text.replace('{', '{"config":null,')],
  ['a long s in manifests', (text: string) => text.replace(/\}$/, ',"manife\u017fts":[]}')],
  ['a Digest beside a digest', (text: string) => text.replace('"digest"', '"Digest":"","digest"')],
  ['a size of 1e3', (text: string) => text.replace(/"size":\s*\d+/, '"size":1e3')],
] as const) {
  test(`what readers of JSON take for different manifests is refused with MANIFEST_INVALID (${what})`, async () => {
    const repository = await oci.createRepository()
    const image = randomImage(`ambiguous ${what}`)
    for (const blob of image.blobs) await repository.pushBlob(blob)
    const bytes = Buffer.from(rewrite(image.manifest.bytes.toString('utf8')))
    expect(bytes.equals(image.manifest.bytes)).toBe(false)
    const response = await repository.putManifest(contentOf(mediaTypes.image, bytes), 'v1')
    expect([response.status, errorCodesOf(response)]).toEqual([400, ['MANIFEST_INVALID']])
  })
}

for (const [what, text] of [
  ['not JSON', 'blablabla'],
  ['no object', '[]'],
  ['no schemaVersion', '{}'],
  ['layers that are no list', `{"schemaVersion":2,"mediaType":"${mediaTypes.image}","config":{},"layers":{}}`],
] as const) {
  test(`bytes that are no manifest are refused with MANIFEST_INVALID (${what})`, async () => {
    const repository = await oci.createRepository()
    const response = await repository.putManifest(contentOf(mediaTypes.image, text), 'v1')
    expect([response.status, errorCodesOf(response)]).toEqual([400, ['MANIFEST_INVALID']])
  })
}

for (const chunked of [false, true]) {
  test(`a manifest over the limit is refused with 413 (${chunked ? 'length untold' : 'length told'})`, async () => {
    const repository = await oci.createRepository()
    const image = imageOfSize('over the limit', 4 * MEBIBYTE + 1)
    for (const blob of image.blobs) await repository.pushBlob(blob)
    expect((await repository.putManifest(image.manifest, 'v1', { chunked })).status).toBe(413)
    expect((await repository.manifest('HEAD', 'v1')).status).toBe(404)
  })
}

test('a manifest pushed to a nonexistent repository is answered with 404', async () => {
  const { client } = oci
  const { manifest } = randomImage('nowhere', { layers: 0 })
  const response = await client.send('PUT', `/v2/${client.registry.alias}/never/created/manifests/v1`, {
    body: manifest.bytes,
    headers: { 'content-type': manifest.mediaType },
  })
  expect(response.status).toBe(404)
})

test('a tag parameter that is no tag is refused with 400, and no tag is made', async () => {
  const repository = await oci.createRepository()
  const image = randomImage('bad tag parameter')
  for (const blob of image.blobs) await repository.pushBlob(blob)
  const response = await repository.putManifest(image.manifest, image.manifest.digest, {
    query: [
      ['tag', 'good'],
      ['tag', '.bad'],
    ],
  })
  expect(response.status).toBe(400)
  expect(await repository.listTags()).toEqual([])
})
