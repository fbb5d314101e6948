import fc from 'fast-check'
import { expect, it } from 'vitest'
import { inNaturalOrder } from './natural-order.ts'

it('goes by numbers within names', () => {
  const versions = ['v1.8', 'v1.9', 'v1.10', 'v1.10.1', 'v2', 'v10']
  expect(versions.toReversed().sort(inNaturalOrder)).toEqual(versions)
  expect(['build-100', 'build-20', 'build-3'].sort(inNaturalOrder)).toEqual(['build-3', 'build-20', 'build-100'])
})

it('tells any two names apart, whichever comes first', () => {
  const tag = fc.string({ unit: fc.constantFrom('0', '1', '9', '.', '-', '_', 'a', 'A'), minLength: 1, maxLength: 12 })
  fc.assert(
    fc.property(tag, tag, (a, b) => {
      expect(Math.sign(inNaturalOrder(a, b))).toBe(-Math.sign(inNaturalOrder(b, a)) || 0)
      expect(inNaturalOrder(a, b) === 0).toBe(a === b)
    }),
  )
})
