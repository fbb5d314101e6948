import { describe, expect, it } from 'vitest'
import { canonicalPath, canonicalQuery, canonicalRequest } from './canonical.ts'
import { createSigningKeys, deriveSigningKey } from './signing-key.ts'
import { formatBasicTime, parseRequestTime } from './time.ts'

const scope = { date: '20261123', region: 'us-east-1', service: 'ecr-public' }

describe('the canonical request', () => {
  it('has one line a part, the headers ending in an empty one', () => {
    const text = canonicalRequest({
      method: 'POST',
      path: '/',
      query: '',
      headers: new Map([
        ['host', [' a  b ']],
        ['x', ['1', ' 2']],
        ['unsigned', ['z']],
      ]),
      signedHeaders: ['host', 'x'],
      bodySha256: 'abc',
    })
    expect(text).toBe('POST\n/\n\nhost:a b\nx:1,2\n\nhost;x\nabc')
  })

  it.each([
    ['', '/'],
    ['/', '/'],
    ['/a//b/./c/../d', '/a/b/d'],
    ['/a/', '/a/'],
    ['/../..', '/'],
    ['/a%20b', '/a%2520b'],
    ["/!'()*~", '/%21%27%28%29%2A~'],
  ])('path %s is %s', (path, canonical) => {
    expect(canonicalPath(path)).toBe(canonical)
  })

  it.each([
    ['', ''],
    ['b=2&a=1', 'a=1&b=2'],
    ['a=2&a=1&a', 'a=&a=1&a=2'],
    ['a-b=1&a=1', 'a=1&a-b=1'],
    ['x=a+b', 'x=a%2Bb'],
    ['x=%7e%2f%zz%', 'x=~%2F%25zz%25'],
    ['x=%ff%FE', 'x=%FF%FE'],
    ['x=a=b', 'x=a%3Db'],
  ])('query %s is %s', (query, canonical) => {
    expect(canonicalQuery(query)).toBe(canonical)
  })
})

describe('the time of a request', () => {
  it('is read from both forms', () => {
    const ms = Date.UTC(2026, 10, 23, 12, 34, 56)
    expect(parseRequestTime('20261123T123456Z')).toBe(ms)
    expect(parseRequestTime('Mon, 23 Nov 2026 12:34:56 GMT')).toBe(ms)
    expect(formatBasicTime(ms)).toBe('20261123T123456Z')
  })

  it.each([
    '',
    '20261123',
    '2026-11-23T12:34:56Z',
    '20260230T000000Z',
    '20261123T250000Z',
    'Mon, 99 Nov 2026 12:34:56 GMT',
  ])('is not %s', text => {
    expect(parseRequestTime(text)).toBeUndefined()
  })
})

describe('signing keys', () => {
  it('are the same from the cache, and new for a replaced secret', () => {
    const keys = createSigningKeys(2)
    const first = keys('AKIA', 'one', scope)
    expect(first).toEqual(deriveSigningKey('one', scope))
    expect(keys('AKIA', 'one', scope)).toBe(first)
    expect(keys('AKIA', 'two', scope)).toEqual(deriveSigningKey('two', scope))
    expect(keys('AKIA', 'one', { ...scope, region: 'local' })).toEqual(
      deriveSigningKey('one', { ...scope, region: 'local' }),
    )
    expect(keys('AKIA', 'one', scope)).not.toBe(first)
    expect(keys('AKIA', 'one', scope)).toEqual(first)
  })
})
