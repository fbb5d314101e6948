import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { holdLongPieces, ownTurn } from './own-turn.ts'

let now = performance.now()
beforeEach(() => {
  vi.spyOn(performance, 'now').mockImplementation(() => now)
})
afterEach(() => vi.restoreAllMocks())

/** Takes so long. Time stands still otherwise, whatever else the machine does. */
function work(ms: number): void {
  now += ms
}

it('lets one of many on in a turn, in the order of asking', async () => {
  const done: number[] = []
  const asked = Array.from({ length: 5 }, async (_, name) => {
    await ownTurn()
    done.push(name)
  })
  const seen: number[] = []
  while (done.length < asked.length) {
    await nextTurn()
    seen.push(done.length)
  }
  expect(done).toEqual([0, 1, 2, 3, 4])
  expect(Math.max(...seen.map((count, turn) => count - (seen[turn - 1] ?? 0)))).toBe(1)
  await Promise.all(asked)
})

it('lets go on what is short for longer than a long piece took, where there is always something short to do', async () => {
  const [pieces, pieceMs, shortMs] = [5, 10, 1]
  let left = pieces
  const long = Array.from({ length: pieces }, async () => {
    await ownTurn()
    work(pieceMs)
    left -= 1
  })
  // As connections come: one in a turn, and each of them only takes a moment.
  const between = new Map<number, number>()
  while (left > 0) {
    await nextTurn()
    work(shortMs)
    between.set(left, (between.get(left) ?? 0) + 1)
  }
  await Promise.all(long)
  for (const each of [1, 2, 3, 4]) {
    expect(between.get(each)).toBeGreaterThanOrEqual(28)
    expect(between.get(each)).toBeLessThanOrEqual(32)
  }
})

it('does long pieces one after the other where there is nothing else to do', async () => {
  let left = 5
  let turns = 0
  const long = Array.from({ length: left }, async () => {
    await ownTurn()
    work(5)
    left -= 1
  })
  const count = async () => {
    while (left > 0) {
      await nextTurn()
      turns += 1
    }
  }
  await Promise.all([...long, count()])
  expect(turns).toBeLessThanOrEqual(15)
})

it('lets no long piece begin while any holder is there, and all go on after the last', async () => {
  const [one, other] = [holdLongPieces(), holdLongPieces()]
  let done = 0
  const long = Array.from({ length: 3 }, async () => {
    await ownTurn()
    done += 1
  })
  const turns = async () => {
    for (let turn = 0; turn < 20; turn += 1) await nextTurn()
  }
  await turns()
  one()
  one()
  await turns()
  expect(done).toBe(0)
  other()
  await Promise.all(long)
  expect(done).toBe(3)
})
