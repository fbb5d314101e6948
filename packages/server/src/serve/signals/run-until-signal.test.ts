import { Agent, createServer, get, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, connect } from 'node:net'
import { afterEach, expect, it, vi } from 'vitest'
import { runUntilSignal, type StopOptions } from './run-until-signal.ts'

const before = process.listeners('SIGTERM')
let server: Server | undefined
afterEach(() => {
  vi.useRealTimers()
  server?.closeAllConnections()
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    for (const listener of process.listeners(signal)) if (!before.includes(listener)) process.off(signal, listener)
})

/** Starts a server and gives what the tests do to it; `stop` stands for the first SIGTERM. */
async function start(listener: RequestListener, options: StopOptions, create = createServer) {
  const made = create({ keepAliveTimeout: 600_000 }, listener)
  server = made
  await new Promise<void>(resolve => made.listen(0, '127.0.0.1', resolve))
  const { port } = made.address() as AddressInfo
  const ended = runUntilSignal(made, options)
  const [added] = process.listeners('SIGTERM').filter(each => !before.includes(each))
  return { port, ended, stop: () => added?.('SIGTERM') }
}
const ask = (port: number, agent: Agent) =>
  new Promise<IncomingMessage>((resolve, reject) => {
    get({ port, agent }, response => resolve(response.resume())).on('error', reject)
  })

it('gives a request in flight its answer, takes no new one, and does not wait for the kept-alive connection', async () => {
  let answer = () => {}
  const { port, ended, stop } = await start(
    (_, response) => {
      answer = () => response.end('done')
    },
    { drainMs: 600_000 },
  )
  const agent = new Agent({ keepAlive: true })
  const response = ask(port, agent)
  await new Promise<void>(resolve => server?.once('request', () => resolve()))
  stop()
  await expect(ask(port, new Agent())).rejects.toThrow('ECONNREFUSED')
  answer()
  expect((await response).statusCode).toBe(200)
  expect(await ended).toBe(0)
  agent.destroy()
})

it('takes new connections for as long as it has to be noticed that it stops', async () => {
  const onSignal = vi.fn()
  const options = { drainMs: 600_000, noticeMs: 30_000, onSignal }
  const { port, ended, stop } = await start((_, response) => response.end('done'), options)
  vi.useFakeTimers({ toFake: ['setTimeout'] })
  stop()
  expect(onSignal).toHaveBeenCalledOnce()
  vi.advanceTimersByTime(29_999)
  const { statusCode, headers } = await ask(port, new Agent({ keepAlive: true }))
  expect([statusCode, headers.connection]).toEqual([200, 'close'])
  vi.advanceTimersByTime(1)
  await expect(ask(port, new Agent())).rejects.toThrow('ECONNREFUSED')
  await ended
})

it('gives up on a request that does not end in time', async () => {
  const { port, ended, stop } = await start(() => {}, { drainMs: 50 })
  const response = ask(port, new Agent())
  response.catch(() => {})
  await new Promise<void>(resolve => server?.once('request', () => resolve()))
  stop()
  expect(await ended).toBe(1)
  await expect(response).rejects.toThrow()
})

it('does not wait for a connection whose TLS handshake is not over', async () => {
  const { port, ended, stop } = await start(() => {}, { drainMs: 600_000 }, createTlsServer)
  const accepted = new Promise(resolve => server?.once('connection', resolve))
  const silent = connect(port, '127.0.0.1').on('error', () => {})
  await accepted
  stop()
  expect(await ended).toBe(0)
  silent.destroy()
})

it('does not wait for requests whose connection went away before their turn', async () => {
  let answer = () => {}
  const seen: string[] = []
  const { port, ended, stop } = await start(
    ({ url = '' }, response) => {
      seen.push(url)
      if (url === '/') answer = () => response.end('done')
    },
    { drainMs: 600_000 },
  )
  const gone = connect(port, '127.0.0.1')
  gone.write('GET /first HTTP/1.1\r\nHost: here\r\n\r\nGET /second HTTP/1.1\r\nHost: here\r\n\r\n')
  await vi.waitFor(() => expect(seen).toEqual(['/first', '/second']))
  gone.destroy()

  const agent = new Agent({ keepAlive: true })
  const response = ask(port, agent)
  await vi.waitFor(() => expect(seen).toContain('/'))
  stop()
  answer()
  expect((await response).statusCode).toBe(200)
  await ended
  agent.destroy()
})
