import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, it, vi } from 'vitest'
import { limitConnections, usualConnections } from './connection-limit.ts'

it.each([
  [1_024, 412],
  [20_000, 9_900],
  [1_048_576, 10_000],
  [Number.POSITIVE_INFINITY, 10_000],
  [64, 1],
])('leaves files to blobs and to itself: of %d, %d connections', (openFiles, connections) => {
  expect(usualConnections(openFiles)).toBe(connections)
})

it('knows how many files the process may open', () => {
  expect(usualConnections()).toBeGreaterThan(1)
})

it('closes connections beyond the limit, tells once, and takes others again', async () => {
  const server = createServer((_, response) => response.end('served'))
  const onFull = vi.fn()
  limitConnections(server, 1, onFull)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const open = () => connect((server.address() as AddressInfo).port, '127.0.0.1').on('error', () => {})
  const ask = (socket = open()) => {
    socket.write('GET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n')
    return text(socket).catch(() => '')
  }
  try {
    const accepted = once(server, 'connection')
    const first = open()
    await accepted
    expect([await ask(), await ask()]).toEqual(['', ''])
    expect(onFull).toHaveBeenCalledOnce()
    expect(await ask(first)).toMatch(/^HTTP\/1\.1 200 .*served$/s)
    await vi.waitFor(async () => expect(await ask()).toMatch(/served$/))
  } finally {
    server.close().closeAllConnections()
  }
})
