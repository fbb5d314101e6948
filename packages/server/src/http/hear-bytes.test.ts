import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { afterEach, expect, it, vi } from 'vitest'
import { hearBytes } from './hear-bytes.ts'

const server = createServer({ allowHalfOpen: true })
const ends: Socket[] = []

afterEach(() => {
  for (const end of ends.splice(0)) end.destroy()
  return new Promise<void>(resolve => void server.close(() => resolve()))
})

async function start(): Promise<{ client: Socket; socket: Socket; heard: () => string; reads: string[] }> {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const accepted = once(server, 'connection') as Promise<[Socket]>
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
  const [socket] = await accepted
  const reads: string[] = []
  hearBytes(socket, bytes => reads.push(String(bytes)))
  ends.push(client, socket)
  return { client, socket, reads, heard: () => reads.join('') }
}

it('hears of all that is read, and of its end', async () => {
  const { client, socket, heard } = await start()
  const ended = once(socket, 'end')
  client.write('one')
  await vi.waitFor(() => expect(heard()).toBe('one'))
  client.end('two')
  await ended
  expect(heard()).toBe('onetwo')
})

it('hears nothing while the connection is paused, and stops reading it', async () => {
  const { client, socket, heard } = await start()
  client.write('one')
  await vi.waitFor(() => expect(heard()).toBe('one'))
  for (let round = 0; round < 3; round += 1) {
    const before = heard()
    socket.pause()
    const sent = 'x'.repeat(16 * 1024 * 1024)
    const isTaken = new Promise<void>(resolve => void client.write(sent, () => resolve()))
    await vi.waitFor(() => expect(socket.bytesRead).toBeGreaterThan(before.length))
    await vi.waitFor(() => expect(client.writableLength).toBeGreaterThan(0))
    expect(heard()).toBe(before)
    expect(socket.bytesRead - before.length).toBeLessThanOrEqual(128 * 1024)
    socket.resume()
    await isTaken
    await vi.waitFor(() => expect(heard().length).toBe(before.length + sent.length), 5_000)
  }
})

it('may pause when it hears something, and goes on after that', async () => {
  const { client, socket } = await start()
  let heard = 0
  socket.removeAllListeners('data')
  hearBytes(socket, bytes => {
    heard += bytes.length
    socket.pause()
    setImmediate(() => socket.resume())
  })
  const ended = once(socket, 'end')
  client.end('x'.repeat(4 * 1024 * 1024))
  await ended
  expect(heard).toBe(4 * 1024 * 1024)
})

it('outlives the connection', async () => {
  const { client, socket, heard } = await start()
  client.write('one')
  await vi.waitFor(() => expect(heard()).toBe('one'))
  socket.pause().resume()
  socket.destroy()
  socket.resume()
  await once(socket, 'close')
  expect(socket.listenerCount('connect')).toBe(0)
})
