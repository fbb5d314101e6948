import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nearestOf } from './nearest-of.ts'

const NAMES = ['account create', 'account list', 'admin', 'serve', 'gc status', 'gc']

describe('nearestOf', () => {
  it.each([
    ['amdin', 'admin'],
    ['sever', 'serve'],
    ['acount list', 'account list'],
    ['account lst', 'account list'],
    ['frob', undefined],
    ['', undefined],
    ['x'.repeat(100_000), undefined],
  ])('%s', (word, expected) => {
    expect(nearestOf(word, NAMES)).toBe(expected)
  })

  it('names the word itself where it is among them', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1 }), names => {
        expect(nearestOf(names[0] ?? '', names)).toBe(names[0])
      }),
    )
  })
})
