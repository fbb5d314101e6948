import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isProblem } from '../../domain/problem.ts'
import { type Listing, readPage, writeToken } from './page-token.ts'

const isKey = (text: string): text is string => text.length > 0
const listings: fc.Arbitrary<Listing<string>> = fc.record({
  operation: fc.constantFrom('DescribeImages' as const, 'DescribeImageTags' as const, 'DescribeRepositories' as const),
  subject: fc.oneof(fc.nat(), fc.string()),
  isKey: fc.constant(isKey),
})
const keys = fc.string({ minLength: 1, unit: 'grapheme' })

const refused = (listing: Listing<string>, nextToken: string) => {
  try {
    readPage(listing, { nextToken })
    return false
  } catch (error) {
    return isProblem(error, 'parameterInvalid') && error.problem.member === 'nextToken'
  }
}

describe('a page token', () => {
  it('leads back to the key that it was made of', () => {
    fc.assert(
      fc.property(
        listings,
        keys,
        fc.option(fc.integer({ min: 1, max: 1000 }), { nil: undefined }),
        (listing, key, max) => {
          const nextToken = writeToken(listing, key)
          expect(nextToken).toMatch(/^[A-Za-z0-9_-]+$/)
          expect(readPage(listing, { nextToken, maxResults: max })).toEqual({ after: key, limit: max ?? 100 })
        },
      ),
    )
  })

  it('is of no use to another listing', () => {
    fc.assert(
      fc.property(listings, listings, keys, (one, other, key) => {
        fc.pre(one.operation !== other.operation || one.subject !== other.subject)
        expect(refused(other, writeToken(one, key))).toBe(true)
      }),
    )
  })

  it('is refused when its text was changed, whatever the text is', () => {
    fc.assert(fc.property(listings, fc.string(), (listing, text) => refused(listing, text)))
    fc.assert(
      fc.property(listings, keys, fc.string({ minLength: 1 }), (listing, key, more) => {
        const token = writeToken(listing, key)
        fc.pre(!/^[A-Za-z0-9_-]+$/.test(more))
        expect(refused(listing, token + more)).toBe(true)
        expect(refused(listing, token.slice(0, -2))).toBe(true)
      }),
    )
  })

  it('is refused when its key could not be one of the listing', () => {
    const listing = {
      operation: 'DescribeImages',
      subject: 1,
      isKey: (_text: string): _text is string => false,
    } as const
    expect(refused(listing, writeToken(listing, 'key'))).toBe(true)
  })

  it('begins nowhere when there is none', () => {
    const listing = { operation: 'DescribeImages', subject: 1, isKey } as const
    expect(readPage(listing, {})).toEqual({ limit: 100 })
  })
})
