import { readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:https'
import { type AddressInfo, connect } from 'node:net'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { BERTH } from '../support/berth.ts'
import { run, succeed } from '../support/run.ts'
import { makeScratch, type Scratch } from '../support/scratch.ts'

/** A proxy that is spoken to in TLS, and an endpoint behind it. */
let scratch: Scratch
let proxy: Server
let endpoint: Server
const seen: string[] = []

const listen = (server: Server) => new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
const portOf = (server: Server) => (server.address() as AddressInfo).port

beforeAll(async () => {
  scratch = await makeScratch()
  const files = { cert: scratch.path('cert.pem'), key: scratch.path('key.pem') }
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-x509']
  const names = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1']
  await succeed('openssl', ['req', ...kind, ...names, '-keyout', files.key, '-out', files.cert])
  const identity = { cert: await readFile(files.cert), key: await readFile(files.key) }

  endpoint = createServer(identity, (_, response) => void response.end('{"registries":[]}'))
  proxy = createServer(identity, (request, response) => {
    seen.push(`${request.method} ${request.url} for ${request.headers['proxy-authorization']}`)
    response.end('{"registries":[]}')
  })
  proxy.on('connect', (request, socket) => {
    seen.push(`CONNECT ${request.url} for ${request.headers['proxy-authorization']}`)
    const onward = connect(portOf(endpoint), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      onward.pipe(socket).pipe(onward)
    })
    for (const each of [socket, onward]) each.on('error', () => {})
  })
  await Promise.all([listen(endpoint), listen(proxy)])
})
afterAll(async () => {
  endpoint?.close()
  proxy?.close()
  await scratch?.[Symbol.asyncDispose]()
})
beforeEach(() => {
  seen.length = 0
})

const list = (url: string, env: Record<string, string> = {}) =>
  run(process.execPath, [BERTH, 'ecr-public', 'describe-registries', '--endpoint-url', url], {
    env: {
      AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_REGION: 'us-east-1',
      AWS_MAX_ATTEMPTS: '1',
      AWS_CA_BUNDLE: scratch.path('cert.pem'),
      ...env,
    },
  })

const user = `Basic ${Buffer.from('me:p@ss').toString('base64')}`

it('is asked in TLS, whether the endpoint has TLS of its own or not', async () => {
  const proxies = `https://me:p%40ss@127.0.0.1:${portOf(proxy)}`
  expect(await list('http://registry.example', { HTTP_PROXY: proxies })).toMatchObject({ exitCode: 0, stderr: '' })
  const behind = `127.0.0.1:${portOf(endpoint)}`
  expect(await list(`https://${behind}`, { HTTPS_PROXY: proxies })).toMatchObject({ exitCode: 0, stderr: '' })
  expect(seen).toEqual([`POST http://registry.example/ for ${user}`, `CONNECT ${behind} for ${user}`])
})

it('is told nothing when its certificate is not trusted', async () => {
  const address = `127.0.0.1:${portOf(proxy)}`
  const { exitCode, stderr } = await list('http://registry.example', {
    HTTP_PROXY: `https://me:secret@${address}`,
    AWS_CA_BUNDLE: '',
  })
  expect(stderr).toBe(`\nFailed to connect to proxy URL: "https://***:***@${address}"\n`)
  expect(exitCode).toBe(255)
  expect(seen).toEqual([])
})
