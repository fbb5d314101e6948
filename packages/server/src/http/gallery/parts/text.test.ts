import { describe, expect, it } from 'vitest'
import { bytes, count, plain, time, timeIn } from './text.ts'

describe('texts of strangers', () => {
  it('are cut, but not within a character', () => {
    expect(plain('abcdef', 3)).toBe('abc…')
    expect(plain('ab😀cd', 3)).toBe('ab…')
    expect(plain('abc', 3)).toBe('abc')
  })

  it('show what would hide or turn round', () => {
    expect(plain('a\u202eb\u0000c\u200bd\u0085e', 50)).toBe('a\ufffdb\ufffdc\ufffdd\ufffde')
    expect(plain('a\nb\tc', 50)).toBe('a\nb\tc')
  })

  it('pile no marks on one letter', () => {
    expect(plain(`a${'\u0301'.repeat(50)}b`, 100)).toBe(`a${'\u0301'.repeat(3)}b`)
  })
})

it('sizes are in powers of a thousand, as Docker says them', () => {
  expect([0, 999, 1000, 23_100_000, 99_949, 99_950, 999_999, 1e15].map(bytes)).toEqual([
    '0 B',
    '999 B',
    '1.0 kB',
    '23.1 MB',
    '99.9 kB',
    '100 kB',
    '1.0 MB',
    '1000 TB',
  ])
})

it('times are in UTC, and a text that is none stays a text', () => {
  expect(time(Date.UTC(2026, 10, 30, 9, 5)).toString()).toContain(
    'datetime="2026-11-30T09:05:00.000Z">30 Nov 2026, 09:05 UTC',
  )
  expect(timeIn('soon <b>').toString()).toContain('soon &lt;b&gt;')
  expect(timeIn('0001-01-01T00:00:00Z').toString()).toContain('<time')
})

it('one thing is not many', () => {
  expect([count(1, 'image'), count(2, 'image'), count(12_345, 'image')]).toEqual([
    '1 image',
    '2 images',
    '12,345 images',
  ])
})
