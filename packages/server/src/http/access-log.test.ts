import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { logRequests } from './access-log.ts'
import { createClientOf } from './client.ts'
import { markExchange } from './exchange-mark.ts'

const lines: object[] = []
const held: ServerResponse[] = []
const server = createServer((request, response) => {
  if (request.url === '/held') held.push(response)
  else {
    markExchange(response, { protocol: 'oci', operation: 'tags', requestId: 'r-1' })
    response.writeHead(404).end()
  }
})
logRequests(server, { info: details => lines.push(details) }, createClientOf())
beforeAll(() => once(server.listen(0, '127.0.0.1'), 'listening'))
afterAll(() => void server.close().closeAllConnections())
beforeEach(() => void lines.splice(0))
const port = () => (server.address() as AddressInfo).port

it('tells what was asked, by whom, and how it ended, with the id of the request', async () => {
  await fetch(`http://127.0.0.1:${port()}/v2/a/b/tags/list?n=2`, { headers: { 'user-agent': 'curl' } })
  await vi.waitFor(() =>
    expect(lines).toEqual([
      {
        requestId: 'r-1',
        protocol: 'oci',
        operation: 'tags',
        method: 'GET',
        url: '/v2/a/b/tags/list?n=2',
        status: 404,
        durationMs: expect.any(Number),
        address: '127.0.0.1',
        userAgent: 'curl',
      },
    ]),
  )
})

it('tells of a client that did not wait', async () => {
  const socket = connect(port(), '127.0.0.1')
  socket.write('GET /held HTTP/1.1\r\nHost: here\r\n\r\n')
  await vi.waitFor(() => expect(held).toHaveLength(1))
  socket.destroy()
  await vi.waitFor(() => expect(lines).toMatchObject([{ aborted: true, address: '127.0.0.1', url: '/held' }]))
  expect(lines[0]).toHaveProperty('status', undefined)
})
