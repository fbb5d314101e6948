import { createServer, type Server } from 'node:http'
import { afterEach, expect, it, vi } from 'vitest'
import { openPort, PortError } from './open-port.ts'

const servers: Server[] = []
const onError = vi.fn()
const start = (host = '127.0.0.1', port = 0) => {
  const server = createServer((_, response) => response.end('here'))
  servers.push(server)
  return openPort(server, { host, port, flag: '--port', onError })
}
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections()
  onError.mockReset()
})

it('tells where it listens', async () => {
  expect(await (await fetch(await start())).text()).toBe('here')
  expect(await start('localhost')).toMatch(/^http:\/\/localhost:\d+$/)
})

it.each(['::1', '[::1]'])('writes an address of IPv6 in brackets: %s', async host => {
  const has = await start(host).catch((error: NodeJS.ErrnoException) => error.code)
  // Not every machine has one.
  expect(has).toMatch(/^http:\/\/\[::1\]:\d+$|^EADDRNOTAVAIL$/)
})

it('says that a port is taken, and how to take another', async () => {
  const port = Number(new URL(await start()).port)
  const failure = await start('127.0.0.1', port).catch(error => error)
  expect(failure).toBeInstanceOf(PortError)
  expect(failure.message).toContain(`Port ${port} of 127.0.0.1 is in use`)
})

it('goes on after connections that could not be accepted, and tells of each', async () => {
  const url = await start()
  for (const text of ['first', 'second']) servers[0]?.emit('error', new Error(text))
  expect(onError.mock.calls.map(([error]) => error.message)).toEqual(['first', 'second'])
  expect((await fetch(url)).status).toBe(200)
})
