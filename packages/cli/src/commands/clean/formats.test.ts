import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatDuration, parseDuration } from './duration.ts'
import { formatBytes } from './format-bytes.ts'
import { glob } from './selection/glob.ts'

describe('durations', () => {
  it.each([
    ['30d', 2_592_000_000],
    ['1w', 604_800_000],
    ['90s', 90_000],
    ['0s', 0],
  ])('%s is understood', (text, milliseconds) => expect(parseDuration(text)).toBe(milliseconds))

  it.each(['30', 'd', '-1d', '1.5h', '3 d', '1d2h', '1y', ''])('%j is not', text =>
    expect(parseDuration(text)).toBeUndefined(),
  )

  it('are shown in the largest unit that fits', () => {
    expect([0, 59_999, 3_600_000, 86_400_000 * 41].map(formatDuration)).toEqual(['0s', '59s', '1h', '41d'])
  })
})

it('bytes are shown with three digits or so', () => {
  expect([0, 999, 1000, 31_240_000, 999_600, 123_456_789_012].map(formatBytes)).toEqual([
    ...['0 B', '999 B', '1.0 kB', '31.2 MB', '1.0 MB', '123 GB'],
  ])
})

describe('globs', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*', '?'), maxLength: 8 })

  it('match what the regular expression of the same meaning matches', () => {
    fc.assert(
      fc.property(text, text, (pattern, subject) => {
        const source = pattern.replace(/[.*?]/g, mark => (mark === '*' ? '.*' : mark === '?' ? '.' : '\\.'))
        expect(glob(pattern).matches(subject)).toBe(new RegExp(`^${source}$`).test(subject))
      }),
    )
  })

  it('take no time to speak of, whatever the pattern', () => {
    expect(glob(`${'*a'.repeat(60)}b`).matches('a'.repeat(300))).toBe(false)
  })
})
