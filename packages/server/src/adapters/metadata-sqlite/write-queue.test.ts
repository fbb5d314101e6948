import { expect, it } from 'vitest'
import { isProblem } from '../../domain/problem.ts'
import { WriteQueue } from './write-queue.ts'

it('lets writers in one at a time, in the order of arrival', async () => {
  const queue = new WriteQueue(60_000)
  const entered: number[] = []
  const writers = [1, 2, 3].map(n => queue.enter().then(() => entered.push(n)))
  await writers[0]
  expect(entered).toEqual([1])
  queue.leave()
  await writers[1]
  expect(entered).toEqual([1, 2])
  queue.leave()
  await writers[2]
  queue.leave()
  await queue.enter()
})

it('turns away who waits too long, and lets the next one in', async () => {
  const queue = new WriteQueue(5)
  await queue.enter()
  await expect(queue.enter()).rejects.toSatisfy(error => isProblem(error, 'unavailable'))
  queue.leave()
  await queue.enter()
})
