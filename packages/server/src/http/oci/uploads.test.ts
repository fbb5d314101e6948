import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, expect, it, vi } from 'vitest'
import { digestOf } from '../../domain/digest.ts'
import { codesOf, OTHER_REPOSITORY, pushBlob, REPOSITORY, withRegistry } from './testing/oci-harness.ts'

const UPLOADS = `/v2/${REPOSITORY}/blobs/uploads/`

const begin = async (url: string, query = ''): Promise<string> => {
  const response = await fetch(`${url}${UPLOADS}${query}`, { method: 'POST' })
  expect(response.status).toBe(202)
  return url + response.headers.get('location')
}
const patch = (location: string, body: string | Buffer, contentRange?: string): Promise<Response> =>
  fetch(location, {
    method: 'PATCH',
    body,
    headers: contentRange === undefined ? {} : { 'Content-Range': contentRange },
  })
const finish = (location: string, digest: string, body = '', contentRange?: string): Promise<Response> =>
  fetch(`${location}?digest=${digest}`, {
    method: 'PUT',
    body,
    headers: contentRange === undefined ? {} : { 'Content-Range': contentRange },
  })
const blob = async (url: string, digest: string, repository = REPOSITORY): Promise<string> => {
  const response = await fetch(`${url}/v2/${repository}/blobs/${digest}`)
  return response.ok ? response.text() : `${response.status}`
}
/** A body of unknown length. */
const stream = (...parts: string[]): RequestInit =>
  ({ body: ReadableStream.from(parts.map(part => Buffer.from(part))), duplex: 'half' }) as unknown as RequestInit

