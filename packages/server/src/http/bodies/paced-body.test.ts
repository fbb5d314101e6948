import { once } from 'node:events'
import { createServer, request as open, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { isProblem } from '../../domain/problem.ts'
import { pacedBody } from './paced-body.ts'

const MIB = 1024 * 1024
const WINDOW_MS = 1_000

let server: Server
// Windows pass where a test says so: what a busy machine takes makes no body slow.
beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] }))
afterEach(() => {
  vi.useRealTimers()
  server.closeAllConnections()
  server.close()
})

/** Sends pieces, with `between` after each that has arrived, and tells how many bytes came and how that ended. */
async function receive(
  pieces: readonly number[],
  { length, signal, between = () => {} }: { length?: number; signal?: AbortSignal; between?: () => void } = {},
): Promise<{ received: number; ended: string }> {
  let received = 0
  let ended: string | undefined
  server = createServer(async (request, response) => {
    try {
      for await (const chunk of pacedBody(request, { windowMs: WINDOW_MS, signal })) received += chunk.length
      ended = 'complete'
    } catch (error) {
      ended = isProblem(error, 'bodyTooSlow') ? 'too slow' : String(error)
    }
    response.end()
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const headers = length === undefined ? { 'transfer-encoding': 'chunked' } : { 'content-length': length }
  const sent = open({ port, method: 'POST', headers }).on('error', () => {})
  let sentBytes = 0
  for (const sizeBytes of pieces) {
    sent.write(Buffer.alloc(sizeBytes))
    sentBytes += sizeBytes
    while (received < sentBytes && ended === undefined) await nextTurn()
    between()
  }
  if (length === undefined || sentBytes === length) sent.end()
  while (ended === undefined) await nextTurn()
  return { ended, received }
}

const aWindow = { between: () => void vi.advanceTimersByTime(WINDOW_MS) }

describe('a body', () => {
  it('comes whole where it comes at once', async () => {
    expect(await receive([3 * MIB], { length: 3 * MIB })).toEqual({ ended: 'complete', received: 3 * MIB })
    expect(await receive([3 * MIB])).toEqual({ ended: 'complete', received: 3 * MIB })
  })

  it.each([100, undefined])('of %s bytes that trickles ends', async length => {
    const options = length === undefined ? aWindow : { length, ...aWindow }
    expect(await receive([1, 1, 1], options)).toEqual({ ended: 'too slow', received: 1 })
  })

  it('larger than 4 MiB may take longer, as long as it keeps the pace', async () => {
    const large = { length: 5 * MIB, ...aWindow }
    expect(await receive(Array(10).fill(MIB / 2), large)).toEqual({ ended: 'complete', received: 5 * MIB })
    expect(await receive([4.5 * MIB, 1, 1, 1], large)).toEqual({ ended: 'too slow', received: 4.5 * MIB + 1 })
  })

  it('ends for another reason, too', async () => {
    const ending = new AbortController()
    const between = () => ending.abort(new Error('make room'))
    const options = { length: 100, signal: ending.signal, between }
    expect(await receive([10], options)).toEqual({ ended: 'Error: make room', received: 10 })
  })
})
