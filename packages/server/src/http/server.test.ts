import { readdirSync, readlinkSync } from 'node:fs'
import { request as open, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { RegistryError } from '../domain/problem.ts'
import { Removals } from '../registry/blobs/removals.ts'
import { Uploads } from '../registry/blobs/uploads.ts'
import type { Settled } from '../runtime/settled-response.ts'
import { openTemporaryRegistry } from '../testing/temporary-registry.ts'
import { createClientOf } from './client.ts'
import { MemoryBudget } from './memory-budget.ts'
import { AT_WORK } from './request-queue.ts'
import { createHttpServer, type Handler, type Surfaces } from './server.ts'
import { whenOver } from './when-over.ts'

const says =
  (text: string): Handler =>
  async (_, response) => {
    response.end(text)
  }
const surfaces: Surfaces = {
  oci: says('oci'),
  token: says('token'),
  control: says('control'),
  logos: says('logo'),
  ready: async () => true,
}

let server: Server | undefined
const errors: unknown[] = []
const listen = async (change: Partial<Surfaces> = {}, idleMs = 10_000, settled?: Settled) => {
  errors.length = 0
  const made = createHttpServer(
    { ...surfaces, ...change },
    {
      idleMs,
      memory: new MemoryBudget({ limitBytes: 1024 * 1024 }),
      clientOf: createClientOf(),
      settled,
      onError: error => errors.push(error),
    },
  )
  server = made
  await new Promise<void>(resolve => made.listen(0, '127.0.0.1', resolve))
  return (made.address() as AddressInfo).port
}
afterEach(async () => {
  server?.closeAllConnections()
  await new Promise(resolve => server?.close(resolve))
})

describe('createHttpServer', () => {
  it('counts paths that lead nowhere, and no probes', async () => {
    const count = () => Promise.reject(new RegistryError({ kind: 'tooManyRequests', retryAfterSeconds: 2 }))
    const port = await listen({ count })
    const answers = ['/nothing', '/', '/healthz', '/readyz'].map(async path => {
      const { status, headers } = await fetch(`http://127.0.0.1:${port}${path}`)
      return [status, headers.get('retry-after')]
    })
    expect(await Promise.all(answers)).toEqual([
      [429, '2'],
      [429, '2'],
      [200, null],
      [200, null],
    ])
  })

  it('sends an answer when what it tells of is on the disk, and never where that fails', async () => {
    let [settle, fail] = [() => {}, () => {}]
    let waits = 0
    const settled = () => {
      waits += 1
      return new Promise<void>((resolve, reject) => {
        settle = resolve
        fail = () => reject(new Error('the disk is gone'))
      })
    }
    const url = `http://127.0.0.1:${await listen({}, 10_000, settled)}`
    expect(await (await fetch(`${url}/healthz`)).text()).toBe('alive\n')
    expect(waits).toBe(0)
    let isAnswered = false
    const answered = fetch(`${url}/v2/`).then(answer => {
      isAnswered = true
      return answer.text()
    })
    await vi.waitFor(() => expect(waits).toBe(1))
    await delay(50)
    expect(isAnswered).toBe(false)
    settle()
    expect(await answered).toBe('oci')
    const failed = fetch(`${url}/v2/`)
    await vi.waitFor(() => expect(waits).toBe(2))
    fail()
    await expect(failed).rejects.toThrow()
  })

  it.each([
    ['GET', '/v2/', 'oci'],
    ['POST', '/v2', 'oci'],
    ['POST', '/', 'control'],
    ['POST', '/?Action=x', 'control'],
    ['GET', '/token', 'token'],
    ['GET', '/token/?scope=aws', 'token'],
    ['GET', '/logos/x', 'logo'],
    ['GET', '/healthz', 'alive\n'],
    ['GET', '/readyz', 'ready\n'],
    ['GET', '/', expect.stringContaining('berth')],
  ])('%s %s leads to its surface', async (method, path, expected) => {
    const response = await fetch(`http://127.0.0.1:${await listen()}${path}`, { method })
    expect([response.status, await response.text()]).toEqual([200, expected])
  })

  it('has nothing elsewhere, and says when it should get no traffic', async () => {
    const url = `http://127.0.0.1:${await listen({ ready: async () => 'the database is away' })}`
    expect((await fetch(`${url}/tokens`)).status).toBe(404)
    expect((await fetch(`${url}/logos`)).status).toBe(404)
    const readiness = await fetch(`${url}/readyz`)
    expect([readiness.status, await readiness.text()]).toEqual([503, 'not ready: the database is away\n'])
    const head = await fetch(`${url}/healthz`, { method: 'HEAD' })
    expect([head.headers.get('content-length'), await head.text()]).toEqual(['6', ''])
  })

  it('answers 500 without a word of what happened, and cuts off an answer that had begun', async () => {
    const port = await listen({
      oci: () => Promise.reject(new Error('secret')),
      token: async (_, response) => {
        response.writeHead(200, { 'content-length': 10 }).write('half')
        throw new Error('late')
      },
    })
    const response = await fetch(`http://127.0.0.1:${port}/v2/`)
    expect([response.status, await response.text()]).toEqual([500, ''])
    await expect(fetch(`http://127.0.0.1:${port}/token`).then(late => late.text())).rejects.toThrow()
    expect(errors).toEqual([new Error('secret'), new Error('late')])
  })

  it.each(['the client goes away', 'the line goes quiet'])('frees what an upload holds when %s', async how => {
    await using registry = await openTemporaryRegistry({ files: true })
    const uploads = new Uploads(registry.context, new Removals(registry.context, error => errors.push(error)))
    const id = await uploads.begin(registry.repository)
    const quiet = how === 'the line goes quiet'
    let started = false
    const oci: Handler = async request => {
      const body = (async function* () {
        for await (const chunk of request) {
          started = true
          yield chunk as Buffer
        }
      })()
      await uploads.append(registry.repository, id, { body })
    }
    const port = await listen({ oci }, quiet ? 1_000 : 60_000)
    const request = open({ port, path: '/v2/', method: 'PATCH', headers: { 'content-length': 1_000_000 } })
    request.on('error', () => {})
    request.write(Buffer.alloc(100_000))
    await vi.waitFor(() => expect(started).toBe(true))
    if (!quiet) request.destroy()
    await vi.waitFor(() => expect(errors).toHaveLength(1))
    await vi.waitFor(() => expect(openFiles()).toEqual([]))
    // What came is kept, and the session is free for the client to come back to.
    const sizeBytes = await uploads.sizeBytes(registry.repository, id)
    expect(sizeBytes).toBeGreaterThan(0)
    const body = (async function* () {
      yield Buffer.from('rest')
    })()
    expect(await uploads.append(registry.repository, id, { body, firstByte: sizeBytes })).toBe(sizeBytes + 4)
  })

  describe('when it is at work for longer than a line may be idle', () => {
    const oci: Handler = async (_, response) => {
      await delay(1_500)
      response.end('done')
    }

    it('answers all the same', async () => {
      const response = await fetch(`http://127.0.0.1:${await listen({ oci }, 1_000)}/v2/`)
      expect(await response.text()).toBe('done')
    })

    it('answers a client that has closed its half of the connection', async () => {
      const socket = connect(await listen({ oci }), '127.0.0.1').end('GET /v2/ HTTP/1.1\r\nHost: x\r\n\r\n')
      expect(await text(socket)).toMatch(/^HTTP\/1.1 200 .*done$/s)
    })
  })

  it('is warned of no leak, however many answers a client has waiting', async () => {
    const warn = vi.spyOn(process, 'emitWarning')
    let waiting = 0
    const port = await listen({
      oci: (_, response) =>
        new Promise(resolve => {
          whenOver(response, resolve)
          waiting += 1
        }),
    })
    const socket = connect(port, '127.0.0.1')
    socket.write('GET /v2/ HTTP/1.1\r\nHost: here\r\n\r\n'.repeat(30))
    await vi.waitFor(() => expect(waiting).toBe(AT_WORK))
    socket.destroy()
    expect(warn).not.toHaveBeenCalled()
    warn.mockRestore()
  })

  it('survives what is not HTTP', async () => {
    const port = await listen()
    const socket = connect(port, '127.0.0.1')
    const answer = new Promise<string>(resolve => {
      let text = ''
      socket.on('data', chunk => {
        text += chunk
      })
      socket.on('close', () => resolve(text))
    })
    socket.write('nonsense\r\n\r\n')
    expect(await answer).toMatch(/^HTTP\/1.1 400 /)
    expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200)
  })
})

/** Blob files that this process holds open; the kernel lists them on Linux only. */
function openFiles(): string[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc/self/fd').flatMap(descriptor => {
    try {
      const target = readlinkSync(`/proc/self/fd/${descriptor}`)
      return target.includes('berth-blobs-') ? [target] : []
    } catch {
      return [] // the descriptor of the listing itself
    }
  })
}
