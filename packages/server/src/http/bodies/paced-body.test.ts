import { once } from 'node:events'
import { createServer, request as open, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { isProblem } from '../../domain/problem.ts'
import { type Pace, pacedBody } from './paced-body.ts'

const MIB = 1024 * 1024
const WINDOW_MS = 300

let server: Server
afterEach(() => {
  server.closeAllConnections()
  server.close()
})

/** Sends pieces, each so long after the one before, and tells how many bytes came and how that ended. */
async function receive(
  pieces: readonly (readonly [afterMs: number, sizeBytes: number])[],
  { length, pace = { windowMs: WINDOW_MS } }: { length?: number; pace?: Pace } = {},
): Promise<{ received: number; ended: string }> {
  let received = 0
  const over = new Promise<string>(resolve => {
    server = createServer(async (request, response) => {
      try {
        for await (const chunk of pacedBody(request, pace)) received += chunk.length
        resolve('complete')
      } catch (error) {
        resolve(isProblem(error, 'bodyTooSlow') ? 'too slow' : String(error))
      }
      response.end()
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const headers = length === undefined ? { 'transfer-encoding': 'chunked' } : { 'content-length': length }
  const sent = open({ port, method: 'POST', headers }).on('error', () => {})
  let isOver = false
  void over.then(() => {
    isOver = true
  })
  for (const [afterMs, sizeBytes] of pieces) {
    await delay(afterMs)
    if (isOver) break
    sent.write(Buffer.alloc(sizeBytes))
  }
  if (!isOver && (length === undefined || pieces.reduce((sum, [, size]) => sum + size, 0) === length)) sent.end()
  return { ended: await over, received }
}

const trickle = (count: number) => Array.from({ length: count }, () => [50, 1] as const)

describe('a body', () => {
  it('comes whole where it comes at once', async () => {
    expect(await receive([[0, 3 * MIB]], { length: 3 * MIB })).toEqual({ ended: 'complete', received: 3 * MIB })
    expect(await receive([[0, 3 * MIB]])).toEqual({ ended: 'complete', received: 3 * MIB })
  })

  it.each([100, undefined])('of %s bytes that trickles ends', async length => {
    expect(await receive(trickle(40), length === undefined ? {} : { length })).toMatchObject({ ended: 'too slow' })
  })

  it('larger than 4 MiB may take longer, as long as it keeps the pace', async () => {
    const steady = Array.from({ length: 10 }, () => [100, MIB / 2] as const)
    expect(await receive(steady, { length: 5 * MIB })).toEqual({ ended: 'complete', received: 5 * MIB })
    const stalls = [[0, 4.5 * MIB] as const, ...trickle(40)]
    expect(await receive(stalls, { length: 5 * MIB })).toMatchObject({ ended: 'too slow' })
  })

  it('ends for another reason, too', async () => {
    const ending = new AbortController()
    setTimeout(() => ending.abort(new Error('make room')), 1_000)
    const pace = { windowMs: 60_000, signal: ending.signal }
    expect(await receive([[0, 10]], { length: 100, pace })).toEqual({ ended: 'Error: make room', received: 10 })
  })
})
