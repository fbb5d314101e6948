import { connect, type Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { digestOf } from '../../domain/digest.ts'
import { RegistryError } from '../../domain/problem.ts'
import { codesOf, pushBlob, REPOSITORY, withRegistry } from './testing/oci-harness.ts'

const UPLOADS = `/v2/${REPOSITORY}/blobs/uploads/`
const MANIFEST = `/v2/${REPOSITORY}/manifests/latest`
const scope = `repository:${REPOSITORY}:pull`

/** Everything the server says until it closes; that it stopped listening before is not the question. */
function hear(socket: Socket): Promise<string> {
  let heard = ''
  socket.setEncoding('latin1').on('data', text => {
    heard += text
  })
  return new Promise(resolve => socket.on('error', () => {}).on('close', () => resolve(heard)))
}

describe('the registry endpoint', () => {
  it(
    'says at /v2/ that it is one',
    withRegistry(async ({ url }) => {
      for (const path of ['/v2', '/v2/']) {
        const response = await fetch(url + path)
        expect([response.status, await response.text()]).toEqual([200, '{}'])
        expect(response.headers.get('docker-distribution-api-version')).toBe('registry/2.0')
        expect(response.headers.get('content-type')).toBe('application/json')
        expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f]{12}-[0-9]+$/)
      }
    }),
  )

  it(
    'asks for credentials before anything else, HEAD and unknown paths included',
    withRegistry(async ({ url, port, deny }) => {
      deny.authenticate = { kind: 'credentialsMissing' }
      for (const [method, path] of [
        ['GET', '/v2/'],
        ['GET', '/v2/nothing/here'],
        ['HEAD', MANIFEST],
        ['POST', UPLOADS],
      ] as const) {
        const response = await fetch(url + path, { method })
        expect(response.status).toBe(401)
        expect(response.headers.get('www-authenticate')).toBe(
          `Bearer realm="${url}/token/",service="127.0.0.1:${port}",scope="aws"`,
        )
        const body = await response.text()
        if (method !== 'HEAD') expect(body).toBe('{"errors":[{"code":"DENIED","message":"Not Authorized"}]}')
      }
    }),
  )

  it(
    'challenges a token that is bad or too narrow, and denies what policies do not allow',
    withRegistry(async ({ url, deny }) => {
      deny.authenticate = { kind: 'credentialsRefused', reason: 'expired' }
      const expired = await fetch(`${url}/v2/`)
      expect([expired.status, await codesOf(expired)]).toEqual([401, ['UNAUTHORIZED']])
      expect(expired.headers.get('www-authenticate')).toContain('scope="aws"')
      delete deny.authenticate

      deny.scopes = () => false
      for (const path of [MANIFEST, `/v2/${REPOSITORY}/tags/list`, `/v2/${REPOSITORY}/blobs/${digestOf('')}`]) {
        const narrow = await fetch(url + path)
        expect([narrow.status, await codesOf(narrow)]).toEqual([401, ['UNAUTHORIZED']])
        expect(narrow.headers.get('www-authenticate')).toContain(`scope="${scope}",error="insufficient_scope"`)
      }

      deny.require = { kind: 'forbidden', principal: 'p', action: 'a', resource: 'r', reason: 'noAllow' }
      const forbidden = await fetch(url + UPLOADS, { method: 'POST' })
      expect([forbidden.status, await codesOf(forbidden)]).toEqual([403, ['DENIED']])
      expect(forbidden.headers.has('www-authenticate')).toBe(false)
    }),
  )

  it(
    'counts every request by what it asks for, and says when there were too many',
    withRegistry(async ({ url, counted, deny }) => {
      const none = `sha256:${'0'.repeat(64)}`
      for (const [method, path, as] of [
        ['GET', MANIFEST, 'pull'],
        ['HEAD', MANIFEST, 'manifestHead'],
        ['GET', `/v2/${REPOSITORY}/blobs/${none}`, 'blob'],
        ['HEAD', `/v2/${REPOSITORY}/blobs/${none}`, 'blob'],
        ['GET', `/v2/${REPOSITORY}/tags/list`, 'listing'],
        ['GET', `/v2/${REPOSITORY}/referrers/${none}`, 'listing'],
        ['GET', '/v2/_catalog', 'listing'],
        ['HEAD', '/v2/_catalog', 'listing'],
        ['GET', '/v2/', 'other'],
        ['GET', '/v2/nowhere', 'other'],
        ['GET', '/v2/%00/manifests/latest', 'other'],
        ['PATCH', MANIFEST, 'other'],
        // By the action that each asks for, instead.
        ['PUT', MANIFEST, undefined],
        ['DELETE', MANIFEST, undefined],
        ['DELETE', `/v2/${REPOSITORY}/blobs/${none}`, undefined],
        ['POST', UPLOADS, undefined],
        ['GET', `${UPLOADS}x`, undefined],
      ] as const) {
        await fetch(url + path, { method })
        expect([method, path, counted.at(-1)]).toEqual([method, path, as])
      }
      deny.authenticate = { kind: 'tooManyRequests', retryAfterSeconds: 7 }
      const refused = await fetch(url + MANIFEST)
      expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '7'])
      expect(await codesOf(refused)).toEqual(['TOOMANYREQUESTS'])
    }),
  )

  it(
    'names the methods of a path',
    withRegistry(async ({ url }) => {
      for (const [path, allow] of [
        ['/v2/', 'GET, HEAD'],
        [MANIFEST, 'GET, HEAD, PUT, DELETE'],
        [UPLOADS, 'POST'],
        [`${UPLOADS}x`, 'GET, HEAD, PATCH, PUT, DELETE'],
      ] as const) {
        const response = await fetch(url + path, { method: 'OPTIONS' })
        expect([response.status, response.headers.get('allow')]).toEqual([405, allow])
        expect(await codesOf(response)).toEqual(['UNSUPPORTED'])
      }
    }),
  )

  it('logs what it does not know and tells the client nothing of it', () =>
    withRegistry(
      async ({ url, logged }) => {
        const digest = await pushBlob(url, 'x')
        const response = await fetch(`${url}/v2/${REPOSITORY}/blobs/${digest}`)
        const body = await response.text()
        expect(response.status).toBe(500)
        expect(JSON.parse(body)).toMatchObject({ errors: [{ code: 'UNKNOWN' }] })
        expect(body).not.toContain('secret')
        expect(logged).toMatchObject([{ err: new Error('secret'), requestId: response.headers.get('x-request-id') }])
      },
      { blobs: store => ({ ...store, read: () => Promise.reject(new Error('secret')) }) },
    )())

  it('tells clients of a full disk when to try again', () =>
    withRegistry(
      async ({ url, logged }) => {
        const response = await fetch(`${url}${UPLOADS}?digest=${digestOf('x')}`, { method: 'POST', body: 'x' })
        expect([response.status, response.headers.get('retry-after')]).toEqual([503, '30'])
        expect(await codesOf(response)).toEqual(['UNAVAILABLE'])
        expect(logged).toHaveLength(1)
      },
      {
        blobs: store => ({
          ...store,
          create: () =>
            Promise.reject(new RegistryError({ kind: 'unavailable', what: 'The disk is full', retryAfterSeconds: 30 })),
        }),
      },
    )())
})

