import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FaultError } from './fault.ts'
import { type Json, readJson } from './read-json.ts'

function plain(json: Json): unknown {
  if (Array.isArray(json)) return json.map(plain)
  // Own properties, even for the name `__proto__`, as JSON.parse makes them.
  if (json instanceof Map) return Object.fromEntries(Array.from(json, ([name, value]) => [name, plain(value)]))
  return json
}

function faultOf(text: string) {
  try {
    return readJson(text)
  } catch (error) {
    if (error instanceof FaultError) return error.fault
    throw error
  }
}

function parsed(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) }
  } catch {
    return undefined
  }
}

describe('reading JSON', () => {
  it('reads what JSON.parse reads', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), fc.constantFrom(0, 1, '\t'), (value, indent) => {
        const text = JSON.stringify(value, undefined, indent)
        expect(plain(readJson(text))).toEqual(JSON.parse(text))
      }),
    )
  })

  it('takes nothing that JSON.parse refuses, and reads it no other way', () => {
    const tokens = [
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"',
      '\\',
      '1',
      '-',
      '.',
      'e',
      'true',
      'null',
      ' ',
      '\n',
      '\u00a0',
    ]
    const anyText = fc.array(fc.constantFrom(...tokens), { maxLength: 9 }).map(all => all.join(''))
    fc.assert(
      fc.property(fc.oneof(anyText, fc.string({ unit: 'binary' })), text => {
        const result = faultOf(text)
        const expected = parsed(text)
        if (typeof result === 'object' && result !== null && 'reason' in result) {
          if (expected !== undefined) expect(result.reason).toMatch(/given twice|half a character/)
        } else expect({ value: plain(result) }).toEqual(expected)
      }),
      { numRuns: 2000 },
    )
  })

  it.each([
    ['', '', 'is no JSON: the text ends too early'],
    [' {"a": [1, 2', 'a', 'is no JSON: the text ends too early'],
    ['{"a":\n  tru}', 'a', 'is no JSON: unexpected text in line 2, column 3'],
    ['[1,]', '[1]', 'is no JSON: unexpected text in line 1, column 4'],
    ['{"a":1,}', '', 'is no JSON: unexpected text in line 1, column 8'],
    ['{a:1}', '', 'is no JSON: unexpected text in line 1, column 2'],
    ['{} {}', '', 'is no JSON: unexpected text in line 1, column 4'],
    ['\ufeff{}', '', 'is no JSON: unexpected text in line 1, column 1'],
    ['["a\u0007"]', '[0]', 'is no JSON: unexpected text in line 1, column 2'],
    ['[01]', '[0]', 'is no JSON: unexpected text in line 1, column 2'],
    ['{"a":{"b":1,"b":2}}', 'a.b', 'is given twice'],
    ['{"a":1,"\\u0061":1}', 'a', 'is given twice'],
    ['{"x y":{"__proto__":1,"__proto__":2}}', '["x y"].__proto__', 'is given twice'],
    ['{"a":["\\ud83d"]}', 'a[0]', 'holds half a character'],
    ['["\ude00"]', '[0]', 'holds half a character'],
    ['{"\\ud800":1}', '', 'holds half a character'],
    ['{"a":1e999}', 'a', 'is too large a number'],
  ])('refuses %j', (text, path, reason) => {
    expect(faultOf(text)).toEqual({ path, reason })
  })

  it('refuses deep nesting, however deep', () => {
    const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`
    expect(faultOf(nested(16))).toBeInstanceOf(Array)
    expect(faultOf(nested(17))).toEqual({ path: '[0]'.repeat(16), reason: 'is nested more than 16 deep' })
    for (const open of ['[', '{"a":'])
      expect(faultOf(open.repeat(100_000))).toMatchObject({ reason: 'is nested more than 16 deep' })
  })
})
