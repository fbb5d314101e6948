import { readdirSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { operations } from '@berth/model'
import { digestOf, index, logIn } from '../attack/prepare.ts'
import { type Caller, call, send, signedHeaders } from '../signed-call.ts'
import { Finding, type Fuzzer } from './fuzzer.ts'
import { mutate, type Random } from './random.ts'

/** A server that runs on this machine, with an empty data folder. */
export interface Target {
  readonly url: string
  readonly dataDir: string
  readonly pid: number
}

const PATIENCE_MS = 30_000
const SETTLE_MS = 20_000
const MOST_MIB = 400
const NEW_FILES = 16

/** Raw requests to every surface, and signed calls with bodies that are not quite right. */
export async function httpFuzzers({ url, dataDir, pid }: Target): Promise<Fuzzer[]> {
  const port = Number(new URL(url).port)
  const text = readFileSync(join(dataDir, 'credentials'), 'utf8')
  const value = (name: string) => new RegExp(`${name}\\s*=\\s*(\\S+)`).exec(text)?.[1] ?? ''
  const caller = { port, accessKeyId: value('aws_access_key_id'), secretAccessKey: value('aws_secret_access_key') }
  const login = await logIn(caller)
  const alias = await fill(caller, login)
  const files = openFiles(pid)
  const check = async () => {
    const grown = await settle(pid, files)
    if (grown > 0) throw new Finding(`${grown} files are open that were not at the start`, { pid })
    const [, kib = 'NaN'] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
    if (Number(kib) / 1024 > MOST_MIB)
      throw new Finding(`the server took ${Math.round(Number(kib) / 1024)} MiB`, { pid })
    const { status } = await send({ port }, { path: '/healthz' })
    if (status !== 200) throw new Finding(`/healthz answers ${status}`, { pid })
  }
  const examples = requests(alias, login)
  return [
    {
      name: 'http',
      share: 0.06,
      atOnce: 16,
      attempt: random => exchange(port, rawRequest(random, examples)),
      check,
    },
    {
      name: 'calls',
      share: 0.04,
      atOnce: 8,
      attempt: async random => exchange(port, signedCall(random, caller)),
      check,
    },
  ]
}

/** Something to find: a repository with an image, a blob and a referrer. */
async function fill(caller: Caller, login: string): Promise<string> {
  await call(caller, ['ecr-public', 'CreateRepository'], { repositoryName: 'fuzz' })
  const { body } = await call(caller, ['ecr-public', 'DescribeRegistries'], {})
  const alias = JSON.parse(body.toString()).registries[0].aliases[0].name
  const image = index.of('image')
  const headers = { authorization: login, 'content-type': index.type }
  for (const manifest of [image, index.of('referrer', digestOf(image))]) {
    await send(caller, { method: 'PUT', path: `/v2/${alias}/fuzz/manifests/a`, headers, body: manifest })
  }
  const path = `/v2/${alias}/fuzz/blobs/uploads/?digest=${digestOf('hello')}`
  await send(caller, { method: 'POST', path, headers: { authorization: login }, body: 'hello' })
  return alias
}

const openFiles = (pid: number) => readdirSync(`/proc/${pid}/fd`).length

/** How many files stay open beyond those of the start, when all connections are over. */
async function settle(pid: number, before: number): Promise<number> {
  const end = Date.now() + SETTLE_MS
  while (openFiles(pid) > before + NEW_FILES && Date.now() < end) await sleep(200)
  return Math.max(0, openFiles(pid) - before - NEW_FILES)
}

interface Parts {
  readonly line: string
  readonly headers: readonly string[]
  readonly body: string
}

function requests(alias: string, login: string): Parts[] {
  const manifest = index.of('image').toString()
  const digest = digestOf(manifest)
  const blob = digestOf('hello')
  const upload = '00000000-0000-4000-8000-000000000000'
  const base = `/v2/${alias}/fuzz`
  const auth = `Authorization: ${login}`
  const request = (line: string, headers: readonly string[] = [], body = ''): Parts => ({
    line: `${line} HTTP/1.1`,
    headers: ['Host: 127.0.0.1', auth, ...headers, ...(body === '' ? [] : [`Content-Length: ${body.length}`])],
    body,
  })
  const type = `Content-Type: ${index.type}`
  return [
    request('GET /v2/'),
    request('GET /v2/_catalog?n=1&last=a'),
    request(`GET ${base}/tags/list?n=2&last=a`),
    request(`GET ${base}/manifests/a`, [`Accept: ${index.type}, */*;q=0.1`, 'If-None-Match: "a"']),
    request(`HEAD ${base}/manifests/${digest}`),
    request(`PUT ${base}/manifests/b?tag=c&tag=d`, [type, `If-Match: "${digest}"`], manifest),
    request(`PUT ${base}/manifests/${digest}`, [type, 'Expect: 100-continue'], manifest),
    request(`DELETE ${base}/manifests/b`, ['If-Match: *']),
    request(`GET ${base}/blobs/${blob}`, ['Range: bytes=0-1,3-']),
    request(`DELETE ${base}/blobs/sha256:${'0'.repeat(64)}`),
    request(`POST ${base}/blobs/uploads/?digest=${blob}`, [], 'hello'),
    request(`POST ${base}/blobs/uploads/?mount=${blob}&from=${alias}/fuzz`),
    request(`POST ${base}/blobs/uploads/`, ['Content-Length: 0']),
    request(`PATCH ${base}/blobs/uploads/${upload}`, ['Content-Range: 0-4'], 'hello'),
    request(`PUT ${base}/blobs/uploads/${upload}?digest=${blob}`, [], 'hello'),
    request(`GET ${base}/blobs/uploads/${upload}`),
    request(`GET ${base}/referrers/${digest}?artifactType=a%2Fb`),
    request('GET /token/?service=a&scope=repository:a/b:pull,push'),
    request(
      'POST /token/',
      ['Content-Type: application/x-www-form-urlencoded'],
      'grant_type=password&service=a&username=AWS&password=b',
    ),
    request('GET /logos/a.png'),
    request('GET /healthz'),
    request('GET /readyz'),
    request('OPTIONS *'),
    request('GET http://user:password@127.0.0.1/v2/'),
    {
      line: 'POST / HTTP/1.1',
      headers: ['Host: a', 'X-Amz-Target: SpencerFrontendService.DescribeRepositories', 'Content-Length: 2'],
      body: '{}',
    },
  ]
}

/**
 * A head and a body of which something may be wrong: a line, a header, how the body is parted, or the bytes themselves.
 */
function rawRequest(random: Random, examples: readonly Parts[]): Buffer {
  const { line, headers, body } = random.pick(examples)
  const lines = examples.map(example => example.line)
  const fields = examples.flatMap(example => example.headers)
  const first = random.chance(0.6) ? mutate(random, line, lines) : line
  const kept = headers.map(each => (random.chance(0.15) ? mutate(random, each, fields) : each))
  for (let more = random.chance(0.3) ? random.below(4) : 0; more > 0; more--)
    kept.splice(random.below(kept.length + 1), 0, random.pick(fields))
  const changed = random.chance(0.4) ? mutate(random, body, [body, ...examples.map(example => example.body)]) : body
  const head = [first, ...kept]
  let sent = changed
  if (random.chance(0.15)) {
    head.push('Transfer-Encoding: chunked')
    sent = chunks(random, changed)
  } else if (random.chance(0.5) && changed !== body) {
    const at = head.findIndex(each => /^content-length/i.test(each))
    if (at >= 0) head[at] = `Content-Length: ${Buffer.byteLength(changed)}`
  }
  const whole = `${head.join('\r\n')}\r\n\r\n${sent}`
  const bytes = random.chance(0.1) ? mutate(random, whole, [whole]) : whole
  return Buffer.from(
    bytes.repeat(random.chance(0.03) ? 1 + random.below(8) : 1),
    random.chance(0.5) ? 'latin1' : 'utf8',
  )
}

function chunks(random: Random, body: string): string {
  const parts: string[] = []
  for (let at = 0; at < body.length; ) {
    const size = 1 + random.below(40)
    const part = body.slice(at, at + size)
    const length = Buffer.byteLength(part).toString(16)
    parts.push(`${random.chance(0.1) ? mutate(random, length, ['ffffffffffffffff']) : length}\r\n${part}\r\n`)
    at += size
  }
  return `${parts.join('')}0\r\n\r\n`
}

const digest = `sha256:${'0'.repeat(64)}`
const catalogData = {
  description: 'a',
  architectures: ['x86'],
  operatingSystems: ['Linux'],
  logoImageBlob: 'aGk=',
  aboutText: '#',
  usageText: '*',
}
const policyText = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*"}]}'
/** Members of inputs; each call gets some, whether they are its own or not. */
const members: Readonly<Record<string, unknown>> = {
  ...{
    repositoryName: 'fuzz',
    repositoryNames: ['fuzz'],
    registryId: '123456789012',
    catalogData,
    policyText,
    force: true,
  },
  ...{
    imageIds: [{ imageTag: 'a' }, { imageDigest: digest }],
    imageManifest: index.of('image').toString(),
    imageTag: 'a',
  },
  ...{
    imageManifestMediaType: index.type,
    imageDigest: digest,
    layerDigests: [digest],
    uploadId: '00000000-0000-4000-8000-000000000000',
  },
  ...{
    partFirstByte: 0,
    partLastByte: 4,
    layerPartBlob: 'aGVsbG8=',
    maxResults: 2,
    nextToken: 'abc',
    displayName: 'a',
  },
  ...{
    resourceArn: 'arn:aws:ecr-public::123456789012:repository/fuzz',
    tags: [{ Key: 'a', Value: 'b' }],
    tagKeys: ['a'],
  },
  ...{ lifecyclePolicyText: '{"rules":[]}', settings: { binDays: 1, protectedTags: ['v*'] }, since: 0, all: true },
}
const names = Object.keys(members)
const own = [
  'RestoreImages',
  'PurgeImages',
  'ListDeletedImages',
  'PutRepositorySettings',
  'GetRepositorySettings',
  'ListAuditRecords',
  'PutRegistrySettings',
  'GetRegistrySettings',
]
const ecr = [
  'PutLifecyclePolicy',
  'GetLifecyclePolicy',
  'DeleteLifecyclePolicy',
  'StartLifecyclePolicyPreview',
  'GetLifecyclePolicyPreview',
]

function signedCall(random: Random, caller: Caller): Buffer {
  const all = Object.values(operations)
  const target = random.chance(0.7)
    ? (['ecr-public', random.pick(all).name] as const)
    : random.chance(0.6)
      ? (['berth', random.pick(own)] as const)
      : (['ecr', random.pick(ecr)] as const)
  const wanted = all.find(({ name }) => name === target[1])?.input.members ?? {}
  const chosen = names.filter(name =>
    Object.hasOwn(wanted, name) ? random.chance(0.9) : random.chance(target[0] === 'ecr-public' ? 0.02 : 0.3),
  )
  const json = JSON.stringify(Object.fromEntries(chosen.map(name => [name, members[name]])))
  const body = Buffer.from(random.chance(0.85) ? mutate(random, json, [json, ...names]) : json)
  const headers = Object.entries({ ...signedHeaders(caller, target, body), 'content-length': String(body.length) })
  const head = ['POST / HTTP/1.1', ...headers.map(([name, field]) => `${name}: ${field}`)]
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body])
}

/** Sends bytes and says that there are no more, and reads until the server is done. */
function exchange(port: number, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' })
    let heard = ''
    const shown = bytes.toString('latin1')
    const timer = setTimeout(() => {
      socket.destroy()
      reject(new Finding(`no end after ${PATIENCE_MS / 1000} s; heard ${heard.slice(0, 200)}`, shown))
    }, PATIENCE_MS)
    socket.on('data', chunk => {
      heard = (heard + chunk.toString('latin1')).slice(0, 20_000)
    })
    socket.on('error', () => {}) // a reset is an end, too
    socket.on('close', () => {
      clearTimeout(timer)
      const fault = /^HTTP\/1\.[01] 5\d\d [\s\S]*$/m.exec(heard)?.[0]
      if (fault === undefined || isLimit(fault)) resolve()
      else reject(new Finding(`answered ${fault.slice(0, 400)}`, shown))
    })
    socket.end(bytes)
  })
}

/** 503 is meant where it says why, and when to come again. */
const isLimit = (answer: string) =>
  /^HTTP\/1\.1 503 /.test(answer) && /^retry-after: \d+/im.test(answer) && /\r\n\r\n./s.test(answer)
