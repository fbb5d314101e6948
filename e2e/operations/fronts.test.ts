import { once } from 'node:events'
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { networkInterfaces } from 'node:os'
import { connect as connectTls } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type ClaimedPort, claimPort } from '../../testing/ports.ts'
import { digestOf, randomBytes, randomImage } from '../oci/content.ts'
import { BERTH } from '../support/berth.ts'
import { type Certificate, makeAuthority, makeCertificate, NAMED } from '../support/certificates.ts'
import { type Docker, startDocker } from '../support/dockerd.ts'
import { tar } from '../support/images.ts'
import { unshareWith } from '../support/instead.ts'
import { succeed } from '../support/run.ts'
import { makeScratch, type Scratch } from '../support/scratch.ts'
import { type SecureRequest, sendSecurely } from '../support/secure-request.ts'
import { launch, type Server } from '../support/server-process.ts'
import { describeWith, toolPath } from '../support/tools.ts'
import { bare, type Front, type FrontOptions, startHaproxy, startNginx } from './fronts.ts'

const MIB = 1024 * 1024
/** More than any proxy takes unless it is told to, and more than it holds of one body. */
const LAYER = randomBytes('a large layer', 24 * MIB)
const LONG = { repository: `${'long/'.repeat(40)}name`, tag: 'v'.repeat(128) }
/** Where nobody's requests come from. */
const MADE_UP = '203.0.113.9'

interface Kind {
  readonly name: string
  readonly start: (options: FrontOptions) => Promise<Front>
  /** Where the server listens. */
  readonly host: string
  readonly server: 'http' | 'https'
}

const hasIpv6 = Object.values(networkInterfaces()).some(found => found?.some(({ address }) => address === '::1'))
/** Of a machine without IPv6, as some that run CI are, all else is tried by IPv4. */
const HOST = hasIpv6 ? '[::1]' : '127.0.0.1'

const KINDS: readonly Kind[] = [
  { name: 'nginx, plain HTTP behind it', start: startNginx, host: '127.0.0.1', server: 'http' },
  {
    name: 'HAProxy, TLS at either end, IPv6 alone where there is any',
    start: startHaproxy,
    host: HOST,
    server: 'https',
  },
]

/** Each says two things of where it ends, so that what stands behind it may be taken for a request of its own. */
const AMBIGUOUS: readonly (readonly string[])[] = [
  ['Content-Length: LENGTH', 'Transfer-Encoding: chunked'],
  ['Transfer-Encoding: chunked', 'Content-Length: LENGTH'],
  ['Content-Length: LENGTH', 'Transfer-Encoding: xchunked'],
  ['Content-Length: LENGTH', 'Transfer-Encoding : chunked'],
  ['Content-Length: LENGTH', 'Transfer-Encoding:', ' chunked'],
  ['Content-Length: LENGTH', 'Transfer-Encoding: identity, chunked'],
  ['Content-Length: LENGTH', 'Transfer-Encoding: chunked', 'Transfer-Encoding: gzip'],
  ['Content-Length: LENGTH', 'Content-Length: 0'],
  ['Content-Length: 0', 'Content-Length: LENGTH'],
  ['Content-Length: +LENGTH'],
]

describe('a registry behind the proxies that people have', () => {
  describeWith(['docker', 'dockerd', 'nginx', 'haproxy', 'aws', 'root'], 'with docker and the command line', () => {
    let scratch: Scratch
    let authority: Certificate
    let engine: Docker
    beforeAll(async () => {
      scratch = await makeScratch()
      authority = await makeAuthority(scratch)
      await mkdir(scratch.path('certs.d'))
      // Neither docker nor aws takes an address of IPv6 as a registry's name.
      await writeFile(scratch.path('hosts'), `${bare(HOST)} ${NAMED}\n`)
      const instead = { '/etc/docker/certs.d': scratch.path('certs.d'), '/etc/hosts': scratch.path('hosts') }
      engine = await startDocker({ instead })
      await writeFile(scratch.path('root.tar'), tar({ layer: LAYER }))
      await engine.docker(['import', scratch.path('root.tar'), 'large:local'])
    })
    afterAll(async () => {
      await engine?.[Symbol.asyncDispose]()
      await scratch?.[Symbol.asyncDispose]()
    })

    describe.each(KINDS)('$name', kind => suite(kind, () => ({ scratch, authority, engine })))
  })
})

interface Shared {
  readonly scratch: Scratch
  readonly authority: Certificate
  readonly engine: Docker
}

