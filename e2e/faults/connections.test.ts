import { once } from 'node:events'
import type { Socket } from 'node:net'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { basicOf } from '../oci/client.ts'
import { digestOf, randomBytes } from '../oci/content.ts'
import { type Registry, startRegistry } from '../support/registry.ts'
import { expectWholeStorage } from '../support/stores.ts'
import { openDescriptors } from './process.ts'
import { type Answer, ask, firstAnswer, head, open } from './wire.ts'

const BLOB = randomBytes('a blob of some size', 3_000_000)

let registry: Registry
let repository: string
let authorization: string
let repositories = 0
let quiet: Registry
/** What a head that trickles in is answered; it takes the server half a minute to say so. */
let trickled: Promise<Answer>

beforeAll(async () => {
  // A second is what a busy machine may need between a connection and its first byte.
  registry = await startRegistry({ args: ['--idle-seconds', '3'] })
  authorization = `Authorization: ${basicOf('AWS', await registry.password())}`
  // On a server of its own, where neither a crowd of connections nor a pause between two bytes makes it go sooner.
  quiet = await startRegistry()
  trickled = trickle(quiet)
  trickled.catch(() => {}) // looked at by its test
})
afterAll(async () => {
  await registry?.[Symbol.asyncDispose]()
  await quiet?.[Symbol.asyncDispose]()
})
/** A repository of its own for each test. */
beforeEach(async () => {
  repositories += 1
  await registry.control('CreateRepository', { repositoryName: `faults/app-${repositories}` })
  repository = `/v2/${registry.alias}/faults/app-${repositories}`
})

const request = (line: string, ...headers: string[]) =>
  head(`${line} HTTP/1.1`, `Host: ${registry.host}`, authorization, ...headers)

async function beginUpload(): Promise<string> {
  const { status, headers } = await ask(registry, request(`POST ${repository}/blobs/uploads/`, 'Content-Length: 0'))
  expect(status).toBe(202)
  return headers['location'] ?? ''
}

function push(location: string, bytes: Buffer, ...headers: string[]): Promise<Answer> {
  const line = `PUT ${location}?digest=${digestOf(BLOB)}`
  return ask(registry, Buffer.concat([request(line, `Content-Length: ${bytes.length}`, ...headers), bytes]))
}

/** Sends bytes, and goes away without a word once `until` is over. */
async function vanish(bytes: Buffer, until: (socket: Socket) => Promise<unknown>): Promise<void> {
  const socket = await open(registry)
  socket.on('error', () => {})
  socket.write(bytes)
  await until(socket)
  socket.resetAndDestroy()
}

const pause = (ms: number) => () => new Promise(resolve => setTimeout(resolve, ms))

async function inBatches(count: number, work: (index: number) => Promise<void>): Promise<void> {
  for (let start = 0; start < count; start += 20)
    await Promise.all(Array.from({ length: Math.min(20, count - start) }, (_, offset) => work(start + offset)))
}

/** The thread that moves SQLite's log into the database comes and goes, with a connection and an event loop. */
const OF_A_THREAD = 12

/** Waits until the server holds what it held before. */
async function expectDescriptors(baseline: number): Promise<void> {
  await vi.waitFor(async () => expect(await openDescriptors(registry)).toBeLessThanOrEqual(baseline + OF_A_THREAD))
}

test('clients that go away in mid-push leave no descriptor, and of a whole-blob push nothing at all', async () => {
  await (await fetch(`${registry.url}/healthz`)).text()
  await expectDescriptors(await openDescriptors(registry))
  const baseline = await openDescriptors(registry)
  const [atOnce, chunked] = [`${repository}/blobs/uploads/?digest=${digestOf(BLOB)}`, await beginUpload()]
  await inBatches(200, async index => {
    const sent = BLOB.subarray(0, (index * 40_009) % BLOB.length)
    const headers = ['Content-Type: application/octet-stream', `Content-Length: ${BLOB.length}`]
    const line = index % 2 === 0 ? `POST ${atOnce}` : `PATCH ${chunked}`
    await vanish(Buffer.concat([request(line, ...headers), sent]), pause(index % 25))
  })
  await expectDescriptors(baseline)
  // The one session that is left is the one that its client knows of.
  await vi.waitFor(async () => expect(await registry.stores.query('select id from uploads')).toHaveLength(1))
  await vi.waitFor(async () => expect(await registry.stores.query('select * from removals')).toEqual([]))
  expect((await registry.stores.keys()).size).toBeLessThanOrEqual(1)
  await expectWholeStorage(registry)
  expect((await ask(registry, request(`HEAD ${repository}/blobs/${digestOf(BLOB)}`))).status).toBe(404)
})

test('clients that go away in mid-pull leave no descriptor', async () => {
  expect((await push(await beginUpload(), BLOB)).status).toBe(201)
  const baseline = await openDescriptors(registry)
  await inBatches(300, index =>
    vanish(request(`GET ${repository}/blobs/${digestOf(BLOB)}`), socket =>
      index % 3 === 0 ? pause(index % 10)() : once(socket, 'data'),
    ),
  )
  await expectDescriptors(baseline)
})

