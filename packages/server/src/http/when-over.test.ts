import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { MemoryBudget } from './memory-budget.ts'
import { holdUntilOver, whenOver } from './when-over.ts'

const MIB = 1024 * 1024

const responses: ServerResponse[] = []
const server = createServer((_, response) => void responses.push(response))
beforeAll(() => once(server.listen(0, '127.0.0.1'), 'listening'))
afterAll(() => server.close())

const send = (...paths: string[]) => {
  responses.length = 0
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  socket.write(paths.map(path => `GET ${path} HTTP/1.1\r\nHost: here\r\n\r\n`).join(''))
  return socket
}

it('tells once that an answer was sent', async () => {
  const over = vi.fn()
  const socket = send('/')
  await vi.waitFor(() => expect(responses).toHaveLength(1))
  whenOver(responses[0] as ServerResponse, over)
  expect(over).not.toHaveBeenCalled()
  responses[0]?.end('done')
  await vi.waitFor(() => expect(over).toHaveBeenCalledTimes(1))
  const closed = once(socket.resume(), 'close')
  socket.destroy()
  await closed
  expect(over).toHaveBeenCalledTimes(1)
})

it('tells that a connection went away, of every answer that was still to go out on it, and of those asked for later', async () => {
  const [first, second, late] = [vi.fn(), vi.fn(), vi.fn()]
  const socket = send('/first', '/second')
  await vi.waitFor(() => expect(responses).toHaveLength(2))
  const [one, two] = responses as [ServerResponse, ServerResponse]
  whenOver(one, first)
  whenOver(two, second)
  two.end('its turn never comes')
  socket.destroy()
  await vi.waitFor(() => expect([first, second].map(each => each.mock.calls.length)).toEqual([1, 1]))
  whenOver(two, late)
  expect(late).toHaveBeenCalledTimes(1)
})

it('holds nothing for a client who went away, whenever the work comes to ask for memory', async () => {
  const memory = new MemoryBudget({ limitBytes: 8 * MIB })
  const hold = () => responses.map(response => holdUntilOver(memory, { address: 'a' }, response))
  // The second answer waits behind the first, and is not closed with the connection.
  const socket = send('/first', '/second')
  await vi.waitFor(() => expect(responses).toHaveLength(2))
  const early = hold()
  socket.destroy()
  await vi.waitFor(() => expect(responses[1]?.req.socket.destroyed).toBe(true))
  for (const share of [...early, ...hold()]) await expect(share.wait(MIB)).rejects.toThrow()
  expect(memory.figures()).toMatchObject({ heldBytes: 0, waiting: 0 })
})
