import { expect, test } from 'vitest'
import { errorCodesOf } from './client.ts'
import { contentOf, descriptorOf, mediaTypes, randomBlob, randomImage, unknownDigest } from './content.ts'
import { useRegistry } from './fixture.ts'
import { sendRaw } from './raw.ts'

const oci = useRegistry()
const UPPER = mediaTypes.image.toUpperCase()

test('a manifest type in other case is that type', async () => {
  const repository = await oci.createRepository()
  const image = randomImage('in capitals')
  for (const blob of image.blobs) await repository.pushBlob(blob)
  for (const contentType of [UPPER, `${UPPER} ; Charset=UTF-8`, `\t${mediaTypes.image}`]) {
    const headers = { 'content-type': contentType }
    expect((await repository.putManifest(image.manifest, 'v1', { headers })).status, contentType).toBe(201)
    expect((await repository.manifest('HEAD', 'v1')).headers['content-type']).toBe(mediaTypes.image)
  }
  // What the type asks of a manifest it asks in any case.
  const text = JSON.parse(image.manifest.bytes.toString())
  const bare = contentOf(UPPER, JSON.stringify({ ...text, mediaType: undefined, layers: [] }))
  expect((await repository.putManifest(bare, 'bare')).status).toBe(201)
  expect((await repository.manifest('HEAD', 'bare')).headers['content-type']).toBe(mediaTypes.image)
  const missing = { ...text, mediaType: UPPER, layers: [{ ...text.config, digest: unknownDigest('layer') }] }
  const refused = await repository.putManifest(contentOf(mediaTypes.image, JSON.stringify(missing)), 'v1')
  expect([refused.status, errorCodesOf(refused)]).toEqual([400, ['MANIFEST_BLOB_UNKNOWN']])
  const foreign = { ...text.config, mediaType: mediaTypes.foreignLayer.toUpperCase(), digest: unknownDigest('foreign') }
  const taken = contentOf(mediaTypes.image, JSON.stringify({ ...text, layers: [foreign] }))
  expect((await repository.putManifest(taken, 'v2')).status).toBe(201)
})

test('a filter by artifactType matches whatever the case, and a bare + is a plus', async () => {
  const repository = await oci.createRepository()
  const subject = { mediaType: mediaTypes.image, digest: unknownDigest('typed'), size: 7 }
  const image = randomImage('typed', { artifactType: 'application/vnd.Example+JSON', subject })
  await repository.pushImage(image)
  const authorization = `Authorization: ${await oci.client.basic()}`
  for (const type of [
    'application/vnd.Example+JSON',
    'application/vnd.example+json',
    'APPLICATION%2fVND.example%2Bjson',
  ]) {
    const line = `GET /v2/${repository.name}/referrers/${subject.digest}?artifactType=${type} HTTP/1.1`
    const answer = await sendRaw(oci.client.registry.host, [line, authorization])
    expect(answer, type).toMatch(/oci-filters-applied: artifactType\r\n/i)
    expect(answer, type).toContain(image.manifest.digest)
    expect(answer, type).toContain('"artifactType":"application/vnd.Example+JSON"')
  }
})

test('of several filters a referrer needs to match one', async () => {
  const repository = await oci.createRepository()
  const subject = { mediaType: mediaTypes.image, digest: unknownDigest('several'), size: 7 }
  const types = ['application/a', 'application/b', 'application/c']
  const pushed: Record<string, string> = {}
  for (const artifactType of types) {
    const image = randomImage(artifactType, { artifactType, subject, annotations: { fill: 'x'.repeat(2_000_000) } })
    await repository.pushImage(image)
    pushed[artifactType] = image.manifest.digest
  }
  const query = (...asked: string[]) => asked.map(type => ['artifactType', type] as const)
  const found = await repository.listReferrers(subject.digest, query('application/a', 'Application/B', 'application/x'))
  expect(found.map(({ digest }) => digest).toSorted()).toEqual(
    [pushed['application/a'], pushed['application/b']].toSorted(),
  )
  // The filters go on in the Link.
  const all = await repository.listReferrers(subject.digest, query(...types))
  expect(all).toHaveLength(3)
  const empty = await repository.referrers(subject.digest, query(''))
  expect(empty.headers['oci-filters-applied']).toBeUndefined()
})

