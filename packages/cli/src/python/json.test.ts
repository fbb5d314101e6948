import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatJson } from './format-json.ts'
import { parseJson } from './parse-json.ts'
import { floatText, repr } from './text.ts'
import { Float } from './value.ts'

function refusal(text: string): string {
  try {
    parseJson(text)
  } catch (error) {
    if (error instanceof Error) return error.message
  }
  throw new Error(`${text} was read`)
}

describe('parseJson', () => {
  it.each([
    ['', 'Expecting value: line 1 column 1 (char 0)'],
    ['[1 2]', "Expecting ',' delimiter: line 1 column 4 (char 3)"],
    ['{"a" 1}', "Expecting ':' delimiter: line 1 column 6 (char 5)"],
    ['{a: 1}', 'Expecting property name enclosed in double quotes: line 1 column 2 (char 1)'],
    ['{"a": 1} x', 'Extra data: line 1 column 10 (char 9)'],
    ['\n["é😀" x]', "Expecting ',' delimiter: line 2 column 7 (char 7)"],
    ['"abc', 'Unterminated string starting at: line 1 column 1 (char 0)'],
    ['"\\x"', 'Invalid \\escape: line 1 column 2 (char 1)'],
    ['"\\u12"', 'Invalid \\uXXXX escape: line 1 column 3 (char 2)'],
    ['"a\nb"', 'Invalid control character at: line 1 column 3 (char 2)'],
  ])('refuses %j as Python does', (text, message) => {
    expect(refusal(text)).toBe(message)
  })

  it('tells integers from floats, and keeps big ones', () => {
    const text = '[1, 1.0, 1e3, 123456789012345678901234567890, -0.0, NaN, -Infinity]'
    expect(parseJson(text)).toEqual([
      1,
      new Float(1),
      new Float(1000),
      123456789012345678901234567890n,
      new Float(-0),
      new Float(Number.NaN),
      new Float(Number.NEGATIVE_INFINITY),
    ])
    expect(formatJson(parseJson(text))).toBe('[1, 1.0, 1000.0, 123456789012345678901234567890, -0.0, NaN, -Infinity]')
  })

  it('agrees with JavaScript on what both can hold', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.boolean(), (value, ascii) => {
        const text = JSON.stringify(value)
        expect(JSON.parse(formatJson(parseJson(text), { ascii, indent: 4 }))).toEqual(JSON.parse(text))
      }),
    )
  })
})

describe('numbers and texts as Python shows them', () => {
  it.each([
    [0.0001, '0.0001'],
    [0.00001, '1e-05'],
    [1e15, '1000000000000000.0'],
    [1e16, '1e+16'],
    [1.5e300, '1.5e+300'],
    [-2, '-2.0'],
  ])('writes %d', (value, text) => {
    expect(floatText(value)).toBe(text)
  })

  it('quotes as repr does', () => {
    expect(repr(["it's", '"', `'"`, '\n\u0000é', new Map([['a', true]]), null])).toBe(
      `["it's", '"', '\\'"', '\\n\\x00é', {'a': True}, None]`,
    )
  })
})
