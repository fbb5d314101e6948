import { afterEach, beforeEach, expect, it } from 'vitest'
import { openTemporaryRegistry, type TemporaryRegistry } from '../testing/temporary-registry.ts'
import { ClockWatch } from './clock-watch.ts'

const HOUR_MS = 60 * 60 * 1000
const DAY_MS = 24 * HOUR_MS

let registry: TemporaryRegistry
let elapsed = 0
beforeEach(async () => {
  registry = await openTemporaryRegistry()
  elapsed = 0
})
afterEach(() => registry[Symbol.asyncDispose]())
const start = () => new ClockWatch(registry.context, () => elapsed)
const move = (ms: number) => {
  registry.context.clock.time += ms
}

it('believes a clock that goes on, whether the server runs or not', async () => {
  const watch = start()
  for (let hour = 0; hour < 100; hour++) {
    expect(await watch.doubt()).toBeUndefined()
    move(HOUR_MS)
  }
  move(DAY_MS / 2)
  expect(await start().doubt()).toBeUndefined()
})

it.each([true, false])('doubts one that is far ahead for an hour, in a server that runs: %s', async runs => {
  const watch = start()
  expect(await watch.doubt()).toBeUndefined()
  move(400 * DAY_MS)
  const later = runs ? watch : start()
  expect(await later.doubt()).toEqual({ kind: 'ahead', byMs: 400 * DAY_MS })
  elapsed += HOUR_MS - 1
  expect(await later.doubt()).toMatchObject({ kind: 'ahead' })
  // The clock was wrong and is right again: nothing of the error is left.
  move(-400 * DAY_MS)
  expect(await later.doubt()).toBeUndefined()
  expect(await start().doubt()).toBeUndefined()
})

it('believes one that stays ahead for an hour: all servers may have been off', async () => {
  expect(await start().doubt()).toBeUndefined()
  move(400 * DAY_MS)
  const watch = start()
  expect(await watch.doubt()).toMatchObject({ kind: 'ahead' })
  elapsed += HOUR_MS
  expect(await watch.doubt()).toBeUndefined()
  expect(await start().doubt()).toBeUndefined()
})

it('doubts one that was set back for a day', async () => {
  const watch = start()
  expect(await watch.doubt()).toBeUndefined()
  move(-10 * DAY_MS)
  expect(await watch.doubt()).toEqual({ kind: 'behind', byMs: 10 * DAY_MS })
  elapsed += DAY_MS
  expect(await watch.doubt()).toBeUndefined()
  move(10 * DAY_MS)
  expect(await watch.doubt()).toMatchObject({ kind: 'ahead' })
})
