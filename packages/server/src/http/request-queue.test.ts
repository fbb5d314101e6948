import { once } from 'node:events'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createClientOf } from './client.ts'
import { MemoryBudget } from './memory-budget.ts'
import { AT_WORK } from './request-queue.ts'
import { createHttpServer } from './server.ts'
import { makeCertificate } from './testing/certificate.ts'

const MIB = 1024 * 1024
const identity = await makeCertificate()

interface Begun {
  readonly name: string
  readonly request: IncomingMessage
  readonly response: ServerResponse
}

let server: Server
let begun: Begun[]
let memory: MemoryBudget

/** A server that begins requests and leaves their answers to the test. */
async function start(tls: boolean, limitBytes = 64 * MIB): Promise<Socket> {
  begun = []
  memory = new MemoryBudget({ limitBytes })
  const oci = (request: IncomingMessage, response: ServerResponse) => {
    begun.push({ name: `${request.method} ${request.url?.slice('/v2/'.length)}`, request, response })
    return Promise.resolve()
  }
  const unused = () => Promise.reject(new Error('not asked for'))
  server = createHttpServer(
    { oci, token: unused, control: unused, logos: unused, ready: async () => true },
    {
      idleMs: 10_000,
      memory,
      clientOf: createClientOf(),
      onError: error => expect.fail(String(error)),
      tls: tls ? identity : undefined,
    },
  )
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const socket = tls ? connectTls({ port, host: '127.0.0.1', ca: identity.cert }) : connect(port, '127.0.0.1')
  await once(socket, tls ? 'secureConnect' : 'connect')
  return socket.on('error', () => {})
}
afterEach(async () => {
  server.closeAllConnections()
  await new Promise(resolve => server.close(resolve))
})

const head = (line: string, ...headers: string[]) => [`${line} HTTP/1.1`, 'Host: x', ...headers, '', ''].join('\r\n')
const gets = (count: number) => Array.from({ length: count }, (_, index) => head(`GET /v2/${index}`)).join('')
const names = () => begun.map(({ name }) => name)
const beginCount = (count: number) => vi.waitFor(() => expect(begun).toHaveLength(count))
const answer = (index: number) => begun[index]?.response.end(`<${begun[index]?.name}>`)
/** Long enough for a request to begin that should not, and turns enough to read what has come where time ran ahead. */
const settle = async () => {
  await delay(50)
  for (let turn = 0; turn < 50; turn += 1) await nextTurn()
}

function answersOn(socket: Socket): () => string[] {
  let text = ''
  socket.on('data', chunk => {
    text += String(chunk)
  })
  return () => Array.from(text.matchAll(/<([^>]*)>/g), ([, name = '']) => name)
}

