import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { OciClient, type OciResponse } from './client.ts'
import { contentOf, type Descriptor, descriptorOf, mediaTypes, randomImage, unknownDigest } from './content.ts'
import { useRegistry } from './fixture.ts'
import type { Repository } from './repository.ts'

const oci = useRegistry()

const etagOf = (digest: string) => `"${digest}"`
const OTHER = etagOf(unknownDigest('another client’s'))

/** What the error says of the reference that the condition is about. */
function conflictOf(response: OciResponse): { message: string; detail: { reference: string; digest?: string } } {
  expect(response.status).toBe(412)
  return JSON.parse(response.body.toString('utf8')).errors[0]
}

/** Two images that can be pushed by manifest alone, the first of them under `latest`. */
async function twoImages(repository: Repository) {
  const [first, second] = [randomImage('first'), randomImage('second')]
  await repository.pushImage(first, 'latest')
  for (const blob of second.blobs) await repository.pushBlob(blob)
  return [first.manifest, second.manifest] as const
}
const latest = async (repository: Repository) =>
  (await repository.manifest('HEAD', 'latest')).headers['docker-content-digest']

test('a push whose If-Match does not hold is answered with 412, and changes nothing', async () => {
  const repository = await oci.createRepository()
  const [first, second] = await twoImages(repository)
  for (const condition of [OTHER, `W/${etagOf(first.digest)}`, `${OTHER}, W/${etagOf(first.digest)}`, '']) {
    const refused = await repository.putManifest(second, 'latest', { headers: { 'if-match': condition } })
    expect(conflictOf(refused)).toMatchObject({
      message: `If-Match does not hold: 'latest' is ${first.digest}`,
      detail: { reference: 'latest', digest: first.digest },
    })
  }
  const absent = await repository.putManifest(second, 'new', { headers: { 'if-match': '*' } })
  expect(conflictOf(absent).detail).toEqual({ reference: 'new' })
  expect([await latest(repository), await repository.listTags()]).toEqual([first.digest, ['latest']])
})

test('a push whose If-Match holds is carried out, and answered with the next ETag', async () => {
  const repository = await oci.createRepository()
  const [first, second] = await twoImages(repository)
  const condition = `${OTHER},, ${etagOf(first.digest)}`
  const pushed = await repository.putManifest(second, 'latest', { headers: { 'if-match': condition } })
  expect([pushed.status, pushed.headers.etag]).toEqual([201, etagOf(second.digest)])
  const back = { 'if-match': String(pushed.headers.etag) }
  expect((await repository.putManifest(first, 'latest', { headers: back })).status).toBe(201)
  expect((await repository.putManifest(second, 'latest', { headers: { 'if-match': '*' } })).status).toBe(201)
})

test('a push with If-None-Match: * makes a tag, and moves none', async () => {
  const repository = await oci.createRepository()
  const [first, second] = await twoImages(repository)
  const headers = { 'if-none-match': '*' }
  expect(conflictOf(await repository.putManifest(second, 'latest', { headers })).detail.digest).toBe(first.digest)
  expect((await repository.putManifest(second, 'v2', { headers })).status).toBe(201)
  expect(await latest(repository)).toBe(first.digest)
  const listed = { 'if-none-match': `${OTHER}, W/${etagOf(first.digest)}` }
  expect((await repository.putManifest(second, 'latest', { headers: listed })).status).toBe(412)
  expect((await repository.putManifest(second, 'latest', { headers: { 'if-none-match': OTHER } })).status).toBe(201)
})

test('a condition on a push by digest is about that digest, whatever tags it points', async () => {
  const repository = await oci.createRepository()
  const [first, second] = await twoImages(repository)
  const put = (headers: Record<string, string>, ...tags: string[]) =>
    repository.putManifest(second, second.digest, { headers, query: tags.map(tag => ['tag', tag] as const) })
  for (const held of [{ 'if-match': '*' }, { 'if-match': etagOf(second.digest) }])
    expect(conflictOf(await put(held, 'latest')).detail).toEqual({ reference: second.digest })
  expect([await latest(repository), await repository.listTags()]).toEqual([first.digest, ['latest']])
  expect((await put({ 'if-none-match': '*' }, 'new')).status).toBe(201)
  expect((await put({ 'if-none-match': '*' }, 'newer')).status).toBe(412)
  expect((await put({ 'if-match': etagOf(first.digest) }, 'newer')).status).toBe(412)
  expect((await put({ 'if-match': etagOf(second.digest) }, 'latest')).status).toBe(201)
  expect([await latest(repository), await repository.listTags()]).toEqual([second.digest, ['latest', 'new']])
})

