import { afterEach, beforeEach, expect, it, vi } from 'vitest'

const timers = vi.hoisted(() => ({ slept: [] as number[] }))
vi.mock('node:timers/promises', async original => ({
  ...(await original<typeof import('node:timers/promises')>()),
  setTimeout: async (ms: number) => void timers.slept.push(Math.round(ms)),
}))
const { Pace } = await import('./pace.ts')

let now = 0
beforeEach(() => {
  vi.spyOn(performance, 'now').mockImplementation(() => now)
})
afterEach(() => {
  vi.restoreAllMocks()
  timers.slept.splice(0)
})
const taking = (ms: number) => async () => {
  now += ms
}

it('shrinks to what a transaction may take, and grows again up to its greatest', async () => {
  const pace = new Pace({ isShared: false }, { most: 100 })
  expect(pace.size).toBe(100)
  const sizes: number[] = []
  for (const ms of [2_500, 250, 1_000_000, ...Array<number>(10).fill(1)]) {
    await pace.work(taking(ms))
    sizes.push(pace.size)
  }
  expect(sizes.slice(0, 4)).toEqual([10, 20, 1, 2])
  expect(sizes.at(-1)).toBe(100)
  expect(await pace.work(async size => size)).toBe(100)
})

it.each([
  ['rows are in SQLite', { isShared: false }, {}, 400],
  ['rows are elsewhere', { isShared: true }, {}, 100],
  ['somebody waits', { isShared: false }, { isAwaited: true }, 100],
])('rests in terms of the piece before, where %s', async (_, store, options, restMs) => {
  const pace = new Pace(store, options)
  await pace.work(taking(100))
  await pace.rest()
  expect(timers.slept).toEqual([restMs])
})

it('rests after a piece that failed as after any other', async () => {
  const pace = new Pace({ isShared: true })
  const failing = async () => {
    await taking(70)()
    throw new Error('no disk')
  }
  await expect(pace.work(failing)).rejects.toThrow('no disk')
  await pace.rest()
  expect(timers.slept).toEqual([70])
})
