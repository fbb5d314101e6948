import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findInLinearTime } from './find-in-linear-time.ts'

const text = (maxLength: number) =>
  fc.array(fc.constantFrom('a', 'b'), { minLength: 1, maxLength }).map(letters => letters.join(''))

describe('findInLinearTime', () => {
  it('agrees with indexOf', () => {
    fc.assert(
      fc.property(text(6), text(40), fc.nat(40), (part, subject, from) => {
        expect(findInLinearTime(part, subject, from)).toBe(subject.indexOf(part, Math.min(from, subject.length)))
      }),
      { numRuns: 3000 },
    )
  })
})