test('a deletion whose condition does not hold is answered with 412, and deletes nothing', async () => {
  const repository = await oci.createRepository()
  const [first] = await twoImages(repository)
  const [blob] = randomImage('first').blobs
  for (const reference of ['latest', first.digest])
    for (const headers of [
      { 'if-match': OTHER },
      { 'if-match': `W/${etagOf(first.digest)}` },
      { 'if-none-match': '*' },
      { 'if-none-match': etagOf(first.digest) },
    ])
      expect((await repository.manifest('DELETE', reference, { headers })).status, JSON.stringify(headers)).toBe(412)
  const digest = blob?.digest ?? ''
  expect((await repository.blob('DELETE', digest, { headers: { 'if-match': OTHER } })).status).toBe(412)
  const headers = { 'if-match': etagOf(first.digest) }
  expect((await repository.manifest('DELETE', 'latest', { headers })).status).toBe(202)
  expect((await repository.manifest('DELETE', first.digest, { headers })).status).toBe(202)
})

test('a condition on what is not there, or not allowed, leaves the answer as it is', async () => {
  const repository = await oci.createRepository()
  const [first, second] = await twoImages(repository)
  const headers = { 'if-match': OTHER }
  expect((await repository.manifest('DELETE', 'absent', { headers })).status).toBe(404)
  expect((await repository.manifest('DELETE', unknownDigest('absent'), { headers })).status).toBe(404)
  expect((await repository.blob('DELETE', unknownDigest('absent'), { headers })).status).toBe(404)
  const nowhere = `/v2/${oci.client.registry.alias}/never/created/manifests/latest`
  expect((await oci.client.send('DELETE', nowhere, { headers })).status).toBe(404)
  expect((await repository.manifest('DELETE', 'latest', { headers, authorization: null })).status).toBe(401)
  expect((await repository.putManifest(second, 'latest', { headers, authorization: null })).status).toBe(401)
  expect(await latest(repository)).toBe(first.digest)
})

test('a condition comes before the immutability and the protection of tags', async () => {
  const repository = await oci.createRepository()
  const [first, second] = await twoImages(repository)
  const [, ...name] = repository.name.split('/')
  await oci.client.registry.control('Berth_V1.PutRepositorySettings', {
    repositoryName: name.join('/'),
    settings: { immutableTags: ['latest'], protectedTags: ['latest'] },
  })
  const put = (condition: string) => repository.putManifest(second, 'latest', { headers: { 'if-match': condition } })
  expect([(await put(OTHER)).status, (await put(etagOf(first.digest))).status]).toEqual([412, 409])
  const remove = (condition: string) => repository.manifest('DELETE', 'latest', { headers: { 'if-match': condition } })
  expect([(await remove(OTHER)).status, (await remove(etagOf(first.digest))).status]).toEqual([412, 403])
})

test('a condition that is no list of entity tags is refused with 400', async () => {
  const repository = await oci.createRepository()
  const [first, second] = await twoImages(repository)
  for (const name of ['if-match', 'if-none-match'])
    for (const value of [first.digest, `'${first.digest}'`, `*, ${etagOf(first.digest)}`, '"'])
      for (const answer of [
        await repository.putManifest(second, 'latest', { headers: { [name]: value } }),
        await repository.manifest('DELETE', 'latest', { headers: { [name]: value } }),
      ])
        expect(answer.status, `${name}: ${value}`).toBe(400)
  expect(await latest(repository)).toBe(first.digest)
})

test('a condition asks for no dates, which nothing here has', async () => {
  const repository = await oci.createRepository()
  const [first, second] = await twoImages(repository)
  const past = 'Thu, 01 Jan 1970 00:00:00 GMT'
  for (const method of ['GET', 'HEAD'])
    for (const header of ['if-modified-since', 'if-unmodified-since', 'if-range'])
      expect((await repository.manifest(method, 'latest', { headers: { [header]: past } })).status).toBe(200)
  const put = await repository.putManifest(second, 'latest', { headers: { 'if-unmodified-since': past } })
  expect([put.status, await latest(repository)]).toEqual([201, second.digest])
  expect(
    (
      await repository.blob('GET', randomImage('first').blobs[0]?.digest ?? '', {
        headers: { 'if-range': past, range: 'bytes=0-1' },
      })
    ).status,
  ).toBe(200)
  expect(first.digest).not.toBe(second.digest)
})

