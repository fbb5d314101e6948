import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { copyFile, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { BERTH } from '../support/berth.ts'
import { makeCertificate } from '../support/certificates.ts'
import { run, succeed } from '../support/run.ts'
import { makeScratch, type Scratch } from '../support/scratch.ts'
import { type SecureRequest, sendSecurely } from '../support/secure-request.ts'
import { BERTHD, launch, type Server } from '../support/server-process.ts'

let scratch: Scratch
let server: Server

beforeAll(async () => {
  scratch = await makeScratch()
  const { cert, key } = await makeCertificate(scratch, 'served')
  const args = ['--tls-cert', cert, '--tls-key', key, '--create-on-push', 'true']
  server = await launch({ dataDir: scratch.path('data'), port: '0', args })
})
afterAll(async () => {
  await server?.end('SIGTERM')
  await scratch?.[Symbol.asyncDispose]()
})

const send = (path: string, options: Omit<SecureRequest, 'ca'> = {}) =>
  sendSecurely(`${server.url}${path}`, { ...options, ca: scratch.path('served.pem') })

const berth = (...args: string[]) =>
  succeed(process.execPath, [BERTH, 'ecr-public', '--endpoint-url', server.url, '--region', 'us-east-1', ...args], {
    env: {
      AWS_SHARED_CREDENTIALS_FILE: scratch.path('data', 'credentials'),
      AWS_CA_BUNDLE: scratch.path('served.pem'),
    },
  })

test('a profile is written with the CA of the server, and only works with it', async () => {
  const HOME = scratch.path('home')
  const args = ['configure', '--local', '--data-dir', scratch.path('data')]
  const configure = (...more: string[]) => run(process.execPath, [BERTH, ...args, ...more], { env: { HOME } })
  expect((await configure()).stderr).toContain('Name the CA that made it by --ca-bundle.')
  expect((await configure('--ca-bundle', scratch.path('served.pem'))).exitCode).toBe(0)
  await succeed(process.execPath, [BERTH, 'ecr-public', 'describe-repositories'], {
    env: { HOME, AWS_PROFILE: 'berth' },
  })
})

test('both protocols speak TLS, and links say so', async () => {
  expect(server.url).toMatch(/^https:/)
  const { status, headers } = await send('/v2/')
  expect([status, headers['www-authenticate']]).toEqual([401, expect.stringContaining(`realm="${server.url}/token/"`)])

  const alias = (
    await berth('describe-registries', '--query', 'registries[0].aliases[0].name', '--output', 'text')
  ).trim()
  const password = (await berth('get-login-password')).trim()
  const authorization = `Basic ${Buffer.from(`AWS:${password}`).toString('base64')}`
  const body = randomBytes(5 * 1024 * 1024)
  const digest = `sha256:${createHash('sha256').update(body).digest('hex')}`
  const push = { method: 'POST', headers: { authorization }, body }
  expect((await send(`/v2/${alias}/by/tls/blobs/uploads/?digest=${digest}`, push)).status).toBe(201)
  const pulled = await send(`/v2/${alias}/by/tls/blobs/${digest}`, { headers: { authorization } })
  expect(pulled.body.equals(body)).toBe(true)
})

test('who speaks plain HTTP or nothing sensible is sent away, and harms nobody', async () => {
  for (const words of ['GET /v2/ HTTP/1.1\r\nHost: here\r\n\r\n', '\x16\x03\x01garbage']) {
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1').on('error', () => {})
    socket.resume().end(words)
    await once(socket, 'close')
  }
  expect((await send('/healthz')).status).toBe(200)
})

test('a renewed certificate is taken at SIGHUP, and one that is none is not', async () => {
  const served = async () => {
    const socket = connectTls({ port: Number(new URL(server.url).port), host: '127.0.0.1', rejectUnauthorized: false })
    await once(socket, 'secureConnect')
    const { fingerprint256 } = socket.getPeerCertificate()
    socket.destroy()
    return fingerprint256
  }
  const before = await served()
  const { cert, key } = await makeCertificate(scratch, 'renewed')
  await copyFile(cert, scratch.path('served.pem'))
  // The key of the certificate is not there yet.
  process.kill(server.pid, 'SIGHUP')
  await vi.waitFor(() => expect(server.output()).toContain('the last one stays'))
  expect(await served()).toBe(before)

  await copyFile(key, scratch.path('served-key.pem'))
  process.kill(server.pid, 'SIGHUP')
  await vi.waitFor(async () => expect(await served()).not.toBe(before))
  expect((await send('/healthz')).status).toBe(200)
})

test('what is no certificate and its key is told at start', async () => {
  const none = scratch.path('none.pem')
  await writeFile(none, 'no certificate')
  const start = (...args: string[]) =>
    run(process.execPath, [BERTHD, 'serve', '--port', '0', '--data-dir', scratch.path('other'), ...args])
  expect(await start('--tls-cert', none)).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('both are needed'),
  })
  const { exitCode, stderr } = await start('--tls-cert', none, '--tls-key', none)
  expect([exitCode, stderr]).toEqual([1, expect.stringContaining(`${none} are no certificate and its key`)])
  expect(stderr).not.toMatch(/^\s+at /m)
})
