import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it, vi } from 'vitest'
import { digestOf } from '../../domain/digest.ts'
import { BLOB_LEASE_MS } from '../../registry/context.ts'
import { codesOf, imageManifest, pushBlob, putManifest, REPOSITORY, withRegistry } from './testing/oci-harness.ts'

// Larger than the store's chunks, and different all along, so that misplaced or reused bytes show.
const BYTES = Buffer.from(Array.from({ length: 50_000 }, (_, index) => `${index}`).join(' '))
const DIGEST = digestOf(BYTES)

describe('blobs', () => {
  it(
    'serves what was pushed, with all that lets clients check and keep it',
    withRegistry(async ({ url }) => {
      await pushBlob(url, BYTES)
      for (const method of ['GET', 'HEAD']) {
        const response = await fetch(`${url}/v2/${REPOSITORY}/blobs/${DIGEST}`, { method })
        expect(response.status).toBe(200)
        expect(Object.fromEntries(response.headers)).toMatchObject({
          'content-length': String(BYTES.length),
          'content-type': 'application/octet-stream',
          'docker-content-digest': DIGEST,
          'docker-distribution-api-version': 'registry/2.0',
          'accept-ranges': 'bytes',
          etag: `"${DIGEST}"`,
        })
        expect(Buffer.from(await response.arrayBuffer()).equals(method === 'GET' ? BYTES : Buffer.alloc(0))).toBe(true)
      }
    }),
  )

  it(
    'serves an empty blob, and ignores a range of it',
    withRegistry(async ({ url }) => {
      const digest = await pushBlob(url, '')
      const response = await fetch(`${url}/v2/${REPOSITORY}/blobs/${digest}`, { headers: { Range: 'bytes=0-' } })
      expect([response.status, response.headers.get('content-length')]).toEqual([200, '0'])
    }),
  )

  it(
    'answers 304 to a client that holds it',
    withRegistry(async ({ url }) => {
      await pushBlob(url, BYTES)
      for (const tag of [`"${DIGEST}"`, `"x", W/"${DIGEST}"`, '*']) {
        const response = await fetch(`${url}/v2/${REPOSITORY}/blobs/${DIGEST}`, { headers: { 'If-None-Match': tag } })
        expect([response.status, await response.text()]).toEqual([304, ''])
      }
      const other = await fetch(`${url}/v2/${REPOSITORY}/blobs/${DIGEST}`, { headers: { 'If-None-Match': '"x"' } })
      expect(other.status).toBe(200)
      await other.arrayBuffer()
    }),
  )

  it(
    'serves a range',
    withRegistry(async ({ url }) => {
      await pushBlob(url, BYTES)
      const get = (headers: Record<string, string>) => fetch(`${url}/v2/${REPOSITORY}/blobs/${DIGEST}`, { headers })
      const part = await get({ Range: 'bytes=1000-199999', 'If-Range': `"${DIGEST}"` })
      expect(part.status).toBe(206)
      expect(part.headers.get('content-range')).toBe(`bytes 1000-199999/${BYTES.length}`)
      expect(part.headers.get('content-length')).toBe('199000')
      expect(Buffer.from(await part.arrayBuffer()).equals(BYTES.subarray(1000, 200_000))).toBe(true)

      const whole = await get({ Range: 'bytes=0-1', 'If-Range': '"other"' })
      expect([whole.status, (await whole.arrayBuffer()).byteLength]).toEqual([200, BYTES.length])

      const outside = await get({ Range: `bytes=${BYTES.length}-` })
      expect([outside.status, outside.headers.get('content-range')]).toEqual([416, `bytes */${BYTES.length}`])
      expect(await codesOf(outside)).toEqual(['SIZE_INVALID'])
    }),
  )

  it(
    'serves several ranges in one body',
    withRegistry(async ({ url }) => {
      await pushBlob(url, BYTES)
      const response = await fetch(`${url}/v2/${REPOSITORY}/blobs/${DIGEST}`, {
        headers: { Range: 'bytes=0-9,100000-100099,-5' },
      })
      expect(response.status).toBe(206)
      const boundary = /^multipart\/byteranges; boundary=(.+)$/.exec(response.headers.get('content-type') ?? '')?.[1]
      const body = Buffer.from(await response.arrayBuffer()).toString('latin1')
      expect(response.headers.get('content-length')).toBe(String(body.length))
      const part = (first: number, last: number): string =>
        `Content-Type: application/octet-stream\r\nContent-Range: bytes ${first}-${last}/${BYTES.length}\r\n\r\n${BYTES.toString('latin1', first, last + 1)}\r\n`
      expect(body.split(`--${boundary}`)).toEqual([
        '\r\n',
        `\r\n${part(0, 9)}`,
        `\r\n${part(100_000, 100_099)}`,
        `\r\n${part(BYTES.length - 5, BYTES.length - 1)}`,
        '--\r\n',
      ])
    }),
  )

  it(
    'tells what is missing from what is no digest',
    withRegistry(async ({ url }) => {
      const get = async (path: string) => {
        const response = await fetch(`${url}/v2/${path}`)
        return [response.status, ...(await codesOf(response))]
      }
      expect(await get(`${REPOSITORY}/blobs/${DIGEST}`)).toEqual([404, 'BLOB_UNKNOWN'])
      expect(await get(`${REPOSITORY}/blobs/sha256:short`)).toEqual([400, 'DIGEST_INVALID'])
      expect(await get(`acme/absent/blobs/${DIGEST}`)).toEqual([404, 'NAME_UNKNOWN'])
    }),
  )

  it(
    'deletes a blob once no manifest refers to it',
    withRegistry(async ({ url, asked }) => {
      const digest = await pushBlob(url, '{}')
      const { status } = await putManifest(url, 'latest', imageManifest())
      expect(status).toBe(201)
      const remove = () => fetch(`${url}/v2/${REPOSITORY}/blobs/${digest}`, { method: 'DELETE' })
      const refused = await remove()
      expect([refused.status, refused.headers.get('allow'), await codesOf(refused)]).toEqual([
        405,
        'GET, HEAD',
        ['UNSUPPORTED'],
      ])
      await fetch(`${url}/v2/${REPOSITORY}/manifests/${digestOf(imageManifest())}`, { method: 'DELETE' })
      expect((await remove()).status).toBe(202)
      expect((await fetch(`${url}/v2/${REPOSITORY}/blobs/${digest}`, { method: 'HEAD' })).status).toBe(404)
      expect((await remove()).status).toBe(404)
      expect(asked).toContain(`delete BatchDeleteImage ${REPOSITORY}`)
    }),
  )

  it(
    'leases a blob that a caller who may push asks for, and for no other',
    withRegistry(async ({ url, context, deny }) => {
      const digest = await pushBlob(url, '{}')
      const { rows } = context.metadata
      const head = () => fetch(`${url}/v2/${REPOSITORY}/blobs/${digest}`, { method: 'HEAD' })
      // The push's own lease is over then; one for a HEAD goes on to the next ten minutes.
      const endOfPush = Date.now() + BLOB_LEASE_MS
      const due = () => rows.reviews.due(endOfPush, 10)
      deny.require = { kind: 'credentialsMissing' }
      expect((await head()).status).toBe(200)
      expect(await due()).toEqual([digest])
      delete deny.require
      expect((await head()).status).toBe(200)
      expect(await due()).toEqual([])
    }),
  )

  it('stops reading when the client goes away', () => {
    let freed = () => {}
    const wasFreed = new Promise<void>(resolve => {
      freed = resolve
    })
    return withRegistry(
      async ({ url, port, logged }) => {
        await pushBlob(url, BYTES)
        const socket = connect(port, '127.0.0.1')
        socket.write(`GET /v2/${REPOSITORY}/blobs/${DIGEST} HTTP/1.1\r\nHost: x\r\n\r\n`)
        await once(socket, 'data')
        socket.destroy()
        await wasFreed
        expect(logged).toEqual([])
      },
      {
        blobs: store => ({
          ...store,
          read: async () => ({
            async *[Symbol.asyncIterator]() {
              try {
                for (;;) yield Buffer.alloc(64 * 1024)
              } finally {
                freed()
              }
            },
          }),
        }),
      },
    )()
  })

  it('reads nothing for answers that wait behind another, and stops when their connection ends', () => {
    let reading = 0
    return withRegistry(
      async ({ url, port }) => {
        await pushBlob(url, BYTES)
        const socket = connect(port, '127.0.0.1').pause()
        socket.write(`GET /v2/${REPOSITORY}/blobs/${DIGEST} HTTP/1.1\r\nHost: x\r\n\r\n`.repeat(3))
        await vi.waitFor(() => expect(reading).toBe(1))
        await delay(50)
        expect(reading).toBe(1)
        socket.destroy()
        await vi.waitFor(() => expect(reading).toBe(0))
      },
      {
        blobs: store => ({
          ...store,
          read: async () => ({
            async *[Symbol.asyncIterator]() {
              reading += 1
              try {
                for (;;) yield Buffer.alloc(1024)
              } finally {
                reading -= 1
              }
            },
          }),
        }),
      },
    )()
  })

  it('breaks the connection when the store has fewer bytes than it should', () =>
    withRegistry(
      async ({ url, logged }) => {
        await pushBlob(url, BYTES)
        const response = await fetch(`${url}/v2/${REPOSITORY}/blobs/${DIGEST}`)
        await expect(response.arrayBuffer()).rejects.toThrow()
        expect(logged).toHaveLength(1)
      },
      { blobs: store => ({ ...store, read: key => store.read(key, { first: 0, last: 9 }) }) },
    )())
})
