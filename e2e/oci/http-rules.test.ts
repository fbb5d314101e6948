import { expect, test } from 'vitest'
import { randomImage, unknownDigest } from './content.ts'
import { useRegistry } from './fixture.ts'
import { sendRaw } from './raw.ts'
import { assertGuarded } from './wire-rules.ts'

const oci = useRegistry()

test('an answer that needs a token is for the cache of its client alone, and a refusal for none', async () => {
  const repository = await oci.createRepository()
  const image = randomImage('guarded')
  await repository.pushImage(image, 'v1')
  const [blob] = image.blobs
  const etag = `"${blob?.digest}"`
  const answers: [path: string, status: number, headers?: Record<string, string>][] = [
    ['manifests/v1', 200],
    [`manifests/${image.manifest.digest}`, 304, { 'if-none-match': '*' }],
    [`blobs/${blob?.digest}`, 200],
    [`blobs/${blob?.digest}`, 206, { range: 'bytes=0-1' }],
    [`blobs/${blob?.digest}`, 206, { range: 'bytes=0-0,2-2' }],
    [`blobs/${blob?.digest}`, 304, { 'if-none-match': etag }],
    [`blobs/${blob?.digest}`, 416, { range: 'bytes=9999999-' }],
    ['tags/list', 200],
    [`referrers/${image.manifest.digest}`, 200],
    ['manifests/absent', 404],
    [`blobs/${unknownDigest('absent')}`, 404],
    ['manifests/%ff', 400],
    ['nothing/here', 404],
  ]
  for (const [path, status, headers = {}] of answers) {
    // The client holds each answer to the rule.
    expect((await repository.send('GET', path, { headers })).status, path).toBe(status)
    if (status !== 304) expect((await repository.send('GET', path, { authorization: null })).status, path).toBe(401)
  }
  assertGuarded(await repository.send('POST', 'tags/list'))
})

test('a word that is percent-encoded is not that word', async () => {
  const repository = await oci.createRepository()
  await repository.pushImage(randomImage('encoded'), 'v1')
  const authorization = `Authorization: ${await oci.client.basic()}`
  for (const path of [
    '/v2/%5fcatalog',
    `/v2/${repository.name}/%74ags/list`,
    `/v2/${repository.name}/%6danifests/v1`,
    `/v2/${repository.name}/manifests/%761`,
    `/v2/${repository.name.replace('r', '%72')}/manifests/v1`,
  ]) {
    const answer = await sendRaw(oci.client.registry.host, [`GET ${path} HTTP/1.1`, authorization])
    expect(answer, path).toMatch(/^HTTP\/1\.1 40[04] /)
  }
})

test('a body in a content coding is refused with 415, which names `identity` as what is taken', async () => {
  const repository = await oci.createRepository()
  const { manifest } = randomImage('coded')
  const headers = { 'content-type': manifest.mediaType, 'content-encoding': 'gzip' }
  const refused = await repository.send('PUT', 'manifests/v1', { headers, body: manifest.bytes })
  expect([refused.status, refused.headers['accept-encoding']]).toEqual([415, 'identity'])
})
