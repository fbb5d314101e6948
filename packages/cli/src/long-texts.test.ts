import { describe, expect, it } from 'vitest'
import { closeMatches } from './argv/close-matches.ts'
import { parseArguments } from './argv/parse-arguments.ts'
import { parseIni } from './config/parse-ini.ts'
import { splitCommand } from './config/split-words.ts'
import { formatTable } from './output/table.ts'
import { formatText } from './output/text.ts'
import { formatYaml } from './output/yaml.ts'
import { parseShorthand } from './parameters/shorthand.ts'
import { decodeBase64 } from './python/base64.ts'
import { expandPath } from './python/expand-path.ts'
import { formatJson } from './python/format-json.ts'
import { MAX_DEPTH } from './python/nesting-depth.ts'
import { parseJson } from './python/parse-json.ts'
import { parseYaml } from './python/parse-yaml.ts'
import { repr } from './python/text.ts'
import { compileQuery } from './query/query.ts'

const nested = (open: string, close: string, levels: number) => open.repeat(levels) + close.repeat(levels)

/** Each of these would take minutes, or for ever, if it were read in more than about linear time. */
describe('a long text is read in linear time', () => {
  it.each(["'", '"'])('shorthand with a %s that nothing closes', quote => {
    expect(() => parseShorthand(`a=${quote}${'\\'.repeat(300_000)}`)).toThrow('quoted>')
  })

  it('shorthand of many pairs', () => {
    const pairs = Array.from({ length: 20_000 }, (_, number) => `key${number}=value`)
    expect(parseShorthand(pairs.join(',')).size).toBe(pairs.length)
  })

  it('shorthand of many hidden commas', () => {
    expect(parseShorthand(`a=${'\\,'.repeat(300_000)}`)).toEqual(new Map([['a', ','.repeat(300_000)]]))
  })

  it('a query, as long as one may be', () => {
    const query = compileQuery(`a${'.é'.replace('é', '"é"').repeat(9_000)}`)
    expect(query(new Map())).toBe(null)
    expect(() => compileQuery(`a${'.a'.repeat(10_000)}`)).toThrow('more than 20000 tokens')
  })

  it('a line of blanks in a profile', () => {
    expect(() => parseIni(`[a]\nb${' '.repeat(1_000_000)}c`)).toThrow('neither a section nor an option')
  })

  it('padding of base64', () => {
    expect(decodeBase64('='.repeat(1_000_000))).toEqual(new Uint8Array())
  })

  it('variables in a path that no brace closes', () => {
    const path = '${'.repeat(1_000_000)
    expect(expandPath(path, { env: {}, home: '/' })).toBe(path)
    expect(expandPath(`\${a}${path}`, { env: { a: 'b' }, home: '/' })).toBe(`b${path}`)
  })

  it('a command with a quote that nothing closes', () => {
    expect(() => splitCommand(`a "${'\\"'.repeat(500_000)}`)).toThrow('No closing quotation')
  })

  it('a word that is like no choice, and options without end', () => {
    expect(closeMatches('a'.repeat(10_000_000), ['aaaaaaaa', 'describe-images'])).toEqual([])
    const tags = { name: '--tag', key: 'tag', arity: 'many', repeats: true } as const
    const words = Array.from({ length: 100_000 }, (_, at) => (at % 2 === 0 ? '--tag' : String(at)))
    expect(parseArguments([tags], words).values.get('tag')).toHaveLength(50_000)
  })

  it('a table and a text of very many rows', () => {
    const rows = Array.from({ length: 150_000 }, () => new Map([['a', ['x']]]))
    expect(formatTable('t', rows, { width: 80, color: 'none' })).toContain('x')
    const [text = ''] = formatText(new Map([['a', Array.from({ length: 150_000 }, () => 'x')]]))
    expect(text).toHaveLength(150_000 * 4)
  })
})

describe('a deep text', () => {
  const deep = 15_000

  it.each([
    ['JSON', () => parseJson('['.repeat(deep))],
    ['JSON of maps', () => parseJson('{"a":'.repeat(deep))],
    ['shorthand', () => parseShorthand(`a=${'['.repeat(deep)}`)],
    ['shorthand of maps', () => parseShorthand('a={'.repeat(deep))],
    ['a query of lists', () => compileQuery('['.repeat(deep))],
    ['a query of projections', () => compileQuery(`a${'[*]'.repeat(5000)}`)],
    ['a query of filters', () => compileQuery(`a${'[?b]'.repeat(4000)}`)],
    ['a query of alternatives', () => compileQuery(`a${'||a'.repeat(5000)}`)],
    ['a query of comparisons', () => compileQuery(`a${'==a'.repeat(5000)}`)],
    ['a query of flattened lists', () => compileQuery(`a${'[]'.repeat(5000)}`)],
    ['a query of parentheses', () => compileQuery('('.repeat(deep))],
    ['a query of negations', () => compileQuery('!'.repeat(9000))],
    ['a query of references', () => compileQuery('& '.repeat(9000))],
    ['a query of calls', () => compileQuery('a('.repeat(9000))],
    ['a query of maps', () => compileQuery('{a:'.repeat(4000))],
    ['a literal', () => compileQuery(`\`${nested('[', ']', deep)}\``)],
  ])('is refused in words: %s', (_, read) => {
    expect(read).toThrow(/ deep/)
  })

  it.each([
    nested('[', ']', 10_000),
    nested('{a: ', '}', 10_000),
    '- '.repeat(10_000),
    '? '.repeat(10_000),
    Array.from({ length: 2000 }, (_, level) => `${' '.repeat(level)}a:`).join('\n'),
    '&a [*a, *a]',
    '&a {a: *a}',
    `a: &b0 [1]\nc:\n${Array.from({ length: 2000 }, (_, at) => ` - &b${at + 1} [*b${at}]\n`).join('')}`,
  ])('is no YAML (%#)', text => {
    expect(parseYaml(text)).toBeUndefined()
  })

  it('of JSON in a deep query is written in every format', () => {
    const levels = MAX_DEPTH - 10
    const value = compileQuery(`${'['.repeat(levels)}\`${nested('[', ']', levels)}\`${']'.repeat(levels)}`)(new Map())
    expect(formatJson(value, { indent: 4 })).toContain(`\n${' '.repeat(4 * (2 * levels - 1))}[]`)
    expect(formatJson(value, { compact: true })).toBe(nested('[', ']', 2 * levels))
    expect(repr(value)).toBe(nested('[', ']', 2 * levels))
    expect(formatYaml(value)).toBe(`${'- '.repeat(2 * levels - 1)}[]\n`)
    expect([...formatText(value)]).toEqual([''])
    expect(formatTable('t', value, { width: 80, color: 'none' })).toContain('t')
  })
})
