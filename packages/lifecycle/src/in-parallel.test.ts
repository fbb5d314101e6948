import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { inParallel } from './in-parallel.ts'

it.each([
  [0, 3],
  [2, 3],
  [20, 3],
])('does each of %d things once, in order, %d at a time', async (count, atOnce) => {
  const items = Array.from({ length: count }, (_, index) => `item ${index}`)
  const begun: [string, number][] = []
  let [atWork, most] = [0, 0]
  await inParallel(items, atOnce, async (item, index) => {
    begun.push([item, index])
    atWork += 1
    most = Math.max(most, atWork)
    await nextTurn()
    atWork -= 1
  })
  expect(begun).toEqual(items.map((item, index) => [item, index]))
  expect([atWork, most]).toEqual([0, Math.min(count, atOnce)])
})

it('begins nothing after an error, and leaves nothing at work', async () => {
  const [begun, ended]: number[][] = [[], []]
  const done = inParallel([...Array(10).keys()], 3, async item => {
    begun?.push(item)
    await nextTurn()
    if (item === 1) throw new Error('one failed')
    await nextTurn()
    ended?.push(item)
  })
  await expect(done).rejects.toThrow('one failed')
  expect([begun, ended]).toEqual([
    [0, 1, 2],
    [0, 2],
  ])
})
