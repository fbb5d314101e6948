import { describe, expect, it } from 'vitest'
import { digestOf } from '../../domain/digest.ts'
import { MANIFEST_LIMIT_BYTES } from '../../domain/manifest/manifest.ts'
import { OCI_INDEX, OCI_MANIFEST } from '../../domain/manifest/media-types.ts'
import { parseTag } from '../../domain/names.ts'
import { ALIAS, addRegistry, NAME, OTHER_ACCOUNT } from '../../ports/metadata-contract/testing/fixtures.ts'
import type { RepositoryId } from '../../ports/rows/common.ts'
import { codesOf, imageManifest, pushBlob, putManifest, REPOSITORY, withRegistry } from './testing/oci-harness.ts'

const IMAGE = imageManifest({ annotations: { 'spaces stay': '  as they are ' } })
const DIGEST = digestOf(IMAGE)
const INDEX = JSON.stringify({
  schemaVersion: 2,
  mediaType: OCI_INDEX,
  manifests: [{ mediaType: OCI_MANIFEST, digest: DIGEST, size: IMAGE.length }],
})
const manifests = `/v2/${REPOSITORY}/manifests/`
const asIndex = { contentType: OCI_INDEX }

describe('manifests', () => {
  it(
    'serves the exact bytes by tag and by digest, whatever the client accepts',
    withRegistry(async ({ url, asked }) => {
      await pushBlob(url, '{}')
      const pushed = await putManifest(url, 'latest', IMAGE, { contentType: `${OCI_MANIFEST}; charset=utf-8` })
      expect(pushed.status).toBe(201)
      expect(pushed.headers.get('location')).toBe(manifests + DIGEST)
      expect(pushed.headers.get('docker-content-digest')).toBe(DIGEST)
      expect([pushed.headers.get('oci-subject'), pushed.headers.get('oci-tag')]).toEqual([null, null])
      expect(asked.at(-1)).toBe(`push PutImage ${REPOSITORY}`)
      for (const reference of ['latest', DIGEST, encodeURIComponent(DIGEST)]) {
        for (const method of ['GET', 'HEAD']) {
          const response = await fetch(`${url}${manifests}${reference}`, { method, headers: { Accept: 'text/html' } })
          expect(response.status).toBe(200)
          expect(response.headers.get('content-type')).toBe(OCI_MANIFEST)
          expect(response.headers.get('content-length')).toBe(String(IMAGE.length))
          expect(response.headers.get('docker-content-digest')).toBe(DIGEST)
          expect(await response.text()).toBe(method === 'GET' ? IMAGE : '')
        }
      }
      const held = await fetch(`${url}${manifests}latest`, { headers: { 'If-None-Match': `"${DIGEST}"` } })
      expect([held.status, await held.text()]).toEqual([304, ''])
    }),
  )

  it(
    'counts what is pulled, by the tag that it was looked for by, and neither looks nor who has it already',
    withRegistry(async ({ url, context, pullNotes }) => {
      await pushBlob(url, '{}')
      await putManifest(url, `${DIGEST}?tag=v1&tag=v2`, IMAGE)
      const ask = async (reference: string, init: RequestInit = {}) => {
        await (await fetch(`${url}${manifests}${reference}`, init)).arrayBuffer()
      }
      await ask('v1')
      await ask(DIGEST)
      // As docker and containerd do.
      await ask('v2', { method: 'HEAD' })
      await ask(DIGEST)
      for (const headers of [{ 'if-none-match': `"${DIGEST}"` }, { 'berth-purpose': 'inventory' }])
        await ask('v1', { headers })
      await ask('absent')
      await pullNotes.flush()
      const { rows } = context.metadata
      const found = await rows.repositories.findByAlias(ALIAS, NAME)
      const id = found?.repository?.id as RepositoryId
      const ever = { first: 0, last: Number.MAX_SAFE_INTEGER }
      expect((await rows.pullCounts.byDay(id, ever)).map(({ pulls }) => pulls)).toEqual([3])
      const tags = await rows.pullCounts.ofTags(id, [parseTag('v1'), parseTag('v2')], ever)
      expect(Object.fromEntries(tags)).toEqual({ v1: 1, v2: 1 })
    }),
  )

  it(
    'points every tag of the query at a digest',
    withRegistry(async ({ url }) => {
      await pushBlob(url, '{}')
      const digest = digestOf(IMAGE, 'sha512')
      const tags = Array.from({ length: 12 }, (_, index) => `v${index}`)
      const pushed = await putManifest(url, `${digest}?tag=${tags.join('&tag=')}&tag=v1`, IMAGE)
      expect([pushed.status, pushed.headers.get('oci-tag')]).toEqual([201, tags.join(', ')])
      for (const tag of tags) {
        const response = await fetch(`${url}${manifests}${tag}`, { method: 'HEAD' })
        expect(response.headers.get('docker-content-digest')).toBe(digest)
      }
    }),
  )

  it(
    'refuses bad references and manifests, and stores nothing of them',
    withRegistry(async ({ url }) => {
      await pushBlob(url, '{}')
      const put = async (...args: [reference: string, manifest: string]) => {
        const response = await putManifest(url, ...args)
        return [response.status, ...(await codesOf(response))]
      }
      expect(await put('sha256:short', IMAGE)).toEqual([400, 'DIGEST_INVALID'])
      expect(await put(digestOf('other'), IMAGE)).toEqual([400, 'DIGEST_INVALID'])
      expect(await put('.tag', IMAGE)).toEqual([400, 'MANIFEST_INVALID'])
      expect(await put(`${DIGEST}?tag=ok&tag=.no`, IMAGE)).toEqual([400, 'MANIFEST_INVALID'])
      expect(await put('one?tag=two', IMAGE)).toEqual([400, 'UNSUPPORTED'])
      expect(await put('latest', 'no JSON')).toEqual([400, 'MANIFEST_INVALID'])
      expect(await put('latest', INDEX)).toEqual([400, 'MANIFEST_INVALID'])
      const layers = ['one', 'two'].map(text => ({ mediaType: 'text/plain', digest: digestOf(text), size: 3 }))
      expect(await put('latest', imageManifest({ layers }))).toEqual([400, ...Array(2).fill('MANIFEST_BLOB_UNKNOWN')])
      const list = await fetch(`${url}/v2/${REPOSITORY}/tags/list`)
      expect(await list.json()).toEqual({ name: REPOSITORY, tags: [] })
    }),
  )

  it(
    'names each missing reference in the detail of an error of its own',
    withRegistry(async ({ url }) => {
      const response = await putManifest(url, 'latest', INDEX, asIndex)
      expect(response.status).toBe(400)
      expect(await response.json()).toEqual({
        errors: [
          { code: 'MANIFEST_BLOB_UNKNOWN', message: expect.stringContaining(DIGEST), detail: { digest: DIGEST } },
        ],
      })
    }),
  )

  it(
    'answers briefly to a manifest that refers to thousands of unknown others',
    withRegistry(async ({ url }) => {
      const manifests = Array.from({ length: 2_000 }, (_, number) => ({
        mediaType: OCI_MANIFEST,
        digest: digestOf(`${number}`),
        size: 1,
      }))
      const index = JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests })
      const response = await putManifest(url, 'latest', index, asIndex)
      expect(response.status).toBe(400)
      expect((await response.arrayBuffer()).byteLength).toBeLessThan(index.length)
    }),
  )

  it(
    'takes 4 MiB and not a byte more, announced or not',
    withRegistry(async ({ url }) => {
      await pushBlob(url, '{}')
      const fill = (sizeBytes: number): string => {
        const empty = imageManifest({ annotations: { fill: '' } }).length
        return imageManifest({ annotations: { fill: 'x'.repeat(sizeBytes - empty) } })
      }
      expect((await putManifest(url, 'largest', fill(MANIFEST_LIMIT_BYTES))).status).toBe(201)
      const larger = await putManifest(url, 'larger', fill(MANIFEST_LIMIT_BYTES + 1))
      expect([larger.status, await codesOf(larger)]).toEqual([413, ['MANIFEST_INVALID']])
      const init = { body: ReadableStream.from([Buffer.from(fill(MANIFEST_LIMIT_BYTES + 1))]), duplex: 'half' }
      const chunked = await fetch(`${url}${manifests}larger`, { method: 'PUT', ...init } as unknown as RequestInit)
      expect([chunked.status, await codesOf(chunked)]).toEqual([413, ['MANIFEST_INVALID']])
    }),
  )

  it(
    'tells the unknown from the malformed',
    withRegistry(async ({ url }) => {
      for (const method of ['GET', 'DELETE']) {
        const of = async (path: string) => {
          const response = await fetch(`${url}/v2/${path}`, { method })
          const { errors } = (await response.json()) as { errors: { code: string; message: string }[] }
          return [response.status, errors[0]?.code, errors[0]?.message]
        }
        expect(await of(`${REPOSITORY}/manifests/latest`)).toEqual([
          404,
          'MANIFEST_UNKNOWN',
          'Requested image not found',
        ])
        expect((await of(`${REPOSITORY}/manifests/${DIGEST}`)).slice(0, 2)).toEqual([404, 'MANIFEST_UNKNOWN'])
        expect((await of(`${REPOSITORY}/manifests/.INVALID`)).slice(0, 2)).toEqual([404, 'MANIFEST_UNKNOWN'])
        expect((await of(`${REPOSITORY}/manifests/sha256:wrong`)).slice(0, 2)).toEqual([400, 'DIGEST_INVALID'])
        expect(await of('acme/absent/manifests/latest')).toEqual([
          404,
          'NAME_UNKNOWN',
          "The repository with name 'absent' does not exist in the registry with alias 'acme'",
        ])
      }
    }),
  )

  it(
    'deletes a tag and leaves the image, deletes a digest and takes its tags',
    withRegistry(async ({ url, asked }) => {
      await pushBlob(url, '{}')
      const remove = (reference: string) => fetch(`${url}${manifests}${reference}`, { method: 'DELETE' })
      const statusOf = async (reference: string) =>
        (await fetch(`${url}${manifests}${reference}`, { method: 'HEAD' })).status
      await putManifest(url, `${DIGEST}?tag=one&tag=two&tag=three`, IMAGE)
      expect((await remove('one')).status).toBe(202)
      expect([await statusOf('one'), await statusOf('two'), await statusOf(DIGEST)]).toEqual([404, 200, 200])
      expect((await remove('one')).status).toBe(404)
      expect([(await remove('two')).status, (await remove('three')).status]).toEqual([202, 202])
      expect(await statusOf(DIGEST)).toBe(200)
      await putManifest(url, 'four', IMAGE)
      expect((await remove(DIGEST)).status).toBe(202)
      expect([await statusOf('four'), await statusOf(DIGEST)]).toEqual([404, 404])
      expect((await remove(DIGEST)).status).toBe(404)
      expect(asked.at(-1)).toBe(`delete BatchDeleteImage ${REPOSITORY}`)
    }),
  )

  it(
    'keeps what an index lists until the index is gone',
    withRegistry(async ({ url }) => {
      await pushBlob(url, '{}')
      await putManifest(url, DIGEST, IMAGE)
      await putManifest(url, 'index', INDEX, asIndex)
      const remove = (digest: string) => fetch(`${url}${manifests}${digest}`, { method: 'DELETE' })
      const refused = await remove(DIGEST)
      expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'GET, HEAD, PUT'])
      expect(await refused.json()).toEqual({
        errors: [{ code: 'UNSUPPORTED', message: `Requested image referenced by manifest list: [${digestOf(INDEX)}]` }],
      })
      expect([(await remove(digestOf(INDEX))).status, (await remove(DIGEST)).status]).toEqual([202, 202])
    }),
  )

  it(
    'makes a repository on push, where the registry is set so and the caller may',
    withRegistry(async ({ url, context: { metadata }, asked, deny }) => {
      await metadata.transaction(rows => addRegistry(rows, OTHER_ACCOUNT, 'other'))
      const begin = async () => (await fetch(`${url}/v2/other/new/blobs/uploads/`, { method: 'POST' })).status
      const toUpload = 'push InitiateLayerUpload other/new'
      expect([await begin(), asked.splice(0)]).toEqual([404, [toUpload]])
      await metadata.transaction(rows => rows.registries.update(OTHER_ACCOUNT, { createOnPush: true }))
      deny.also = { kind: 'credentialsMissing' }
      expect([await begin(), asked.splice(0)]).toEqual([401, [toUpload, 'push CreateRepository other/new']])
      deny.also = undefined
      // The layers of a push come side by side, and the first of them makes the repository.
      expect(await Promise.all([begin(), begin(), begin()])).toEqual([202, 202, 202])
      expect(await metadata.rows.repositories.count(OTHER_ACCOUNT)).toBe(1)
      asked.length = 0
      expect([await begin(), asked]).toEqual([202, [toUpload]])
    }),
  )
})