function suite({ start, host, server: protocol }: Kind, shared: () => Shared): void {
  let claimed: ClaimedPort
  let server: Server
  let front: Front
  let url: string
  let alias: string
  let password: string
  beforeAll(async () => {
    const { scratch, authority } = shared()
    claimed = await claimPort()
    url = `https://${HOST}:${claimed.port}`
    const certificate = await makeCertificate(scratch, `at-${claimed.port}`, authority)
    const tls = protocol === 'https' ? ['--tls-cert', certificate.cert, '--tls-key', certificate.key] : []
    const known = ['--trusted-proxies', '127.0.0.1,::1', '--log-level', 'info']
    server = await launch({ host, dataDir: data(), port: '0', args: [...known, ...tls] })
    const behind = new URL(server.url).host
    front = await start({ scratch, certificate, host: HOST, port: claimed.port, server: behind, ca: authority.cert })
    await succeed(process.execPath, [BERTH, 'configure', '--local', '--data-dir', data(), ...where()], { env: home() })
    await berth('create-repository', '--repository-name', 'large')
    alias = await berth('describe-registries', '--query', 'registries[0].aliases[0].name', '--output', 'text')
    password = await berth('get-login-password')
  })
  afterAll(async () => {
    await front?.[Symbol.asyncDispose]()
    await server?.end('SIGTERM')
    await claimed?.release()
  })

  const data = () => shared().scratch.path(`data-${claimed.port}`)
  const home = () => ({ HOME: shared().scratch.path(`home-${claimed.port}`), AWS_PROFILE: 'berth' })
  const where = () => ['--endpoint-url', url, '--ca-bundle', shared().authority.cert]
  const berth = (...args: string[]) => succeed(process.execPath, [BERTH, 'ecr-public', ...args], { env: home() })
  const login = () => `Basic ${Buffer.from(`AWS:${password}`).toString('base64')}`
  const send = (target: string | URL, { headers, ...options }: Omit<SecureRequest, 'ca'> = {}) =>
    sendSecurely(new URL(target, url), {
      headers: { authorization: login(), ...headers },
      ca: shared().authority.cert,
      ...options,
    })
  const addresses = () =>
    Array.from(server.output().matchAll(/"url":"([^"]*)".*?"address":"([^"]*)"/g), ([, path, address]) => [
      path,
      address,
    ])

  it('sends clients for their tokens where they came from', async () => {
    const { status, headers } = await send('/v2/', { headers: { authorization: '' } })
    expect([status, headers['www-authenticate']]).toEqual([401, expect.stringContaining(`realm="${url}/token/"`)])
  })

  it('is pushed to, pulled from and deleted from by docker and the command line, once they know its CA', async () => {
    const { engine, scratch, authority } = shared()
    const name = `${NAMED}:${claimed.port}`
    const image = `${name}/${alias}/large:1`
    const logIn = () => engine.attempt(['login', '--username', 'AWS', '--password-stdin', name], { stdin: password })
    // Whoever is at 127.0.0.0/8 docker believes.
    if (hasIpv6)
      expect(await logIn()).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('unknown authority') })
    await mkdir(scratch.path('certs.d', name))
    await copyFile(authority.cert, scratch.path('certs.d', name, 'ca.crt'))
    expect(await logIn()).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('Login Succeeded') })

    await engine.docker(['tag', 'large:local', image])
    const [, digest] = /digest: (sha256:[0-9a-f]{64})/.exec(await engine.docker(['push', image])) ?? []
    await engine.docker(['rmi', image])
    expect(await engine.docker(['pull', image])).toContain(`Digest: ${digest}`)

    const env = { ...home(), AWS_CA_BUNDLE: authority.cert, AWS_REGION: 'us-east-1' }
    const describe = [
      'ecr-public',
      'describe-images',
      '--repository-name',
      'large',
      '--endpoint-url',
      `https://${name}`,
    ]
    const aws = unshareWith({ '/etc/hosts': scratch.path('hosts') }, toolPath('aws'), describe)
    expect(await succeed(toolPath('unshare'), aws, { cwd: '/', env })).toContain(`"imageDigest": "${digest}"`)
    await berth('batch-delete-image', '--repository-name', 'large', '--image-ids', 'imageTag=1')
    const pulled = await engine.attempt(['pull', image])
    expect([pulled.exitCode, pulled.stderr]).toEqual([1, expect.stringMatching(/manifest unknown|not found/)])
  })

  it('takes an upload in chunks at the addresses that it gives, and answers ranges', async () => {
    const bytes = randomBytes(url, 3 * MIB)
    const digest = digestOf(bytes)
    const begun = await send(`/v2/${alias}/large/blobs/uploads/`, { method: 'POST', body: Buffer.alloc(0) })
    expect([begun.status, begun.headers.location]).toEqual([
      202,
      expect.stringMatching(new RegExp(`^/v2/${alias}/large/blobs/uploads/`)),
    ])
    const first = await send(String(begun.headers.location), {
      method: 'PATCH',
      headers: { 'content-range': `0-${MIB - 1}` },
      body: bytes.subarray(0, MIB),
    })
    expect([first.status, first.headers['range']]).toEqual([202, `0-${MIB - 1}`])
    const second = await send(String(first.headers.location), {
      method: 'PATCH',
      headers: { 'transfer-encoding': 'chunked' },
      body: bytes.subarray(MIB),
    })
    expect([second.status, second.headers['range']]).toEqual([202, `0-${bytes.length - 1}`])
    const end = new URL(String(second.headers.location), url)
    end.searchParams.set('digest', digest)
    const ended = await send(end, { method: 'PUT', body: Buffer.alloc(0) })
    const blob = `/v2/${alias}/large/blobs/${digest}`
    expect([ended.status, ended.headers.location]).toEqual([201, blob])

    const whole = await send(blob, { method: 'HEAD' })
    expect([whole.status, whole.headers['content-length']]).toEqual([200, String(bytes.length)])
    const part = await send(blob, { headers: { range: `bytes=${MIB}-${2 * MIB}` } })
    expect([part.status, part.headers['content-range']]).toEqual([206, `bytes ${MIB}-${2 * MIB}/${bytes.length}`])
    expect(part.body.equals(bytes.subarray(MIB, 2 * MIB + 1))).toBe(true)
  })

  it('takes names as long as they may be', async () => {
    await berth('create-repository', '--repository-name', LONG.repository)
    const { manifest, blobs } = randomImage('a long name')
    for (const { digest, bytes: body } of blobs) {
      const push = `/v2/${alias}/${LONG.repository}/blobs/uploads/?digest=${digest}`
      expect((await send(push, { method: 'POST', body })).status).toBe(201)
    }
    const path = `/v2/${alias}/${LONG.repository}/manifests/${LONG.tag}`
    const headers = { 'content-type': manifest.mediaType }
    expect((await send(path, { method: 'PUT', headers, body: manifest.bytes })).status).toBe(201)
    expect(digestOf((await send(path, { headers: { accept: manifest.mediaType } })).body)).toBe(manifest.digest)
  })

  it('tells a client that may not push so before it sends', async () => {
    const push = `/v2/${alias}/large/blobs/uploads/?digest=${digestOf(Buffer.from('body'))}`
    const headers = { expect: '100-continue', authorization: 'Basic QVdTOm5v', 'content-length': '4' }
    const answer = await send(push, { method: 'POST', headers, body: Buffer.from('body') })
    expect([answer.status, String(answer.body)]).toEqual([401, expect.stringContaining('UNAUTHORIZED')])
  })

  it('knows clients by their own addresses, and takes no word of theirs for it', async () => {
    const marked = (mark: string) => `/v2/${alias}/${mark}/tags/list`
    expect((await send(marked('told'), { headers: { 'x-forwarded-for': MADE_UP } })).status).toBe(404)
    const body = `0\r\n\r\n${[`GET ${marked('smuggled')} HTTP/1.1`, 'Host: x', `X-Forwarded-For: ${MADE_UP}`].join('\r\n')}\r\n\r\n`
    for (const headers of AMBIGUOUS) {
      const lines = headers.map(line => line.replace('LENGTH', String(body.length)))
      await sendAmbiguous([`POST /v2/${alias}/large/blobs/uploads/ HTTP/1.1`, 'Host: x', ...lines], body)
    }
    expect((await send(marked('last'))).status).toBe(404)
    await vi.waitFor(() => expect(addresses().map(([path]) => path)).toContain(marked('last')))
    expect(addresses()).toContainEqual([marked('told'), bare(HOST)])
    expect(addresses().filter(([, address]) => address !== bare(HOST))).toEqual([])
  })

  /** Sends what no client sends, and waits until the proxy has ended the connection. */
  async function sendAmbiguous(lines: readonly string[], body: string): Promise<void> {
    const ca = await readFile(shared().authority.cert)
    const socket = connectTls({ host: bare(HOST), port: claimed.port, ca }).on('error', () => {})
    await once(socket, 'secureConnect')
    socket.resume().end(`${lines.join('\r\n')}\r\n\r\n${body}`)
    if (!socket.closed) await once(socket, 'close')
  }
}