describe.each([
  ['plain', false],
  ['TLS', true],
])('the requests of one connection, %s', (_, tls) => {
  it(`are at work ${AT_WORK} at a time, and answered in their order`, async () => {
    const socket = await start(tls)
    const answers = answersOn(socket)
    socket.write(gets(30))
    await beginCount(AT_WORK)
    await settle()
    expect(begun).toHaveLength(AT_WORK)
    answer(2) // whose turn is not yet: nothing may begin for it
    await settle()
    expect(begun).toHaveLength(AT_WORK)
    for (let index = 0; index < 30; index += 1) {
      await vi.waitFor(() => expect(begun.length).toBeGreaterThan(index))
      expect(begun.length - index).toBeLessThanOrEqual(AT_WORK)
      if (index !== 2) answer(index)
    }
    const all = Array.from({ length: 30 }, (_, index) => `GET ${index}`)
    await vi.waitFor(() => expect(answers()).toEqual(all))
    // The connection is as good as new.
    socket.write(head('GET /v2/more'))
    await beginCount(31)
    answer(30)
    await vi.waitFor(() => expect(answers().at(-1)).toBe('GET more'))
    expect(memory.figures().heldBytes).toBe(0)
  })

  it('are alone at work where they may change something', async () => {
    const socket = await start(tls)
    const bodies = ['PUT', 'PATCH'].map(method => `${head(`${method} /v2/${method}`, 'Content-Length: 4')}body`)
    socket.write(head('HEAD /v2/a') + bodies.join('') + head('GET /v2/b') + head('GET /v2/c') + head('DELETE /v2/d'))
    const steps = [['HEAD a'], ['PUT PUT'], ['PATCH PATCH'], ['GET b', 'GET c'], ['DELETE d']]
    let done = 0
    for (const step of steps) {
      await beginCount(done + step.length)
      await settle()
      expect(names().slice(done)).toEqual(step)
      for (const _ of step) answer(done++)
    }
  })

  it('are read no further while one of them waits', async () => {
    const socket = await start(tls)
    const padding = 'x'.repeat(1_000)
    const request = head('GET /v2/a', `Padding: ${padding}`)
    const sent = 40_000
    socket.write(request.repeat(sent))
    await beginCount(AT_WORK)
    await settle()
    const connection = begun[0]?.request.socket
    const { bytesRead = 0 } = connection ?? {}
    expect(bytesRead).toBeLessThanOrEqual(128 * 1024)
    answer(0) // Node reads on after each answer unless it is told not to
    await beginCount(AT_WORK + 1)
    await settle()
    expect(connection?.bytesRead).toBe(bytesRead)
    socket.destroy()
  })

  it('are all dropped with their connection', async () => {
    const socket = await start(tls)
    socket.write(gets(30))
    await beginCount(AT_WORK)
    const over = vi.waitFor(() => expect(begun[0]?.request.socket.destroyed).toBe(true))
    socket.destroy()
    for (const { response } of begun) response.end('x'.repeat(MIB)) // a write finds out, as nobody reads
    await over
    await settle()
    expect(begun).toHaveLength(AT_WORK)
    expect(memory.figures().heldBytes).toBe(0)
  })

  it('do not begin after an answer that ends the connection', async () => {
    const socket = await start(tls)
    const answers = answersOn(socket)
    socket.write(head('PUT /v2/first') + gets(9))
    await beginCount(1)
    begun[0]?.response.writeHead(200, { connection: 'close' })
    answer(0)
    await once(socket, 'close')
    await settle()
    expect([names(), answers()]).toEqual([['PUT first'], ['PUT first']])
  })

  it('get their answers when the client has closed its half of the connection', async () => {
    const socket = await start(tls)
    const answers = answersOn(socket)
    socket.end(gets(40))
    for (let index = 0; index < 40; index += 1) {
      await vi.waitFor(() => expect(begun.length).toBeGreaterThan(index))
      answer(index)
    }
    await once(socket, 'close')
    expect(answers()).toHaveLength(40)
  })

  it('ask for a body when its turn has come', async () => {
    const socket = await start(tls)
    let text = ''
    socket.on('data', chunk => {
      text += String(chunk)
    })
    socket.write(head('GET /v2/a') + head('GET /healthz', 'Expect: 100-continue', 'Content-Length: 4'))
    await beginCount(1)
    await settle()
    expect(text).toBe('')
    answer(0)
    await vi.waitFor(() => expect(text).toMatch(/<GET a>HTTP\/1.1 100 Continue/))
  })

  it('are answered before what follows them is refused as no request', async () => {
    const socket = await start(tls)
    let text = ''
    socket.on('data', chunk => {
      text += String(chunk)
    })
    socket.write(`${gets(6)}nonsense\r\n\r\n`)
    for (let index = 0; index < 6; index += 1) {
      await vi.waitFor(() => expect(begun.length).toBeGreaterThan(index))
      answer(index)
    }
    await once(socket, 'close')
    expect(text.match(/<GET \d>|HTTP\/1.1 400/g)).toEqual([
      ...Array.from({ length: 6 }, (_, index) => `<GET ${index}>`),
      'HTTP/1.1 400',
    ])
  })

  it('are parsed a few at a time, however many came at once', async () => {
    const socket = await start(tls)
    let parsed = 0
    server.prependListener('request', () => {
      parsed += 1
    })
    socket.write('GET /v2/ HTTP/1.1\r\nHost:a\r\n\r\n'.repeat(2_000))
    await beginCount(AT_WORK)
    await settle()
    expect(parsed).toBeLessThanOrEqual(2 * AT_WORK)
    for (let index = 0; index < 30; index += 1) {
      await vi.waitFor(() => expect(begun.length).toBeGreaterThan(index))
      answer(index)
    }
    expect(parsed).toBeLessThanOrEqual(30 + 2 * AT_WORK)
    expect(memory.figures().largestBytes.address).toBe(128 * 1024)
    socket.destroy()
    await vi.waitFor(() => expect(memory.figures().heldBytes).toBe(0))
  })

  it('have bodies in chunks of a byte handed on in few pieces, whole, and no faster than they are read', async () => {
    const socket = await start(tls)
    const sent = Buffer.from(Array.from({ length: 100_000 }, (_, index) => 'a'.charCodeAt(0) + (index % 26)))
    const chunks = Array.from(sent, byte => `1\r\n${String.fromCharCode(byte)}\r\n`).join('')
    socket.write(`${head('PUT /v2/body', 'Transfer-Encoding: chunked')}${chunks}0\r\n\r\n${gets(1)}`)
    await beginCount(1)
    const request = begun[0]?.request as IncomingMessage
    await vi.waitFor(() => expect(request.readableLength).toBeGreaterThanOrEqual(request.readableHighWaterMark))
    await settle()
    expect(request.readableLength).toBeLessThan(2 * request.readableHighWaterMark)
    const pieces: Buffer[] = []
    for await (const piece of request.iterator({ destroyOnReturn: false })) pieces.push(piece)
    expect(Buffer.concat(pieces).equals(sent)).toBe(true)
    expect(pieces.length).toBeLessThan(1000)
    answer(0)
    await beginCount(2)
  })

  it('lose the connection where the client has no memory for what was read of it', async () => {
    const socket = await start(tls, 256 * 1024) // a quarter is half of what a connection takes
    socket.resume().write(gets(300))
    await once(socket, 'close')
    await vi.waitFor(() => expect(memory.figures()).toMatchObject({ heldBytes: 0, refused: { address: 1 } }))
    expect(begun.length).toBeLessThanOrEqual(AT_WORK)
  })
})
