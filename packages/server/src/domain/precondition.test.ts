import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { digestOf } from './digest.ts'
import { brokenCondition, etagOf, parseEntityTags } from './precondition.ts'

const A = etagOf(digestOf('a'))
const B = etagOf(digestOf('b'))

describe('parseEntityTags', () => {
  it.each([
    ['*', '*'],
    [' * ', '*'],
    ['', []],
    [' , ,', []],
    ['"a"', ['"a"']],
    ['""', ['""']],
    ['W/"a" , "b"', ['W/"a"', '"b"']],
    ['"a,b","c"', ['"a,b"', '"c"']],
    ['"a"\t,\t,"b"', ['"a"', '"b"']],
  ])('%j is %j', (header, tags) => expect(parseEntityTags(header)).toEqual(tags))

  it.each(['a', '"a', 'a"', '"a" "b"', 'w/"a"', 'W/ "a"', '*, "a"', '"a", *', "'a'", '"a b"', 'sha256:abc'])(
    '%j is no list of entity tags',
    header => expect(parseEntityTags(header)).toBeUndefined(),
  )

  it('parses what it is given, whatever the blanks and empty elements between', () => {
    const tag = fc
      .tuple(fc.constantFrom('', 'W/'), fc.string({ unit: fc.constantFrom(...'ab,*/:!~\u00ff') }))
      .map(([weak, text]) => `${weak}"${text}"`)
    const gap = fc.constantFrom(',', ' ,', ', ', '\t,\t', ', ,')
    fc.assert(
      fc.property(fc.array(tag), fc.array(gap, { minLength: 20, maxLength: 20 }), (tags, gaps) => {
        const header = tags.map((each, index) => (index === 0 ? each : `${gaps[index % 20]}${each}`)).join('')
        expect(parseEntityTags(header)).toEqual(tags)
      }),
    )
  })

  it('takes a header that is all blanks and commas, or never ends, in one pass', () => {
    expect(parseEntityTags(' ,'.repeat(8_000))).toEqual([])
    expect(parseEntityTags(`${' '.repeat(16_000)}x`)).toBeUndefined()
  })
})

describe('brokenCondition', () => {
  const weak = `W/${A}`
  it.each([
    [{}, A, undefined],
    [{ ifMatch: '*' }, A, undefined],
    [{ ifMatch: '*' }, undefined, 'If-Match'],
    [{ ifMatch: [A] }, A, undefined],
    [{ ifMatch: [B, A] }, A, undefined],
    [{ ifMatch: [B] }, A, 'If-Match'],
    [{ ifMatch: [weak] }, A, 'If-Match'],
    [{ ifMatch: [A] }, undefined, 'If-Match'],
    [{ ifMatch: [] }, A, 'If-Match'],
    [{ ifNoneMatch: '*' }, A, 'If-None-Match'],
    [{ ifNoneMatch: '*' }, undefined, undefined],
    [{ ifNoneMatch: [A] }, A, 'If-None-Match'],
    [{ ifNoneMatch: [weak] }, A, 'If-None-Match'],
    [{ ifNoneMatch: [B] }, A, undefined],
    [{ ifNoneMatch: [A] }, undefined, undefined],
    [{ ifNoneMatch: [] }, A, undefined],
    [{ ifMatch: [A], ifNoneMatch: [A] }, A, 'If-None-Match'],
    [{ ifMatch: [B], ifNoneMatch: '*' }, A, 'If-Match'],
    [{ ifMatch: '*', ifNoneMatch: '*' }, undefined, 'If-Match'],
  ] as const)('%j of %s is %s', (precondition, etag, broken) => {
    expect(brokenCondition(precondition, etag)).toBe(broken)
  })
})
