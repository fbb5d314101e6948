import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { markExchange } from '../exchange-mark.ts'
import type { MetricSource } from './exposition.ts'
import { observeRequests } from './request-metrics.ts'

let server: Server
let source: MetricSource
const held: ServerResponse[] = []
beforeEach(async () => {
  held.length = 0
  server = createServer((request, response) => {
    if (request.url === '/held') held.push(response)
    else {
      if (request.url === '/v2/') markExchange(response, { protocol: 'oci', operation: 'base', requestId: undefined })
      response.writeHead(request.url === '/v2/' ? 200 : 404).end('x'.repeat(1000))
    }
  })
  source = observeRequests(server)
  await once(server.listen(0, '127.0.0.1'), 'listening')
})
afterEach(async () => {
  server.closeAllConnections()
  await new Promise(closed => server.close(closed))
})
const port = () => (server.address() as AddressInfo).port
const ask = async (path: string, method = 'GET') =>
  (await fetch(`http://127.0.0.1:${port()}${path}`, { method })).text()
const samples = async (name: string) => (await source()).find(metric => metric.name === name)?.samples ?? []

it('counts requests by what they were and how they ended', async () => {
  await ask('/v2/')
  await ask('/v2/')
  await ask('/v2/', 'DELETE')
  await ask('/elsewhere')
  const oci = { protocol: 'oci', operation: 'base' }
  await vi.waitFor(async () =>
    expect(await samples('berth_http_requests_total')).toEqual([
      { labels: { ...oci, method: 'GET', status: '200' }, value: 2 },
      { labels: { ...oci, method: 'DELETE', status: '200' }, value: 1 },
      { labels: { protocol: 'other', operation: 'page', method: 'GET', status: '404' }, value: 1 },
    ]),
  )
})

it('tells how many requests took no longer than each of its times', async () => {
  for (let time = 0; time < 3; time += 1) await ask('/v2/')
  await vi.waitFor(async () => {
    const all = await samples('berth_http_request_duration_seconds')
    const buckets = all.filter(({ suffix }) => suffix === '_bucket')
    const counts = buckets.map(({ value }) => value)
    expect(counts).toEqual(counts.toSorted((a, b) => a - b))
    expect(buckets.at(-1)).toMatchObject({ labels: { le: '+Inf' }, value: 3 })
    expect(all.find(({ suffix }) => suffix === '_count')?.value).toBe(3)
    expect(all.find(({ suffix }) => suffix === '_sum')?.value).toBeGreaterThan(0)
  })
})

it('knows a client that did not wait from one that has its answer', async () => {
  const socket = connect(port(), '127.0.0.1')
  socket.write('GET /held HTTP/1.1\r\nHost: here\r\n\r\n')
  await vi.waitFor(() => expect(held).toHaveLength(1))
  socket.destroy()
  await vi.waitFor(async () =>
    expect(await samples('berth_http_requests_total')).toMatchObject([{ labels: { status: 'aborted' }, value: 1 }]),
  )
})

it('counts the bytes of connections that are open and of those that were', async () => {
  const bytes = async () => {
    const found = await samples('berth_http_bytes_total')
    return Object.fromEntries(found.map(({ labels, value }) => [labels?.['direction'], value]))
  }
  const request = 'GET /v2/ HTTP/1.1\r\nHost: here\r\n\r\n'
  const socket = connect(port(), '127.0.0.1').resume()
  socket.write(request)
  await vi.waitFor(async () => expect((await bytes())['sent']).toBeGreaterThan(1000))
  expect((await bytes())['received']).toBe(request.length)
  expect(await samples('berth_http_connections')).toEqual([{ value: 1 }])
  const { sent } = await bytes()
  socket.destroy()
  await vi.waitFor(async () => expect(await samples('berth_http_connections')).toEqual([{ value: 0 }]))
  expect(await bytes()).toEqual({ received: request.length, sent })
})
