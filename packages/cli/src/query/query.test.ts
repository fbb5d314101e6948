import { describe, expect, it } from 'vitest'
import { formatJson } from '../python/format-json.ts'
import { parseJson } from '../python/parse-json.ts'
import { compileQuery } from './query.ts'

const value = parseJson('{"a":{"b":[1,2.5,3]},"l":[{"n":"x","s":2},{"n":"y","s":1},{"s":3}],"e":[],"t":"text"}')
const search = (expression: string) => formatJson(compileQuery(expression)(value))

describe('queries', () => {
  it.each([
    ['a.b[0]', '1'],
    ['a.b[-1]', '3'],
    ['a.b[::-1]', '[3, 2.5, 1]'],
    ['a.b[1:]', '[2.5, 3]'],
    ['l[].n', '["x", "y"]'],
    ['l[*].n | [0]', '"x"'],
    ['l[?s > `1`].s', '[2, 3]'],
    ["l[?n == 'y' || s == `3`].s", '[1, 3]'],
    ['l[?!n].s', '[3]'],
    ['*.b', '[[1, 2.5, 3]]'],
    ['{z: t, y: a.b[0]}', '{"z": "text", "y": 1}'],
    ['[t, missing]', '["text", null]'],
    ['missing.deeper', 'null'],
    ['sort_by(l, &s)[].s', '[1, 2, 3]'],
    ['max_by(l, &s).s', '3'],
    ['length(t)', '4'],
    ['sum(a.b)', '6.5'],
    ['avg(a.b[:1])', '1.0'],
    ['join(`-`, l[].n)', '"x-y"'],
    ['to_string(a)', '"{\\"b\\":[1,2.5,3]}"'],
    ['`not json`', '"not json"'],
    ["'it\\'s'", '"it\'s"'],
    ['not_null(missing, t)', '"text"'],
    ['keys(@)', '["a", "l", "e", "t"]'],
    ['e || t', '"text"'],
    ['`true` < t', 'null'],
    ["[to_number('inf'), to_number('-Infinity'), to_number('NaN')]", '[Infinity, -Infinity, NaN]'],
    ["contains(t, 'ex') && `1` == `1.0`", 'true'],
  ])('%s', (expression, json) => {
    expect(search(expression)).toBe(json)
  })

  it.each([
    ['', 'Invalid JMESPath expression: cannot be empty.'],
    ['a[', 'Invalid jmespath expression: Incomplete expression:\n"a["\n   ^'],
    ['{a}', 'Expecting: colon, got: rbrace: Parse error at column 2, token "}" (RBRACE), for expression:\n"{a}"\n   ^'],
    [
      'a b',
      'Unexpected token: b: Parse error at column 2, token "b" (UNQUOTED_IDENTIFIER), for expression:\n"a b"\n   ^',
    ],
    ['é', 'Bad jmespath expression: Unknown token é:\né\n^'],
  ])('refuses %j as jmespath.py does', (expression, message) => {
    expect(() => compileQuery(expression)).toThrow(`Bad value for --query ${expression}: ${message}`)
  })

  it.each([
    ['foo(a)', 'Unknown function: foo()'],
    ['`1` < t', "'<' not supported between instances of 'int' and 'str'"],
    ['`1.5` >= t', "'>=' not supported between instances of 'float' and 'str'"],
    ['contains(t, `1`)', "'in <string>' requires string as left operand, not int"],
    [
      'length(`5`)',
      `In function length(), invalid type for value: 5, expected one of: ['string', 'array', 'object'], received: "number"`,
    ],
    [
      'sort(`[1, "a"]`)',
      `In function sort(), invalid type for value: a, expected one of: ['array-string', 'array-number'], received: "str"`,
    ],
    ["ceil(to_number('inf'))", 'cannot convert float infinity to integer'],
    ["floor(to_number('-inf'))", 'cannot convert float infinity to integer'],
    ['ceil(`NaN`)', 'cannot convert float NaN to integer'],
    ['floor(`1e999`)', 'cannot convert float infinity to integer'],
    ['length()', 'Expected 1 argument for function length(), received 0'],
    ['a.b[::0]', 'slice step cannot be zero'],
  ])('%j fails when it is run', (expression, message) => {
    expect(() => search(expression)).toThrow(message)
  })
})