test('parameters of a type in a descriptor are kept, as files of text are told by charset=utf-8', async () => {
  const repository = await oci.createRepository()
  const [config, file] = [randomBlob('config'), randomBlob('file')]
  for (const blob of [config, file]) await repository.pushBlob(blob)
  const layers = [{ ...descriptorOf(file), mediaType: 'text/plain; charset=utf-8' }]
  const subject = { mediaType: mediaTypes.image, digest: unknownDigest('with parameters'), size: 7 }
  const artifactType = 'application/vnd.example; version="1, 2"'
  const image = randomImage('text', { artifactType, subject, extra: { config: descriptorOf(config), layers } })
  await repository.pushManifest(image.manifest, 'v1')
  expect((await repository.manifest('GET', 'v1')).body.equals(image.manifest.bytes)).toBe(true)
  const [found] = await repository.listReferrers(subject.digest, [['artifactType', artifactType]])
  expect(found).toMatchObject({ digest: image.manifest.digest, artifactType })
  for (const mediaType of [
    '',
    ' ',
    'text',
    'text/',
    ';charset=utf-8',
    'text /plain',
    `a/b;${'x'.repeat(300)}`,
    'a/b;\n',
  ]) {
    const bad = randomImage('bad', {
      extra: { config: descriptorOf(config), layers: [{ ...descriptorOf(file), mediaType }] },
    })
    expect((await repository.putManifest(bad.manifest, 'v2')).status, JSON.stringify(mediaType)).toBe(400)
  }
})

test('parameters in the mediaType of a manifest itself are refused: its readers compare it whole', async () => {
  const repository = await oci.createRepository()
  const image = randomImage('own parameters', { extra: { mediaType: `${mediaTypes.image}; charset=utf-8` } })
  for (const blob of image.blobs) await repository.pushBlob(blob)
  for (const contentType of [mediaTypes.image, `${mediaTypes.image}; charset=utf-8`]) {
    const response = await repository.putManifest(image.manifest, 'v1', { headers: { 'content-type': contentType } })
    expect([response.status, errorCodesOf(response)]).toEqual([400, ['MANIFEST_INVALID']])
  }
})

test('a manifest that a browser would show or run is refused with 400', async () => {
  const repository = await oci.createRepository()
  const text = (mediaType?: string) => JSON.stringify({ mediaType, a: '<script>alert(1)</script>' })
  for (const type of [
    'text/html',
    'TEXT/HTML',
    'text/html; charset=utf-8',
    'image/svg+xml',
    'multipart/related',
    'a/b',
  ])
    for (const manifest of [contentOf(type, text()), contentOf(type, text(type.split(';')[0]))]) {
      const response = await repository.putManifest(manifest, 'v1')
      expect([response.status, errorCodesOf(response)], type).toEqual([400, ['MANIFEST_INVALID']])
      expect(JSON.parse(response.body.toString()).errors[0].message).toContain('application/')
    }
  const declared = await repository.putManifest(contentOf('', text('text/html')), 'v1')
  expect(declared.status).toBe(400)
  expect((await repository.putManifest(contentOf('application/vnd.example', text()), 'v1')).status).toBe(201)
})

test('an image manifest without layers is refused, as the Image Specification has it, and null is an empty list', async () => {
  const repository = await oci.createRepository()
  const image = randomImage('no layers')
  for (const blob of image.blobs) await repository.pushBlob(blob)
  const { layers, ...bare } = JSON.parse(image.manifest.bytes.toString())
  expect(layers).toHaveLength(1)
  const refused = await repository.putManifest(contentOf(mediaTypes.image, JSON.stringify(bare)), 'v1')
  expect([refused.status, errorCodesOf(refused)]).toEqual([400, ['MANIFEST_INVALID']])
  const empty = contentOf(mediaTypes.image, JSON.stringify({ ...bare, layers: null }))
  expect((await repository.putManifest(empty, 'v1')).status).toBe(201)
})
