import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseJson } from '../python/parse-json.ts'
import { parseYaml } from '../python/parse-yaml.ts'
import type { Value } from '../python/value.ts'
import { formatTable } from './table.ts'
import { formatText } from './text.ts'
import { textWidth } from './text-width.ts'
import { formatYaml } from './yaml.ts'

const value = parseJson(
  '{"imageIds":[{"imageDigest":"sha256:1","imageTag":"v1"},{"imageTag":"v2"}],"failures":[{"code":"X","imageId":{"imageTag":"q"}}],"n":1.0}',
)
const text = (item: Value) => [...formatText(item)].join('')
const table = (item: Value, width = 80) => formatTable('Title', item, { width, color: 'none' })

describe('text', () => {
  it('writes scalars in columns and nested values below', () => {
    expect(text(value)).toBe('1.0\nFAILURES\tX\nIMAGEID\tq\nIMAGEIDS\tsha256:1\tv1\nIMAGEIDS\t\tv2\n')
  })

  it.each([
    ['null', 'None\n'],
    ['[1, true, "x"]', '1\tTrue\tx\n'],
    ['[[1, 2], [3]]', '1\t2\n3\n'],
    ['{"a": ["x", "y"]}', 'A\tx\nA\ty\n'],
    ['{}', ''],
    ['[]', ''],
  ])('writes %s', (json, expected) => {
    expect(text(parseJson(json))).toBe(expected)
  })

  it('gives out what comes before something that cannot be shown', () => {
    const pieces = formatText(parseJson('{"a": 1, "b": ["x", [{}, "y"]]}'))
    expect(pieces.next().value).toBe('1\nB\tx\n')
    expect(() => pieces.next()).toThrow('cannot show')
  })
})

describe('table', () => {
  it('refuses rows of different length, an empty map among them', () => {
    expect(() => table(parseJson('["a", {}]'))).toThrow('Row should have 1 elements, instead it has 0')
  })

  it('draws boxes in boxes', () => {
    expect(table(value)).toBe(
      [
        '-------------------------------',
        '|            Title            |',
        '+-----------+-----------------+',
        '|  n        |  1.0            |',
        '+-----------+-----------------+',
        '||         failures          ||',
        '|+---------------------------+|',
        '||           code            ||',
        '|+---------------------------+|',
        '||  X                        ||',
        '|+---------------------------+|',
        '|||         imageId         |||',
        '||+-----------------+-------+||',
        '|||  imageTag       |  q    |||',
        '||+-----------------+-------+||',
        '||         imageIds          ||',
        '|+--------------+------------+|',
        '||  imageDigest | imageTag   ||',
        '|+--------------+------------+|',
        '||  sha256:1    |  v1        ||',
        '||              |  v2        ||',
        '|+--------------+------------+|',
        '',
      ].join('\n'),
    )
  })

  it('draws lines of one width, whatever it shows', () => {
    const word = fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 30 })
    const row = fc.record({ a: word, b: word, c: fc.constant('日本') })
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 4 }), fc.integer({ min: 20, max: 120 }), (rows, width) => {
        const lines = table(new Map([['rows', rows.map(each => new Map(Object.entries(each)))]]), width).split('\n')
        const widths = lines.slice(0, -1).map(textWidth)
        expect(new Set(widths).size).toBe(1)
      }),
    )
  })

  it('turns single rows on their side where the terminal is narrow', () => {
    expect(table(parseJson('{"a":"xxxxxxxxxx","b":"yyyyyyyyyy"}'), 20)).toContain(
      '|  a |  xxxxxxxxxx  |\n|  b |  yyyyyyyyyy  |\n',
    )
  })

  it('counts wide and ambiguous characters as two, and code points that nobody has assigned', () => {
    expect([...'aé日ｱ😀±'].map(textWidth)).toEqual([1, 2, 2, 1, 2, 2])
    expect(['\u0378', '\u{2fffe}', '\u{10ffff}', '\u{1d7a8}'].map(textWidth)).toEqual([2, 2, 2, 1])
  })

  it('begins no box with an empty title', () => {
    const lines = table(parseJson('[[{"a":1,"b":["x"]},{"a":2}]]')).split('\n')
    expect(lines.filter(line => /^\|\s*\|$/.test(line))).toEqual([])
    expect(lines).toContainEqual(expect.stringMatching(/2/))
  })

  it('refuses rows of different lengths', () => {
    expect(() => table(parseJson('[[1, 2], [3]]'))).toThrow('Row should have 2 elements, instead it has 1')
  })
})

describe('yaml', () => {
  it('sorts keys and puts dashes right below theirs', () => {
    expect(formatYaml(value)).toBe(
      'failures:\n- code: X\n  imageId:\n    imageTag: q\nimageIds:\n- imageDigest: sha256:1\n  imageTag: v1\n- imageTag: v2\nn: 1.0\n',
    )
  })

  it('puts long keys and those of several lines behind a question mark', () => {
    const long = 'k'.repeat(129)
    expect(formatYaml(new Map([['a\nb', [new Map([['c', 1]]), 2]]]))).toBe("? 'a\n\n  b'\n: - c: 1\n  - 2\n")
    expect(formatYaml([new Map([[long, 1]])])).toBe(`- ? ${long}\n  : 1\n`)
    expect(formatYaml(new Map([['k'.repeat(128), []]]))).toBe(`${'k'.repeat(128)}: []\n`)
  })

  it.each([
    ['yes', 'yes'],
    ['true', "'true'"],
    ['0x1f', "'0x1f'"],
    ['1:30', '1:30'],
    ['2020-01-01', "'2020-01-01'"],
    ['', "''"],
    ['a: b', "'a: b'"],
    ["it's", "it's"],
    ['- x', "'- x'"],
    ['a\tb', '"a\\tb"'],
    ['😀', '"\\U0001F600"'],
    ['a\nb', "'a\n\n  b'"],
  ])('writes the string %j as %s', (text, yaml) => {
    expect(formatYaml([text])).toBe(`- ${yaml}\n`)
  })

  it('is read back as what was written', () => {
    const text = fc.string({ unit: fc.constantFrom(...'ab 1:#-\'"\n\t[]{}é日😀,.?&*!|>%@\\') })
    const nested = fc.letrec<{ value: Value }>(tie => ({
      value: fc.oneof(
        { depthSize: 'small' },
        text,
        fc.constantFrom<Value>(null, true, 5, 'word '.repeat(40).trim()),
        fc.array(tie('value'), { maxLength: 3 }),
        fc
          .dictionary(fc.stringMatching(/^[a-z]{1,5}$/), tie('value'), { maxKeys: 3 })
          .map(each => new Map(Object.entries(each))),
      ),
    }))
    fc.assert(
      fc.property(fc.array(nested.value, { minLength: 1, maxLength: 3 }), list => {
        expect(parseYaml(formatYaml(list))).toEqual(sorted(list))
      }),
    )
  })
})

function sorted(item: Value): Value {
  if (item instanceof Map) {
    return new Map([...item].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, each]) => [key, sorted(each)]))
  }
  return Array.isArray(item) ? item.map(sorted) : item
}
