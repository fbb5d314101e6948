import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Value } from '../python/value.ts'
import { parseShorthand } from './shorthand.ts'

const read = (text: string) => plain(parseShorthand(text))

function plain(value: Value): unknown {
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, item]) => [key, plain(item)]))
  return Array.isArray(value) ? value.map(plain) : value
}

function refusal(text: string): string {
  try {
    parseShorthand(text)
  } catch (error) {
    if (error instanceof Error) return error.message
  }
  throw new Error(`${text} was read`)
}

describe('parseShorthand', () => {
  it.each([
    ['a=1', { a: '1' }],
    ['a=1,b=2', { a: '1', b: '2' }],
    ['a=1 , b = 2', { a: '1', b: '2' }],
    ['a=1,2,b=3', { a: ['1', '2'], b: '3' }],
    ['a=1,b', { a: ['1', 'b'] }],
    ['a=', { a: '' }],
    ['a=,b=1', { a: '', b: '1' }],
    ['=x', { '': 'x' }],
    ['a=b=c==', { a: 'b=c==' }],
    ['a="x, y",b=\'{z}\'', { a: 'x, y', b: '{z}' }],
    ['a="say \\"hi\\" \\\\ \\n"', { a: 'say "hi" \\ \\n' }],
    ['a=x\\,y', { a: 'x,y' }],
    ['a=\\,y', { a: ',y' }],
    ['a= inner blanks  ', { a: 'inner blanks' }],
    ['a=[1, 2 ,]', { a: ['1', '2'] }],
    ['a=[[1],{b=2}]', { a: [['1'], { b: '2' }] }],
    ['a={b=[1],c={d=2},}', { a: { b: ['1'], c: { d: '2' } } }],
    ['a={},b=[]', { a: {}, b: [] }],
    ['a=]', { a: ']' }],
  ])('reads %s', (text, value) => {
    expect(read(text)).toEqual(value)
  })

  it.each([
    ['', "Expected: '=', received: 'EOF' for input:\n\n^"],
    ['abc', "Expected: '=', received: 'EOF' for input:\nabc\n   ^"],
    [' a=1', "Expected: '=', received: 'a' for input:\n a=1\n ^"],
    ['a=1,', "Expected: '<second>', received: '<none>' for input:\na=1,\n    ^"],
    ['a={b=1', "Expected: ',', received: 'EOF' for input:\na={b=1\n      ^"],
    ['a="x', `Expected: '<double quoted>', received: '<none>' for input:\na="x\n  ^`],
    ['a=é😀', "Expected: ',', received: '😀' for input:\na=é😀\n   ^"],
    ['a=1,\nb c=2\nd', "Expected: '=', received: 'c' for input:\na=1,\nb c=2\n  ^\nd"],
    [
      'a=1,a=2',
      'Second instance of key "a" encountered for input:\na=1,a=2\n    ^\nThis is often because there is a preceding "," instead of a space.',
    ],
  ])('refuses %j with a caret', (text, message) => {
    expect(refusal(text)).toBe(message)
  })

  it('reads back whatever is written', () => {
    const text = fc.string({ unit: 'binary-ascii' })
    const nested = fc.letrec<{ value: unknown }>(tie => ({
      value: fc.oneof(
        { depthSize: 'small' },
        text,
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(fc.stringMatching(/^[\w.#/:-]{1,8}$/), tie('value'), { maxKeys: 3 }),
      ),
    }))
    const document = fc.dictionary(fc.stringMatching(/^[\w.#/:-]{1,8}$/), nested.value, { minKeys: 1, maxKeys: 4 })
    fc.assert(
      fc.property(document, value => {
        expect(read(formatMembers(value))).toEqual({ ...value })
      }),
    )
  })

  it('reads or refuses any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'ab=,[]{}\'"\\ \n') }), text => {
        try {
          parseShorthand(text)
        } catch (error) {
          expect(String(error)).toMatch(/Expected: '|Second instance/)
        }
      }),
    )
  })
})

const formatMembers = (members: object): string =>
  Object.entries(members)
    .map(([name, value]) => `${name}=${format(value)}`)
    .join(',')

function format(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(format).join(',')}]`
  if (typeof value === 'object' && value !== null) return `{${formatMembers(value)}}`
  return `'${String(value).replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}

describe('key@=value', () => {
  const load = (text: string) =>
    text === 'fileb://b' ? new Uint8Array([1]) : text.startsWith('file://') ? `content of ${text}` : undefined

  it('takes a file for a value, in maps and lists too, and leaves other values and keys alone', () => {
    expect(parseShorthand('a@=file://x,b=file://x,c@=plain,d@=fileb://b', load)).toEqual(
      new Map<string, unknown>([
        ['a', 'content of file://x'],
        ['b', 'file://x'],
        ['c', 'plain'],
        ['d', new Uint8Array([1])],
      ]),
    )
    expect(parseShorthand('a@=file://x,plain,b=[file://y],c={d@="file://z",e=file://z}', load)).toEqual(
      new Map<string, unknown>([
        ['a', ['content of file://x', 'plain']],
        ['b', ['file://y']],
        [
          'c',
          new Map([
            ['d', 'content of file://z'],
            ['e', 'file://z'],
          ]),
        ],
      ]),
    )
  })

  it.each(['a@x', 'a@', '@'])('has no mark in %j, where no "=" follows the "@"', text => {
    expect(() => parseShorthand(text, load)).toThrow("Expected: '=', received: '@' for input:")
  })
})

describe('quoted values', () => {
  /** The original's own patterns. They tell the same in the end, however long they take. */
  const PATTERNS = { "'": /^'(?:\\\\|\\'|[^'])*'/, '"': /^"(?:\\\\|\\"|[^"])*"/ }

  it('end where the original has them end', () => {
    const inner = fc.string({ unit: fc.constantFrom('\\', "'", '"', 'x'), maxLength: 12 })
    fc.assert(
      fc.property(fc.constantFrom("'" as const, '"' as const), inner, (quote, rest) => {
        const whole = PATTERNS[quote].exec(quote + rest)?.[0]
        const read = () => parseShorthand(`a=${whole ?? quote + rest}`).get('a')
        if (whole === undefined) expect(read).toThrow('quoted>')
        else {
          const body = whole.slice(1, -1)
          expect(read()).toBe(body.replaceAll(`\\${quote}`, quote).replaceAll('\\\\', '\\'))
          expect(() => parseShorthand(`a=${quote}${rest}x`)).toThrow()
        }
      }),
      { numRuns: 2000 },
    )
  })
})
