import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { literalGlob, matchesGlob, parseGlob } from './glob.ts'

/** The definition, written as recursion: slow, and plainly right. */
function matchesByDefinition(pattern: readonly string[], text: readonly string[]): boolean {
  const [token, ...rest] = pattern
  if (token === undefined) return text.length === 0
  if (token === '*') {
    return matchesByDefinition(rest, text) || (text.length > 0 && matchesByDefinition(pattern, text.slice(1)))
  }
  return text.length > 0 && (token === '?' || token === text[0]) && matchesByDefinition(rest, text.slice(1))
}

const text = (alphabet: string, maxLength: number) =>
  fc.array(fc.constantFrom(...alphabet), { maxLength }).map(letters => letters.join(''))

describe('matchesGlob', () => {
  it('agrees with the definition', () => {
    fc.assert(
      fc.property(text('ab*?', 7), text('ab', 9), (pattern, subject) => {
        expect(matchesGlob(parseGlob(pattern), subject)).toBe(matchesByDefinition([...pattern], [...subject]))
      }),
      { numRuns: 2000 },
    )
  })

  it('takes a literal for itself only', () => {
    fc.assert(
      fc.property(text('a*?', 5), text('a*?', 5), (literal, subject) => {
        expect(matchesGlob(literalGlob(literal), subject)).toBe(literal === subject)
      }),
    )
  })

  it('counts a character outside the basic plane as one', () => {
    expect(matchesGlob(parseGlob('a?b'), 'a🐳b')).toBe(true)
  })

  it('answers on the pattern that makes a backtracking matcher explode', () => {
    expect(matchesGlob(parseGlob(`${'a*'.repeat(200)}b`), 'a'.repeat(2000))).toBe(false)
  })
})
