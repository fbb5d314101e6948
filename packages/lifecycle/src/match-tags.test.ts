import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { tagMatcher } from './match-tags.ts'

const prefixes = (...tagPrefixList: string[]) => tagMatcher({ tagStatus: 'tagged', tagPrefixList })
const patterns = (...tagPatternList: string[]) => tagMatcher({ tagStatus: 'tagged', tagPatternList })

/** The definition: a wildcard is nothing, or one character and then a wildcard again. */
function meets(pattern: string, tag: string): boolean {
  if (pattern === '') return tag === ''
  if (pattern[0] === '*') return meets(pattern.slice(1), tag) || (tag !== '' && meets(pattern, tag.slice(1)))
  return pattern[0] === tag[0] && meets(pattern.slice(1), tag.slice(1))
}

describe('the tags that a rule looks for', () => {
  it('are a beginning, for a prefix', () => {
    expect(prefixes('prod')(['prod'])).toBe(true)
    expect(prefixes('prod')(['dev', 'production-7'])).toBe(true)
    expect(prefixes('prod')(['preprod'])).toBe(false)
  })

  it.each([
    ['prod*', 'production-team1', true],
    ['prod*', 'prod', true],
    ['prod*', 'repo-prod', false],
    ['*prod*', 'repo-production', true],
    ['*-rc', '2.1-rc', true],
    ['*-rc', '2.1-rc2', false],
    ['v*.*.0', 'v1.2.0', true],
    ['v*.*.0', 'v1.20', false],
    ['1*1', '1', false],
    ['latest', 'latest', true],
    ['latest', 'latest-1', false],
    ['*', 'anything', true],
  ])('are the whole tag, for a pattern: %s and %s', (pattern, tag, expected) => {
    expect(patterns(pattern)([tag])).toBe(expected)
  })

  it('must all be found, each on any tag of the image', () => {
    expect(prefixes('alpha', 'beta')(['alpha-1', 'beta-1', 'gamma-1'])).toBe(true)
    expect(prefixes('alpha', 'beta')(['alpha-1', 'alpha-2'])).toBe(false)
    expect(patterns('v*', '*-arm')(['v1-arm'])).toBe(true)
    expect(patterns('v*', '*-arm')(['v1', 'x86'])).toBe(false)
  })

  it('are never found on an untagged image, but by the rules for those', () => {
    expect(patterns('*')([])).toBe(false)
    expect(tagMatcher({ tagStatus: 'untagged' })([])).toBe(true)
    expect(tagMatcher({ tagStatus: 'untagged' })(['a'])).toBe(false)
    expect(tagMatcher({ tagStatus: 'any' })([])).toBe(true)
    expect(tagMatcher({ tagStatus: 'any' })(['a'])).toBe(true)
  })

  it('are found among many as among few, in whatever order they are given, and however often', () => {
    const texts = fc.array(
      fc.array(fc.constantFrom('a', 'b', 'B', '.'), { minLength: 1, maxLength: 4 }).map(all => all.join('')),
    )
    fc.assert(
      fc.property(texts, texts, (wanted, tags) => {
        const each = wanted.every(prefix => tags.some(tag => tag.startsWith(prefix)))
        expect(prefixes(...wanted, ...wanted)(tags)).toBe(each)
        expect(patterns(...wanted.map(prefix => `${prefix}*`))(tags)).toBe(each)
      }),
    )
  })

  it('are found as the definition of wildcards has it', () => {
    const text = (units: readonly string[], max: number) =>
      fc.array(fc.constantFrom(...units), { maxLength: max }).map(all => all.join(''))
    fc.assert(
      fc.property(text(['a', 'b', '*'], 8), text(['a', 'b'], 10), (pattern, tag) => {
        expect(patterns(pattern)([tag])).toBe(meets(pattern, tag))
      }),
      { numRuns: 1000 },
    )
  })
})
