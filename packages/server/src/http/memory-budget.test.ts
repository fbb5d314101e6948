import { expect, it } from 'vitest'
import { isProblem } from '../domain/problem.ts'
import { MemoryBudget, UNCOUNTED_BYTES } from './memory-budget.ts'

const MIB = 1024 * 1024
const refusal = (work: () => void): unknown => {
  try {
    work()
    return undefined
  } catch (error) {
    return isProblem(error, 'unavailable') ? error.problem.retryAfterSeconds : error
  }
}

it('shares its bytes among those who hold some, and never more', () => {
  const budget = new MemoryBudget(3 * MIB)
  const [first, second] = [budget.share(), budget.share()]
  first.hold(1 * MIB)
  first.hold(2 * MIB)
  second.hold(1 * MIB)
  expect(refusal(() => second.hold(1 * MIB + 1))).toBe(1)
  first.release()
  expect(refusal(() => second.hold(3 * MIB))).toBeUndefined()
})

it('keeps what a refused request held until that gives it back, and takes nothing twice', () => {
  const budget = new MemoryBudget(2 * MIB)
  const [first, second] = [budget.share(), budget.share()]
  first.hold(2 * MIB)
  expect(refusal(() => first.hold(3 * MIB))).toBe(1)
  expect(refusal(() => second.hold(1 * MIB))).toBe(1)
  first.release()
  first.release()
  second.hold(2 * MIB)
  expect(refusal(() => first.hold(1 * MIB))).toBe(1)
})

it('serves small requests when nothing is left', () => {
  const budget = new MemoryBudget(1 * MIB)
  budget.share().hold(1 * MIB)
  expect(refusal(() => budget.share().hold(UNCOUNTED_BYTES))).toBeUndefined()
  expect(refusal(() => budget.share().hold(UNCOUNTED_BYTES + 1))).toBe(1)
})
