import { expect, it } from 'vitest'
import { milliseconds } from './connect.ts'

it('waits no longer than a timer can, instead of not at all', () => {
  expect(milliseconds(60)).toBe(60_000)
  expect(milliseconds(99_999_999)).toBe(2 ** 31 - 1)
})