test('a read whose If-Match does not hold is answered with 412, and one that is held with 304', async () => {
  const repository = await oci.createRepository()
  const [first] = await twoImages(repository)
  const blob = randomImage('first').blobs[0]?.digest ?? ''
  for (const method of ['GET', 'HEAD'])
    for (const [read, etag] of [
      [(headers: Record<string, string>) => repository.manifest(method, 'latest', { headers }), etagOf(first.digest)],
      [(headers: Record<string, string>) => repository.blob(method, blob, { headers }), etagOf(blob)],
    ] as const) {
      expect((await read({ 'if-match': OTHER })).status).toBe(412)
      expect((await read({ 'if-match': `W/${etag}` })).status).toBe(412)
      expect((await read({ 'if-match': etag })).status).toBe(200)
      expect((await read({ 'if-match': '*', 'if-none-match': `W/${etag}` })).status).toBe(304)
      expect((await read({ 'if-none-match': `${OTHER}, ${etag}` })).status).toBe(304)
      expect((await read({ 'if-none-match': OTHER })).status).toBe(200)
    }
  expect((await repository.manifest('GET', 'absent', { headers: { 'if-match': OTHER } })).status).toBe(404)
})

test('a refusal that needs no body comes before 100 Continue', async () => {
  const repository = await oci.createRepository()
  const [first, second] = await twoImages(repository)
  const authorization = await oci.client.basic()
  const firstLine = (reference: string, ...headers: string[]) =>
    new Promise<string>((resolve, reject) => {
      const { hostname, port } = new URL(oci.client.registry.url)
      const socket = connect(Number(port), hostname).on('error', reject)
      socket.once('data', bytes => {
        resolve(bytes.toString('latin1').split('\r\n', 1)[0] ?? '')
        socket.destroy()
      })
      const lines = [`Host: ${hostname}`, `Authorization: ${authorization}`, 'Expect: 100-continue', ...headers]
      socket.write(`PUT /v2/${repository.name}/manifests/${reference} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`)
    })
  const length = `Content-Length: ${second.bytes.length}`
  expect(await firstLine('latest', length, 'If-None-Match: *')).toMatch(/^HTTP\/1.1 412 /)
  expect(await firstLine('latest', length, `If-Match: ${OTHER}`)).toMatch(/^HTTP\/1.1 412 /)
  expect(await firstLine('new', length, 'If-Match: *')).toMatch(/^HTTP\/1.1 412 /)
  expect(await firstLine('latest', `Content-Length: ${4 * 1024 * 1024 + 1}`)).toMatch(/^HTTP\/1.1 413 /)
  expect(await firstLine('latest', length, `If-Match: ${etagOf(first.digest)}`)).toMatch(/^HTTP\/1.1 100 /)
})

test('clients that update one tag lose no update of each other', async () => {
  const repository = await oci.createRepository()
  const image = randomImage('listed')
  await repository.pushImage(image)
  const { client } = oci
  const clients = [client, new OciClient(client.registry), new OciClient(client.registry)]
  const UPDATES = 8
  let conflicts = 0
  const listOf = (response: OciResponse) =>
    response.status === 404 ? [] : (JSON.parse(response.body.toString('utf8')).manifests as Descriptor[])
  await Promise.all(
    clients.map(async (own, at) => {
      const path = `/v2/${repository.name}/manifests/list`
      for (let n = 0; n < UPDATES; ) {
        const before = await own.send('GET', path)
        const entry = { ...descriptorOf(image.manifest), annotations: { by: `${at}.${n}` } }
        const list = contentOf(
          mediaTypes.index,
          JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.index, manifests: [...listOf(before), entry] }),
        )
        const condition = before.status === 404 ? { 'if-none-match': '*' } : { 'if-match': String(before.headers.etag) }
        const headers = { 'content-type': mediaTypes.index, ...condition }
        const { status } = await own.send('PUT', path, { body: list.bytes, headers })
        expect([201, 412]).toContain(status)
        if (status === 201) n += 1
        else conflicts += 1
      }
    }),
  )
  const by = listOf(await repository.manifest('GET', 'list')).map(entry => entry.annotations?.['by'])
  const all = clients.flatMap((_, at) => Array.from({ length: UPDATES }, (_, n) => `${at}.${n}`))
  expect(by.toSorted()).toEqual(all.toSorted())
  expect(conflicts).toBeGreaterThan(0)
})
