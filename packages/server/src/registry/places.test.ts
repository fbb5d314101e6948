import { setTimeout as delay } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { Places } from './places.ts'

it('lets as many at work at once as there are places, in their order, and goes on after a failure', async () => {
  const places = new Places(2)
  let atWork = 0
  let most = 0
  const begun: number[] = []
  const work = (number: number) => async () => {
    begun.push(number)
    atWork += 1
    most = Math.max(most, atWork)
    await delay(1)
    atWork -= 1
    if (number === 1) throw new Error('failed')
    return number
  }
  const results = await Promise.allSettled(Array.from({ length: 7 }, (_, number) => places.use(work(number))))
  expect(begun).toEqual([0, 1, 2, 3, 4, 5, 6])
  expect(most).toBe(2)
  expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(1)
})
