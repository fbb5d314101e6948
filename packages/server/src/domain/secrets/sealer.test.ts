import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createSealer } from './sealer.ts'

const sealer = createSealer(Buffer.alloc(32, 1))
const text = fc.string({ unit: 'grapheme' })

describe('createSealer', () => {
  it('opens what it sealed', () => {
    fc.assert(
      fc.property(text, text, (plain, context) => {
        const sealed = sealer.seal(plain, context)
        expect(sealed).toMatch(/^v1\.[A-Za-z0-9_-]+$/)
        expect(sealer.open(sealed, context)).toBe(plain)
      }),
    )
  })

  it('refuses a text with any character changed, added or left out', () => {
    fc.assert(
      fc.property(text, fc.nat(), fc.constantFrom(...'Av0-_.= :'), (plain, pick, character) => {
        const sealed = sealer.seal(plain, 'AKIA')
        const at = pick % sealed.length
        const [before, after] = [sealed.slice(0, at), sealed.slice(at + 1)]
        for (const forged of [before + character + after, before + character + sealed[at] + after, before + after]) {
          if (forged !== sealed) expect(() => sealer.open(forged, 'AKIA')).toThrow(Error)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('refuses another context and another key', () => {
    const sealed = sealer.seal('secret', 'AKIAONE')
    expect(() => sealer.open(sealed, 'AKIATWO')).toThrow('belongs to another')
    expect(() => createSealer(randomBytes(32)).open(sealed, 'AKIAONE')).toThrow('belongs to another')
  })

  it.each(['', 'v1.', 'v2.AAAA', 'v1.AAAA', 'secret'])('refuses %j', forged => {
    expect(() => sealer.open(forged, 'AKIA')).toThrow('not a sealed secret')
  })

  it('never seals the same way twice', () => {
    expect(sealer.seal('secret', 'AKIA')).not.toBe(sealer.seal('secret', 'AKIA'))
  })

  it('wants a key of 32 bytes', () => {
    expect(() => createSealer(Buffer.alloc(16))).toThrow(RangeError)
  })
})
