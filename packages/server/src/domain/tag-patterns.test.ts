import { describe, expect, it } from 'vitest'
import { faultOfTagPatterns, tagMatcher } from './tag-patterns.ts'

describe('tagMatcher', () => {
  it.each([
    [[], 'v1', false],
    [['v1'], 'v1', true],
    [['v1'], 'v10', false],
    [['v?'], 'v1', true],
    [['*', '!latest'], 'latest', false],
    [['*', '!latest'], 'latest-2', true],
    [['*', '!v*', 'v1*'], 'v1.2', true],
    [['*', '!v*', 'v1*'], 'v2', false],
  ])('%j matches %s: %s', (patterns, tag, matches) => {
    expect(tagMatcher(patterns)(tag)).toBe(matches)
  })
})

describe('faultOfTagPatterns', () => {
  it.each([[[]], [['*', '!latest']], [['v1.?-*']], [Array.from({ length: 50 }, () => 'v')]])('takes %j', patterns => {
    expect(faultOfTagPatterns(patterns)).toBeUndefined()
  })

  it.each([
    [['!latest'], 'exception'],
    [['a b'], '"a b" is no pattern'],
    [[''], 'is no pattern'],
    [['x'.repeat(129)], 'is no pattern'],
    [Array.from({ length: 51 }, () => 'v'), 'more than 50'],
  ])('says what is wrong with %j', (patterns, words) => {
    expect(faultOfTagPatterns(patterns)).toContain(words)
  })
})
