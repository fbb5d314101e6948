import { once } from 'node:events'
import { connect } from 'node:net'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { basicOf } from '../oci/client.ts'
import { digestOf, randomBytes } from '../oci/content.ts'
import { type Registry, startRegistry } from '../support/registry.ts'
import { ask, firstAnswer, head, open } from './wire.ts'

/** More than the buffers of a socket hold, so that its answer is under way until it is read. */
const BLOB = randomBytes('a blob that takes a while', 24 * 1024 * 1024)

let registry: Registry
let repository: string
let authorization: string

const start = async (...args: string[]) => {
  registry = await startRegistry({ args })
  await registry.control('CreateRepository', { repositoryName: 'faults/app' })
  repository = `/v2/${registry.alias}/faults/app`
  authorization = `Authorization: ${basicOf('AWS', await registry.password())}`
  expect((await pushBlob(BLOB)).status).toBe(201)
}
beforeEach(() => start())
afterEach(() => registry?.[Symbol.asyncDispose]())

const request = (line: string, ...headers: string[]) =>
  head(`${line} HTTP/1.1`, `Host: ${registry.host}`, authorization, ...headers)
const pushLine = (bytes: Buffer, ...headers: string[]) =>
  request(`POST ${repository}/blobs/uploads/?digest=${digestOf(bytes)}`, `Content-Length: ${bytes.length}`, ...headers)
const pushBlob = (bytes: Buffer) => ask(registry, Buffer.concat([pushLine(bytes), bytes]))

/** A pull of which the first bytes were read, and no more are until `rest` is called. */
async function beginPull(): Promise<{ rest: () => Promise<Buffer> }> {
  const socket = await open(registry)
  socket.on('error', () => {})
  socket.write(request(`GET ${repository}/blobs/${digestOf(BLOB)}`))
  const parts = [(await once(socket, 'data'))[0] as Buffer]
  socket.pause()
  return {
    async rest() {
      const whole = Buffer.from('\r\n\r\n')
      socket.on('data', (part: Buffer) => parts.push(part)).resume()
      await once(socket, 'close')
      const bytes = Buffer.concat(parts)
      return bytes.subarray(bytes.indexOf(whole) + whole.length)
    },
  }
}

/** A push that the server is at work on, and of which half was sent. */
async function beginPush(bytes: Buffer) {
  const socket = await open(registry)
  socket.write(pushLine(bytes, 'Expect: 100-continue'))
  expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1\.1 100 /)
  const answer = firstAnswer(socket)
  answer.catch(() => {}) // looked at later
  socket.write(bytes.subarray(0, bytes.length / 2))
  return { answer, finish: () => socket.write(bytes.subarray(bytes.length / 2)) }
}

/** Why the server takes no connection; undefined when it takes one. */
function connectionFault(): Promise<string | undefined> {
  return new Promise(resolve => {
    const socket = connect(Number(new URL(registry.serverUrl()).port), '127.0.0.1')
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code))
    socket.once('connect', () => {
      socket.destroy()
      resolve(undefined)
    })
  })
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`${signal} lets a pull and a push finish, refuses new connections and exits with 0`, async () => {
    const bytes = randomBytes(`pushed during ${signal}`, 1_000_000)
    const [pull, push, idle] = [await beginPull(), await beginPush(bytes), await open(registry)]
    const exit = registry.signal(signal)
    idle.on('error', () => {})
    // Until the server has heard the signal it still accepts.
    await vi.waitFor(async () => expect(await connectionFault()).toBe('ECONNREFUSED'))
    push.finish()
    expect((await push.answer).status).toBe(201)
    expect(digestOf(await pull.rest())).toBe(digestOf(BLOB))
    expect(await exit).toBe(0)
    idle.destroy()
    await registry.restart()
    expect((await ask(registry, request(`HEAD ${repository}/blobs/${digestOf(bytes)}`))).status).toBe(200)
  })
}

test('a server that has nothing to do exits at once, whoever is connected', async () => {
  const [silent, kept] = [await open(registry), await open(registry)]
  const answer = firstAnswer(kept)
  kept.write(request('GET /v2/'))
  expect((await answer).status).toBe(200)
  // Were it to wait for either, it would be killed after the drain time of the harness.
  await registry.stop()
  for (const socket of [silent, kept]) socket.destroy()
})

test('drainSeconds ends a request that does not, and what was not acknowledged is not there', async () => {
  await registry[Symbol.asyncDispose]()
  await start('--drain-seconds', '1')
  const bytes = randomBytes('never finished', 1_000_000)
  const push = await beginPush(bytes)
  expect(await registry.signal('SIGTERM')).toBe(0)
  await expect(push.answer).rejects.toThrow('the connection ended')
  await registry.restart()
  expect((await ask(registry, request(`HEAD ${repository}/blobs/${digestOf(bytes)}`))).status).toBe(404)
})

test('noticeSeconds tells load balancers first, and serves meanwhile', async () => {
  await registry[Symbol.asyncDispose]()
  await start('--notice-seconds', '3600')
  const exit = registry.signal('SIGTERM')
  await vi.waitFor(async () => expect((await ask(registry, request('GET /readyz'))).status).toBe(503))
  expect((await ask(registry, request(`HEAD ${repository}/blobs/${digestOf(BLOB)}`))).status).toBe(200)
  await registry.signal('SIGTERM', 'SIGTERM') // the first of them may be taken for the same key press
  expect(await exit).toBe(143)
})

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('a second %s ends the process at once', async (signal, code) => {
  const push = await beginPush(randomBytes('cut off', 1_000_000))
  expect(await registry.signal(signal, signal)).toBe(code)
  await expect(push.answer).rejects.toThrow('the connection ended')
})