describe('uploads', () => {
  it(
    'begins a session at a relative URL that holds its id',
    withRegistry(async ({ url, asked }) => {
      const response = await fetch(url + UPLOADS, { method: 'POST' })
      const id = response.headers.get('docker-upload-uuid')
      expect(id).toMatch(/^[0-9a-f-]{36}$/)
      expect(response.headers.get('location')).toBe(UPLOADS + id)
      expect([response.status, response.headers.get('range')]).toEqual([202, '0-0'])
      expect(asked).toEqual([`push InitiateLayerUpload ${REPOSITORY}`])
    }),
  )

  it(
    'takes a blob in one request, chunked or empty as well',
    withRegistry(async ({ url }) => {
      for (const [text, init] of [
        ['whole', { body: 'whole' }],
        ['in parts', stream('in ', 'parts')],
        ['', stream()],
      ] as const) {
        const digest = digestOf(text)
        const response = await fetch(`${url}${UPLOADS}?digest=${digest}`, { method: 'POST', ...init })
        expect(response.status).toBe(201)
        expect(response.headers.get('location')).toBe(`/v2/${REPOSITORY}/blobs/${digest}`)
        expect(response.headers.get('docker-content-digest')).toBe(digest)
        expect(await blob(url, digest)).toBe(text)
      }
    }),
  )

  it(
    'refuses bytes that do not hash to the digest, and leaves nothing',
    withRegistry(async ({ url, context }) => {
      const digest = digestOf('this')
      const single = await fetch(`${url}${UPLOADS}?digest=${digest}`, { method: 'POST', body: 'that' })
      expect([single.status, await codesOf(single)]).toEqual([400, ['DIGEST_INVALID']])
      const location = await begin(url)
      const closing = await finish(location, digest, 'that')
      expect([closing.status, await codesOf(closing)]).toEqual([400, ['DIGEST_INVALID']])
      expect((await fetch(location)).status).toBe(404)
      expect(await blob(url, digest)).toBe('404')
      for await (const key of context.blobs.keys()) expect.fail(`${key} was left`)
    }),
  )

  it(
    'appends chunks in order, whether they say where they begin or not',
    withRegistry(async ({ url, asked }) => {
      const location = await begin(url)
      const first = await patch(location, 'hello', '0-4')
      expect([first.status, first.headers.get('range')]).toEqual([202, '0-4'])
      expect(url + first.headers.get('location')).toBe(location)
      const second = await fetch(location, { method: 'PATCH', ...stream(' ', 'big') })
      expect([second.status, second.headers.get('range')]).toEqual([202, '0-8'])
      expect((await patch(location, '', undefined)).headers.get('range')).toBe('0-8')
      expect((await patch(location, ' old', 'bytes 9-12/*')).headers.get('range')).toBe('0-12')
      const closing = await finish(location, digestOf('hello big old world'), ' world', '13-18')
      expect(closing.status).toBe(201)
      expect(await blob(url, digestOf('hello big old world'))).toBe('hello big old world')
      expect((await fetch(location)).status).toBe(404)
      const actions = new Set(asked.map(each => each.split(' ')[1]))
      expect([...actions]).toEqual(['InitiateLayerUpload', 'UploadLayerPart', 'CompleteLayerUpload'])
    }),
  )

  it(
    'answers a chunk at the wrong place with 416 and where to go on, also in the closing PUT',
    withRegistry(async ({ url }) => {
      const location = await begin(url)
      const early = await patch(location, 'late', '5-8')
      expect([early.status, early.headers.get('range')]).toEqual([416, '0-0'])
      await patch(location, 'hello', '0-4')
      for (const wrong of [await patch(location, 'hello', '0-4'), await finish(location, digestOf('x'), 'x', '9-9')]) {
        expect([wrong.status, wrong.headers.get('range')]).toEqual([416, '0-4'])
        expect(url + wrong.headers.get('location')).toBe(location)
        expect(await codesOf(wrong)).toEqual(['BLOB_UPLOAD_INVALID'])
      }
      const status = await fetch(`${location}?digest=left-over`)
      expect([status.status, status.headers.get('range')]).toEqual([204, '0-4'])
      expect((await finish(location, digestOf('hello'))).status).toBe(201)
    }),
  )

  it(
    'refuses a Content-Range that is malformed or disagrees with the length',
    withRegistry(async ({ url }) => {
      const location = await begin(url)
      const malformed = await patch(location, 'x', 'from here')
      expect([malformed.status, await codesOf(malformed)]).toEqual([400, ['BLOB_UPLOAD_INVALID']])
      const longer = await patch(location, 'hello', '0-5')
      expect([longer.status, await codesOf(longer)]).toEqual([400, ['SIZE_INVALID']])
      expect((await fetch(location)).headers.get('range')).toBe('0-0')
    }),
  )

  it(
    'hashes with sha512, announced or not',
    withRegistry(async ({ url }) => {
      const digest = digestOf('bytes', 'sha512')
      for (const query of ['?digest-algorithm=sha512', '']) {
        const location = await begin(url, query)
        await patch(location, 'bytes')
        const closing = await finish(location, digest)
        expect([closing.status, closing.headers.get('docker-content-digest')]).toEqual([201, digest])
      }
      expect(await blob(url, digest)).toBe('bytes')
      const unknown = await fetch(`${url}${UPLOADS}?digest-algorithm=md5`, { method: 'POST' })
      expect([unknown.status, await codesOf(unknown)]).toEqual([400, ['DIGEST_INVALID']])
    }),
  )

  it(
    'cancels a session once',
    withRegistry(async ({ url }) => {
      const location = await begin(url)
      expect((await fetch(location, { method: 'DELETE' })).status).toBe(204)
      const again = await fetch(location, { method: 'DELETE' })
      expect([again.status, await codesOf(again)]).toEqual([404, ['BLOB_UPLOAD_UNKNOWN']])
      const odd = await fetch(`${url}${UPLOADS}not-an-id`)
      expect([odd.status, await codesOf(odd)]).toEqual([404, ['BLOB_UPLOAD_UNKNOWN']])
    }),
  )

  it(
    'mounts a blob that the source holds and the caller may pull, and begins a session otherwise',
    withRegistry(async ({ url, deny }) => {
      const digest = await pushBlob(url, 'shared', OTHER_REPOSITORY)
      const mount = (query: string) => fetch(`${url}${UPLOADS}?mount=${query}`, { method: 'POST' })
      expect((await mount(`${digest}&from=acme/absent`)).status).toBe(202)
      expect((await mount(`${digest}&from=%00`)).status).toBe(202)
      expect((await mount(`${digestOf('unknown')}&from=${OTHER_REPOSITORY}`)).status).toBe(202)
      expect((await mount(digestOf('unknown'))).status).toBe(202)
      deny.scopes = ({ name }) => name !== 'tools/api'
      expect((await mount(`${digest}&from=${OTHER_REPOSITORY}`)).status).toBe(202)
      delete deny.scopes
      expect(await blob(url, digest)).toBe('404')
      const mounted = await mount(`${digest}&from=${OTHER_REPOSITORY}`)
      expect([mounted.status, mounted.headers.get('location')]).toEqual([201, `/v2/${REPOSITORY}/blobs/${digest}`])
      expect(await blob(url, digest)).toBe('shared')
    }),
  )

  it(
    'mounts from any repository when none is named',
    withRegistry(async ({ url }) => {
      const digest = await pushBlob(url, 'shared', OTHER_REPOSITORY)
      expect((await fetch(`${url}${UPLOADS}?mount=${digest}`, { method: 'POST' })).status).toBe(201)
      expect(await blob(url, digest)).toBe('shared')
    }),
  )

  it(
    'keeps what arrived before the client went away',
    withRegistry(async ({ url, port, logged, context: { blobs } }) => {
      const { create } = blobs
      const arrived = new Promise<void>(resolve => {
        vi.spyOn(blobs, 'create').mockImplementationOnce(async key => {
          const writer = await create(key)
          const { write } = writer
          writer.write = chunk => write(chunk).then(resolve)
          return writer
        })
      })
      const location = await begin(url)
      const socket = connect(port, '127.0.0.1')
      socket.write(`PATCH ${new URL(location).pathname} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhello`)
      await arrived
      socket.destroy()
      // The upload is busy until the server has noticed; asking for its status is not.
      await expect.poll(async () => (await fetch(location)).headers.get('range')).toBe('0-4')
      await expect.poll(async () => (await finish(location, digestOf('hello world'), ' world')).status).toBe(201)
      expect(logged).toEqual([])
    }),
  )

  it(
    'asks for the body of a client that waits for 100 Continue',
    withRegistry(async ({ url, port }) => {
      const location = await begin(url)
      const socket = connect(port, '127.0.0.1')
      socket.write(
        `PATCH ${new URL(location).pathname} HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n`,
      )
      const [interim] = await once(socket, 'data')
      expect(String(interim)).toMatch(/^HTTP\/1\.1 100 Continue/)
      socket.write('hello')
      const [final] = await once(socket, 'data')
      expect(String(final)).toMatch(/^HTTP\/1\.1 202 /)
      socket.destroy()
    }),
  )

  it(
    'takes no body that is coded, and asks for none of it',
    withRegistry(async ({ url, port, context }) => {
      const location = await begin(url)
      const coded = { 'Content-Encoding': 'gzip' }
      const digest = digestOf('hello')
      for (const [method, target] of [
        ['POST', `${url}${UPLOADS}?digest=${digest}`],
        ['PATCH', location],
        ['PUT', `${location}?digest=${digest}`],
        ['PUT', `${url}/v2/${REPOSITORY}/manifests/v1`],
      ] as const) {
        const refused = await fetch(target, { method, body: 'hello', headers: coded })
        expect([refused.status, refused.headers.get('accept-encoding'), await codesOf(refused)]).toEqual([
          ...[415, 'identity'],
          ['UNSUPPORTED'],
        ])
      }
      const socket = connect(port, '127.0.0.1')
      const patchHead = `PATCH ${new URL(location).pathname} HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n`
      socket.write(`${patchHead}Content-Encoding: zstd\r\nExpect: 100-continue\r\n\r\n`)
      const [first] = await once(socket, 'data')
      expect(String(first)).toMatch(/^HTTP\/1\.1 415 /)
      socket.destroy()
      // The upload goes on where it was, and what codes nothing is taken.
      const plain = await fetch(`${location}?digest=${digest}`, {
        ...{ method: 'PUT', body: 'hello', headers: { 'Content-Encoding': 'identity' } },
      })
      expect([plain.status, await blob(url, digest)]).toEqual([201, 'hello'])
      expect(await context.metadata.rows.uploads.expired(Number.MAX_SAFE_INTEGER, 9)).toEqual([])
    }),
  )

  it(
    'knows no repository that was not made before',
    withRegistry(async ({ url }) => {
      const response = await fetch(`${url}/v2/acme/absent/blobs/uploads/`, { method: 'POST' })
      expect([response.status, await codesOf(response)]).toEqual([404, ['NAME_UNKNOWN']])
    }),
  )
})
