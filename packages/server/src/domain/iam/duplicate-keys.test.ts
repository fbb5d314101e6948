import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findDuplicateKey } from './duplicate-keys.ts'

describe('findDuplicateKey', () => {
  it.each([
    ['{"a":1,"a":2}', 'a'],
    ['{"x":[{"b":{},"c":{"b":1},"b":[]}]}', 'b'],
    [String.raw`{"\u0061":1,"a":2}`, 'a'],
    [String.raw`{"q\"":1,"q\"":2}`, 'q"'],
    ['{"__proto__":1,"__proto__":2}', '__proto__'],
  ])('finds it in %s', (json, name) => {
    expect(findDuplicateKey(json)).toBe(name)
  })

  it('finds none in what JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.jsonValue(), value => {
        expect(findDuplicateKey(JSON.stringify(value))).toBeUndefined()
      }),
    )
  })
})
