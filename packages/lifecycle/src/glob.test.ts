import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { joinGlobs, literalGlob, matchesGlob, parseGlob } from './glob.ts'

/** The definition, written as recursion over characters: slow, and plainly right. */
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

function stepsOf(pattern: string, subject: string): number {
  let sum = 0
  matchesGlob(parseGlob(pattern), subject, steps => {
    sum += steps
  })
  return sum
}

describe('matchesGlob', () => {
  it('agrees with the definition', () => {
    fc.assert(
      fc.property(text('ab*?🐳', 7), text('ab🐳', 9), (pattern, subject) => {
        expect(matchesGlob(parseGlob(pattern), subject)).toBe(matchesByDefinition([...pattern], [...subject]))
      }),
      { numRuns: 5000 },
    )
  })

  it('agrees with a regular expression on parts of any length', () => {
    const long = fc.array(fc.constantFrom('a'.repeat(40), 'b', '?', 'a', '*'), { maxLength: 30 })
    const subjects = fc.array(fc.constantFrom('a'.repeat(40), 'b', 'a', 'c'), { maxLength: 30 })
    fc.assert(
      fc.property(long, subjects, fc.boolean(), (pattern, parts, contained) => {
        // Half of the texts hold the pattern, which a text by chance hardly does.
        const inner = pattern.map(token => (token === '*' ? 'ca' : token === '?' ? 'c' : token))
        const subject = contained ? [...parts, ...inner, ...parts].join('') : parts.join('')
        const glob = `*${pattern.join('')}*`
        const expected = new RegExp(`^${glob.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's')
        // A backtracking engine may not end; what is compared has few `*`.
        fc.pre(pattern.filter(token => token === '*').length <= 2)
        expect(matchesGlob(parseGlob(glob), subject)).toBe(expected.test(subject))
      }),
      { numRuns: 1000 },
    )
  })

  it('takes a literal for itself only', () => {
    fc.assert(
      fc.property(text('a*?', 5), text('a*?', 5), (literal, subject) => {
        expect(matchesGlob(literalGlob(literal), subject)).toBe(literal === subject)
      }),
    )
  })

  it('takes patterns one after the other for one pattern', () => {
    fc.assert(
      fc.property(fc.array(text('ab*?', 4), { maxLength: 4 }), text('ab', 9), (patterns, subject) => {
        const joined = joinGlobs(patterns.map(parseGlob))
        expect(joined).toEqual(parseGlob(patterns.join('')))
        expect(matchesGlob(joined, subject)).toBe(matchesGlob(parseGlob(patterns.join('')), subject))
      }),
    )
  })

  it('keeps the wildcards of a literal literal, wherever it stands', () => {
    const glob = joinGlobs([parseGlob('a*'), literalGlob('*?'), parseGlob('?')])
    expect(matchesGlob(glob, 'a-*?z')).toBe(true)
    expect(matchesGlob(glob, 'a-xyz')).toBe(false)
  })

  it('counts a character outside the basic plane as one, at either end and in between', () => {
    for (const pattern of ['a?b', '*a?b', 'a?b*', '*a?b*', '?*', '*?', '*a?*'])
      expect(matchesGlob(parseGlob(pattern), 'a🐳b'), pattern).toBe(true)
    expect(matchesGlob(parseGlob('a??b'), 'a🐳b')).toBe(false)
    expect(matchesGlob(parseGlob('*??*b'), '🐳b')).toBe(false)
  })

  it('takes steps in proportion to text and pattern, whatever the pattern', () => {
    fc.assert(
      fc.property(text('ab*', 200), text('ab', 600), (pattern, subject) => {
        expect(stepsOf(pattern, subject)).toBeLessThanOrEqual(2 * (pattern.length + subject.length))
      }),
      { numRuns: 300 },
    )
    const subject = 'a'.repeat(4000)
    for (const pattern of [
      'a*'.repeat(1000),
      `${'a*'.repeat(1000)}b`,
      `*b${'a'.repeat(2000)}*`,
      `*${'a'.repeat(2000)}b*`,
    ])
      expect(stepsOf(pattern, subject), pattern.slice(0, 9)).toBeLessThanOrEqual(2 * (pattern.length + subject.length))
  })

  it('takes at most four steps a character of a tag where the pattern has `?`', () => {
    const subject = 'a'.repeat(128)
    for (const pattern of [`*${'?a'.repeat(31)}b*`, `*${'a?'.repeat(31)}b*`, `*${'?'.repeat(63)}b*`, '*?a'.repeat(42)])
      expect(stepsOf(pattern, subject), pattern.slice(0, 9)).toBeLessThanOrEqual(4 * subject.length + pattern.length)
  })
})
