import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isDigest } from './digest.ts'
import { manifestKind, withoutParameters } from './manifest/media-types.ts'
import {
  isAccountId,
  isRegistryAlias,
  isRepositoryName,
  isTag,
  parseAccountId,
  parseRegistryAlias,
  parseRepositoryName,
  parseTag,
} from './names.ts'

describe('names', () => {
  const long = (length: number) => 'a'.repeat(length)

  it.each(['ab', 'a/b', 'a.b-c_d', '0a', `${long(100)}/${long(104)}`])('takes the repository %s', text => {
    expect(isRepositoryName(text)).toBe(true)
  })
  it.each(['', 'a', 'A', 'a/', '/a', 'a//b', 'a--b', 'a..b', '-a', 'a_', 'a b', 'ab\n', 'é/a', `a/${long(204)}`])(
    'refuses the repository %j',
    text => {
      expect(() => parseRepositoryName(text)).toThrow('nameInvalid')
    },
  )

  it.each(['ab', 'a1.b-c_d', long(50)])('takes the alias %s', text => expect(isRegistryAlias(text)).toBe(true))
  it.each(['', 'a', '1a', 'Ab', 'a/b', 'a-', 'a..b', 'ab\n', long(51)])('refuses the alias %j', text => {
    expect(() => parseRegistryAlias(text)).toThrow('aliasInvalid')
  })

  it.each(['a', '_', '1.0-rc_1', 'LATEST', long(128)])('takes the tag %s', text => expect(isTag(text)).toBe(true))
  it.each(['', '.a', '-a', 'a/b', 'a b', 'a\n', 'sha256:ab', long(129)])('refuses the tag %j', text => {
    expect(() => parseTag(text)).toThrow('tagInvalid')
  })

  it.each(['', '1', '12345678901', '1234567890123', '12345678901a', '123456789012\n'])(
    'refuses the account %j',
    text => {
      expect(isAccountId(text)).toBe(false)
      expect(() => parseAccountId(text)).toThrow('accountIdInvalid')
    },
  )

  it('keeps digests and tags apart, so that a reference is one or the other', () => {
    const hex = (size: number) => fc.stringMatching(new RegExp(`^[a-f0-9]{${size}}$`))
    const digests = fc.oneof(
      hex(64).map(text => `sha256:${text}`),
      hex(128).map(text => `sha512:${text}`),
    )
    fc.assert(
      fc.property(digests, text => {
        expect([isDigest(text), isTag(text)]).toEqual([true, false])
      }),
    )
  })

  it('answers for hostile names in no time', () => {
    const text = `${'a.'.repeat(102)}!`
    expect(isRepositoryName(text)).toBe(false)
    expect(isRepositoryName(`${'a'.repeat(204)}!`)).toBe(false)
  })
})

describe('media types', () => {
  it('know only their own', () => {
    for (const name of ['toString', '__proto__', 'application/json']) expect(manifestKind(name)).toBe('other')
  })
  it('lose their parameters', () => {
    expect(withoutParameters(' a/b ; c="d;e" ')).toBe('a/b')
    expect(withoutParameters('')).toBe('')
  })
})
