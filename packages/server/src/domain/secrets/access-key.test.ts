import { describe, expect, it } from 'vitest'
import { generateAccessKey } from './access-key.ts'

describe('generateAccessKey', () => {
  it.each([
    ['longTerm', /^AKIA[A-Z2-7]{16}$/],
    ['temporary', /^ASIA[A-Z2-7]{16}$/],
  ] as const)('makes a %s key in the shape of AWS', (kind, pattern) => {
    const { accessKeyId, secret } = generateAccessKey(kind)
    expect(accessKeyId).toMatch(pattern)
    expect(secret).toMatch(/^[A-Za-z0-9+/]{40}$/)
  })

  it('uses the whole alphabet and repeats no key', () => {
    const keys = Array.from({ length: 200 }, () => generateAccessKey('longTerm'))
    expect(new Set(keys.map(key => key.accessKeyId)).size).toBe(200)
    expect(new Set(keys.map(key => key.secret)).size).toBe(200)
    expect(new Set(keys.flatMap(key => [...key.accessKeyId.slice(4)])).size).toBe(32)
  })
})
