import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { ownTurn } from './own-turn.ts'

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