test('a chunk that was cut off goes on from what the server kept', async () => {
  const location = await beginUpload()
  const headers = [`Content-Length: ${BLOB.length}`, 'Content-Range: 0-2999999']
  await vanish(Buffer.concat([request(`PATCH ${location}`, ...headers), BLOB.subarray(0, 2_000_000)]), pause(200))
  const state = await vi.waitFor(async () => {
    const answer = await ask(registry, request(`GET ${location}`))
    const kept = Number(/^0-(\d+)$/.exec(answer.headers['range'] ?? '')?.[1]) + 1
    expect(kept).toBeGreaterThan(1)
    const rest = BLOB.subarray(kept)
    // Busy until the server has seen the connection end.
    const done = await push(location, rest, `Content-Range: ${kept}-${BLOB.length - 1}`)
    expect(done.status).toBe(201)
    return kept
  })
  expect(state).toBeLessThanOrEqual(2_000_000)
  const pulled = await fetch(`${registry.url}${repository}/blobs/${digestOf(BLOB)}`, {
    headers: { authorization: authorization.slice('Authorization: '.length) },
  })
  expect(digestOf(Buffer.from(await pulled.arrayBuffer()))).toBe(digestOf(BLOB))
})

test('a body that its sender ends too early is not stored, and the session can go on', async () => {
  const location = await beginUpload()
  const line = `PUT ${location}?digest=${digestOf(BLOB)}`
  const socket = await open(registry)
  socket.on('error', () => {})
  socket.write(Buffer.concat([request(line, `Content-Length: ${BLOB.length}`), BLOB.subarray(0, 1_000_000)]))
  socket.end()
  await once(socket.resume(), 'close')
  expect((await ask(registry, request(`HEAD ${repository}/blobs/${digestOf(BLOB)}`))).status).toBe(404)
  const { headers } = await ask(registry, request(`GET ${location}`))
  const kept = Number(headers['range']?.slice(2)) + 1
  expect((await push(location, BLOB.subarray(kept), `Content-Range: ${kept}-${BLOB.length - 1}`)).status).toBe(201)
})

test('stuck connections are closed: heads, bodies, answers that nobody reads, and idle ones', async () => {
  expect((await push(await beginUpload(), BLOB)).status).toBe(201)
  const baseline = await openDescriptors(registry)
  const upload = await beginUpload()
  const stuck: Record<string, Buffer> = {
    'nothing at all': Buffer.alloc(0),
    'half a head': Buffer.from('GET /v2/ HTTP/1.1\r\nHost: x\r\nX-Slow: '),
    'half a body': Buffer.concat([request(`PATCH ${upload}`, 'Content-Length: 100'), Buffer.from('half')]),
    'half a chunk': Buffer.concat([
      request(`PUT ${repository}/manifests/v1`, 'Transfer-Encoding: chunked'),
      Buffer.from('ff\r\nhalf'),
    ]),
    'half a call': Buffer.from(
      'POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: SpencerFrontendService.PutImage\r\nContent-Length: 9\r\n\r\n{',
    ),
    'between two requests': request('GET /v2/'),
  }
  const closed = Object.entries(stuck).map(async ([what, bytes]) => {
    const socket = await open(registry)
    socket.on('error', () => {})
    socket.resume().write(bytes)
    await once(socket, 'close')
    return what
  })
  // Nobody reads from the socket of this client.
  const reader = await open(registry)
  reader.on('error', () => {}).pause()
  reader.write(Buffer.concat(Array.from({ length: 8 }, () => request(`GET ${repository}/blobs/${digestOf(BLOB)}`))))
  expect(await Promise.all(closed)).toEqual(Object.keys(stuck))
  await expectDescriptors(baseline)
  reader.destroy()
})

async function trickle(to: Registry): Promise<Answer> {
  const socket = await open(to)
  const answer = firstAnswer(socket)
  const writing = setInterval(() => socket.write('a'), 300)
  socket.write('GET /v2/ HTTP/1.1\r\nHost: x\r\nX-Slow: ')
  try {
    return await answer
  } finally {
    clearInterval(writing)
    socket.destroy()
  }
}

test('a head that trickles in is answered with 408', async () => {
  const { status, body } = await trickled
  expect([status, JSON.parse(body).errors[0].code]).toEqual([408, 'UNAVAILABLE'])
})

test('200 idle connections stop nobody', async () => {
  const sockets = await Promise.all(Array.from({ length: 200 }, () => open(registry)))
  for (const socket of sockets) socket.on('error', () => {}).write('GET /v2/ HTTP/1.1\r\nHost: x\r\n')
  expect((await push(await beginUpload(), BLOB)).status).toBe(201)
  expect((await ask(registry, request('GET /v2/'))).status).toBe(200)
  for (const socket of sockets) socket.destroy()
})
