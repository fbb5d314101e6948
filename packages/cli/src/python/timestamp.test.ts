import { describe, expect, it } from 'vitest'
import { isoTimestamp } from './timestamp.ts'

describe('isoTimestamp', () => {
  it.each([
    ['2022-12-01', '2022-12-01T00:00:00'],
    ['2022-12-01T01:02Z', '2022-12-01T01:02:00+00:00'],
    ['2022-12-01T01:02:03.5+01:00', '2022-12-01T01:02:03.500000+01:00'],
    ['20221201T010203Z', '2022-12-01T01:02:03+00:00'],
    ['Thu, 01 Dec 2022 01:02:03 GMT', '2022-12-01T01:02:03+00:00'],
    ['1 Feb 2022 01:02:03 UTC', '2022-02-01T01:02:03+00:00'],
    ['yesterday', undefined],
    ['2022-335', undefined],
  ])('reads %j', (text, expected) => {
    expect(isoTimestamp(text)).toBe(expected)
  })

  it('has no years that Python does not have', () => {
    expect(() => isoTimestamp('1e12')).toThrow('year 33658 is out of range')
  })

  it.each([
    ['2022-13-01', 'month must be in 1..12'],
    ['2022-02-29', 'day is out of range for month'],
    ['2022-12-01T24:00:00', 'hour must be in 0..23'],
    ['2022-12-01T23:60:00Z', 'minute must be in 0..59'],
    ['2022-12-01T23:59:60Z', 'second must be in 0..59'],
    ['0000-12-01', 'year 0 is out of range'],
  ])('refuses %j', (text, reason) => {
    expect(() => isoTimestamp(text)).toThrow(`Invalid timestamp "${text}": ${reason}: ${text}`)
  })

  it('knows leap years', () => {
    expect(isoTimestamp('2024-02-29')).toBe('2024-02-29T00:00:00')
  })
})
