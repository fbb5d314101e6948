import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { afterEach, expect, it } from 'vitest'
import { createGatherer } from './gather-writes.ts'

let server: Server | undefined
afterEach(() => server?.close())

/** Counts what reaches the system, and when, of a socket that only says that it took it. */
function fakeSocket() {
  const calls: string[] = []
  const socket = { cork: () => calls.push('cork'), uncork: () => calls.push('uncork') } as unknown as Socket
  return { socket, calls }
}

it('holds each socket until the turn is over, once for each time it was asked', async () => {
  const gather = createGatherer()
  const [one, two] = [fakeSocket(), fakeSocket()]
  gather(one.socket)
  gather(two.socket)
  gather(one.socket)
  await Promise.resolve()
  expect([one.calls, two.calls]).toEqual([['cork', 'cork'], ['cork']])
  await turn()
  expect([one.calls, two.calls]).toEqual([
    ['cork', 'cork', 'uncork', 'uncork'],
    ['cork', 'uncork'],
  ])
  gather(two.socket)
  await turn()
  expect(two.calls).toEqual(['cork', 'uncork', 'cork', 'uncork'])
})

it('lets every answer through, the slow and the streamed ones too', async () => {
  const gather = createGatherer()
  const made = createServer(async (incoming, response) => {
    gather(incoming.socket)
    response.write('first ')
    await turn()
    response.write('second ')
    await new Promise(resolve => setTimeout(resolve, 5))
    response.end('third')
  })
  server = made
  await new Promise<void>(resolve => made.listen(0, '127.0.0.1', resolve))
  const { port } = made.address() as AddressInfo
  const texts = Array.from({ length: 8 }, async () => {
    const [response] = (await once(request({ port, agent: false }).end(), 'response')) as [IncomingMessage]
    let text = ''
    for await (const chunk of response) text += chunk
    return text
  })
  expect(new Set(await Promise.all(texts))).toEqual(new Set(['first second third']))
})
