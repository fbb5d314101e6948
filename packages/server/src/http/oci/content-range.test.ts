import fc from 'fast-check'
import { expect, it } from 'vitest'
import { isProblem } from '../../domain/problem.ts'
import { parseContentRange, receivedRange } from './content-range.ts'

it('reads the specification’s form and HTTP’s', () => {
  fc.assert(
    fc.property(fc.nat(), fc.nat(), fc.constantFrom(...FORMS), (first, more, format) => {
      expect(parseContentRange(format(first, first + more))).toEqual({ first, last: first + more })
    }),
  )
})

const FORMS: ((first: number, last: number) => string)[] = [
  (first, last) => `${first}-${last}`,
  (first, last) => ` ${first}-${last}/*`,
  (first, last) => `bytes ${first}-${last}/*`,
  (first, last) => `bytes=${first}-${last}`,
  (first, last) => `bytes ${first}-${last}/${last + 1}`,
]

it('has nothing to read without a header', () => expect(parseContentRange(undefined)).toBeUndefined())

it.each(['', '-', '5-', '-5', '5-4', 'bytes */10', '0-1-2', 'a-b', '0x1-2', '1.5-2'])('refuses %j', text => {
  expect.assertions(1)
  try {
    parseContentRange(text)
  } catch (error) {
    expect(isProblem(error, 'requestMalformed')).toBe(true)
  }
})

it.each([
  [0, '0-0'],
  [1, '0-0'],
  [22, '0-21'],
])('says %i bytes as %s', (sizeBytes, text) => expect(receivedRange(sizeBytes)).toBe(text))
