import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { noteArrival, shortTurn } from './short-turn.ts'

let now = performance.now()
beforeEach(() => {
  vi.spyOn(performance, 'now').mockImplementation(() => now)
})
afterEach(() => vi.restoreAllMocks())

/** Takes so long. Time stands still otherwise, whatever else the machine does. */
function work(ms: number): void {
  now += ms
}

let done: string[] = []
beforeEach(() => {
  done = []
})

/** Takes a millisecond for a client when it is its turn. */
async function ask(address: string, name = address): Promise<void> {
  const turn = shortTurn(() => address)
  if (turn !== undefined) await turn
  work(1)
  done.push(name)
}

it('lets pieces go on at once until a turn has taken its time', async () => {
  const asked = Array.from({ length: 100 }, () => ask('192.0.2.1'))
  expect(done.length).toBeGreaterThan(0)
  expect(done.length).toBeLessThan(10)
  let most = 0
  for (let before = done.length; done.length < 100; before = done.length) {
    await nextTurn()
    most = Math.max(most, done.length - before)
  }
  expect(most).toBeGreaterThan(1)
  expect(most).toBeLessThan(10)
  await Promise.all(asked)
})

it('goes by turns among addresses, of IPv6 among networks', async () => {
  const asked = [
    ...Array.from({ length: 40 }, (_, at) => ask(`2001:db8::${at}`, 'many')),
    ask('192.0.2.1', 'first'),
    ask('192.0.2.1', 'second'),
  ]
  await Promise.all(asked)
  // Behind ten of the others at most, which a turn had room for, and not behind all of them.
  expect(done.indexOf('first')).toBeLessThan(12)
  expect(done.indexOf('second')).toBeLessThan(14)
  expect(done.indexOf('first')).toBeLessThan(done.indexOf('second'))
})

it('does little in a turn in which a connection came', async () => {
  const asked = Array.from({ length: 40 }, () => ask('192.0.2.1'))
  let most = 0
  for (let before = done.length; done.length < 40; before = done.length) {
    noteArrival()
    await nextTurn()
    most = Math.max(most, done.length - before)
  }
  expect(most).toBe(1)
  await Promise.all(asked)
})