describe('a request that is refused before its body was read', () => {
  it(
    'keeps its connection when the body is small',
    withRegistry(async ({ port, deny }) => {
      deny.authenticate = { kind: 'credentialsMissing' }
      const socket = connect(port, '127.0.0.1')
      socket.write(`POST ${UPLOADS} HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n${'x'.repeat(100_000)}`)
      socket.write('GET /v2/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
      const heard = await hear(socket)
      expect(heard.match(/HTTP\/1\.1 401/g)).toHaveLength(2)
    }),
  )

  it(
    'hears the whole answer when the body is larger than is worth reading, and then the end',
    withRegistry(async ({ port, deny }) => {
      deny.require = { kind: 'forbidden', principal: 'p', action: 'a', resource: 'r', reason: 'noAllow' }
      const socket = connect(port, '127.0.0.1')
      const sizeBytes = 64 * 1024 * 1024
      socket.write(`PUT ${MANIFEST} HTTP/1.1\r\nHost: x\r\nContent-Length: ${sizeBytes}\r\n\r\n`)
      const heard = hear(socket)
      for (let sent = 0; sent < sizeBytes && socket.writable; sent += 1024 * 1024)
        await Promise.race([new Promise(resolve => socket.write(Buffer.alloc(1024 * 1024), resolve)), heard])
      const text = await heard
      expect(text).toMatch(/^HTTP\/1\.1 403 /)
      expect(text).toMatch(/\r\nConnection: close\r\n/)
      expect(text).toMatch(/"code":"DENIED".*\}$/)
    }),
  )

  it(
    'is answered while the client holds the body back',
    withRegistry(async ({ port, deny }) => {
      deny.require = { kind: 'forbidden', principal: 'p', action: 'a', resource: 'r', reason: 'noAllow' }
      const socket = connect(port, '127.0.0.1')
      socket.write(`PUT ${MANIFEST} HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n`)
      expect(await hear(socket)).toMatch(/^HTTP\/1\.1 403 [\s\S]*"code":"DENIED".*\}$/)
    }),
  )

  it(
    'never sends the body when it waits to be asked for it',
    withRegistry(async ({ port, deny }) => {
      deny.require = { kind: 'forbidden', principal: 'p', action: 'a', resource: 'r', reason: 'noAllow' }
      const socket = connect(port, '127.0.0.1')
      socket.write(`PUT ${MANIFEST} HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n`)
      expect(await hear(socket)).toMatch(/^HTTP\/1\.1 403 /)
    }),
  )

  it(
    'keeps its connection when a limit is passed in the middle',
    withRegistry(async ({ url, port }) => {
      const begun = await fetch(url + UPLOADS, { method: 'POST' })
      const socket = connect(port, '127.0.0.1')
      const body = 'x'.repeat(3 * 1024 * 1024)
      socket.write(
        `PATCH ${begun.headers.get('location')} HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      )
      socket.write('GET /v2/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
      const heard = await hear(socket)
      expect(heard).toMatch(/^HTTP\/1\.1 403 [\s\S]*HTTP\/1\.1 200 OK/)
    }),
  )
})
