import { expect, test } from 'vitest'
import type { OciResponse } from './client.ts'
import { contentOf, mediaTypes, randomBlob, randomImage, unknownDigest } from './content.ts'
import { useRegistry } from './fixture.ts'
import { sendRaw } from './raw.ts'
import type { Repository } from './repository.ts'
import { assertErrorBody } from './wire-rules.ts'

const oci = useRegistry()

const failures: Readonly<Record<string, (repository: Repository) => Promise<OciResponse>>> = {
  BLOB_UNKNOWN: repository => repository.blob('GET', unknownDigest('blob')),
  BLOB_UPLOAD_UNKNOWN: repository => repository.send('GET', 'blobs/uploads/00000000-0000-4000-8000-000000000000'),
  DIGEST_INVALID: async repository =>
    repository.finishUpload(await repository.startUpload(), unknownDigest('other bytes'), Buffer.from('bytes')),
  MANIFEST_BLOB_UNKNOWN: repository => repository.putManifest(randomImage('no blobs').manifest),
  MANIFEST_INVALID: repository => repository.putManifest(contentOf(mediaTypes.image, 'blablabla'), 'v1'),
  MANIFEST_UNKNOWN: repository => repository.manifest('GET', 'absent'),
  NAME_UNKNOWN: ({ client }) => client.send('GET', `/v2/${client.registry.alias}/never/created/tags/list`),
  UNAUTHORIZED: repository => repository.send('POST', 'blobs/uploads/', { authorization: null }),
}

for (const [code, fail] of Object.entries(failures)) {
  test(`an error is JSON in the specified format with a specified code (${code})`, async () => {
    const response = await fail(await oci.createRepository())
    expect(response.status).toBeGreaterThanOrEqual(400)
    expect(response.headers['content-type']).toMatch(/^application\/json\b/)
    assertErrorBody(response)
    // ECR Public says DENIED where the specification has UNAUTHORIZED.
    const allowed = code === 'UNAUTHORIZED' ? ['UNAUTHORIZED', 'DENIED'] : [code]
    const [first] = (JSON.parse(response.body.toString('utf8')) as { errors: { code: string }[] }).errors
    expect(allowed).toContain(first?.code)
  })
}

test('a repository name outside the grammar names nothing', async () => {
  const { alias } = oci.client.registry
  for (const name of [`${alias}/Upper`, `${alias}/-dash`, `${alias}/a..b`, `${alias}/a/`, `${alias}/a__-b`]) {
    const response = await oci.client.send('GET', `/v2/${name}/tags/list`)
    expect([400, 404], name).toContain(response.status)
  }
})

test('a method that a path does not have is answered with 405 and Allow', async () => {
  const repository = await oci.createRepository()
  for (const [method, path] of [
    ['POST', 'manifests/v1'],
    ['PUT', 'tags/list'],
    ['PATCH', `blobs/${unknownDigest('any')}`],
    ['DELETE', `referrers/${unknownDigest('any')}`],
  ] as const) {
    const response = await repository.send(method, path)
    expect(response.status, `${method} ${path}`).toBe(405)
    expect(response.headers.allow, `${method} ${path}`).toMatch(/GET/)
  }
})

test('a path that does not exist is answered with 404', async () => {
  const repository = await oci.createRepository()
  for (const path of ['nothing/here', 'manifests', 'manifests/', 'blobs/', 'tags/']) {
    expect((await repository.send('GET', path)).status, path).toBe(404)
  }
})

test('a path cannot climb out of its repository', async () => {
  const repository = await oci.createRepository()
  const blob = randomBlob('climb')
  await repository.pushBlob(blob)
  for (const path of ['manifests/..%2f..%2fv1', 'blobs/..%2f..%2f..%2fetc%2fpasswd', 'blobs/uploads/..%2f..%2fx']) {
    expect([400, 404], path).toContain((await repository.send('GET', path)).status)
  }
  for (const path of ['manifests/../blobs', 'blobs/../../../../etc/passwd', 'blobs//x', 'blobs/%00']) {
    // A client library would tidy such a path up before it sends it.
    const authorization = `Authorization: ${await oci.client.basic()}`
    const line = `GET /v2/${repository.name}/${path} HTTP/1.1`
    expect(await sendRaw(oci.client.registry.host, [line, authorization])).toMatch(/^HTTP\/1\.1 40[04] /)
  }
})

test('an error answered before the body was read leaves the connection usable', async () => {
  const repository = await oci.createRepository()
  const body = randomBlob('refused body', 300_000).bytes
  for (let at = 0; at < 5; at += 1) {
    const { client } = oci
    const path = `/v2/${client.registry.alias}/never/created/manifests/v1`
    expect((await client.send('PUT', path, { body, headers: { 'content-type': mediaTypes.image } })).status).toBe(404)
    expect((await repository.tags()).status).toBe(200)
  }
})
