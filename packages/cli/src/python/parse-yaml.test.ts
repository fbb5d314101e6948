import { describe, expect, it } from 'vitest'
import { KeyError, parseYaml } from './parse-yaml.ts'
import { Float } from './value.ts'

/** Expected values were asked of the YAML reader that the original uses, ruamel.yaml 0.17 in its safe form. */
const read = (text: string) => plain(parseYaml(text))
const plain = (value: unknown): unknown =>
  value instanceof Map
    ? Object.fromEntries([...value].map(([key, item]) => [key, plain(item)]))
    : Array.isArray(value)
      ? value.map(plain)
      : value

describe('merges', () => {
  it.each([
    ['<<: {a: 1, b: 2}\na: 3\nc: 4', { a: 3, b: 2, c: 4 }],
    ['a: 3\n<<: {a: 1, b: 2}', { a: 3, b: 2 }],
    ['<<: [{a: 1}, {a: 2, b: 3}]\nc: 1', { a: 1, b: 3, c: 1 }],
    ['x: &x {a: 1}\ny: {<<: *x, b: 2}', { x: { a: 1 }, y: { a: 1, b: 2 } }],
    ['<<: {<<: {a: 1}, b: 2}\nc: 3', { a: 1, b: 2, c: 3 }],
    ['"<<": {a: 1}\nb: 2', { '<<': { a: 1 }, b: 2 }],
  ])('%j', (text, expected) => {
    expect(read(text)).toEqual(expected)
  })

  it.each(['<<: 1', '<<: [1]', '<<: x', '<<: ~', '<<: *gone', '<<: {a: 1}\n<<: {b: 2}'])('refuses %j', text => {
    expect(parseYaml(text)).toBeUndefined()
  })
})

describe('the signs of YAML 1.1', () => {
  it.each(['a: =', '[=]', 'a: <<', '[<<]', 'a: {b: [<<]}'])('are refused as values: %j', text => {
    expect(parseYaml(text)).toBeUndefined()
  })

  it.each([
    ['=: 1', { '=': 1 }],
    ['a: "="', { a: '=' }],
    ["a: '<<'", { a: '<<' }],
    ['a: !!str =', { a: '=' }],
    ['a: x=<<', { a: 'x=<<' }],
  ])('are fine elsewhere: %j', (text, expected) => {
    expect(read(text)).toEqual(expected)
  })
})

describe('tabs', () => {
  it.each([
    ...['a:\tb', 'a\t: b', 'a: b\t', 'a: "b"\t', 'a: b\tc', 'a: [b,\tc]', 'a: {b:\tc}', '-\ta', '\ta: b'],
    ...['a: b\t# c', 'a:\n\n\t\n  b: 1', 'a: &x\tb', 'a: |\n  b\nc:\td'],
  ])('are refused between tokens and in plain scalars: %j', text => {
    expect(parseYaml(text)).toBeUndefined()
  })

  it.each([
    ['a: "b\tc"', { a: 'b\tc' }],
    ["a: 'b\tc'", { a: 'b\tc' }],
    ['a: |\n  b\tc\nd: e', { a: 'b\tc\n', d: 'e' }],
    ['a: > # x\n  b\tc\n', { a: 'b\tc\n' }],
    ['a: b # c\td', { a: 'b' }],
  ])('are fine in %j', (text, expected) => {
    expect(read(text)).toEqual(expected)
  })
})

describe('keys', () => {
  it.each(['1: a', 'true: a', '~: a', '1.5: a', '2020-01-01: a', '[a, b]: c', 'a: b\n2: c'])(
    'of the document must be text: %j',
    text => {
      expect(() => parseYaml(text)).toThrow(KeyError)
    },
  )

  it.each(['{a: 1}: b', '[[a]]: b', 'x: {1: a, 1.0: b}', 'x: {1: a, true: b}', 'x: {~: a, null: b}', 'a: 1\na: 2'])(
    'must be different, and what can be a key: %j',
    text => {
      expect(parseYaml(text)).toBeUndefined()
    },
  )

  it('further down are named as Python prints them', () => {
    expect(read('a: {1: x, true0: y, ~: z, false: w}')).toEqual({ a: { '1': 'x', true0: 'y', None: 'z', False: 'w' } })
  })
})

it('reads numbers with prefixes and underscores', () => {
  expect(read('[0b1_1, 0o7_1, 0x_1F, -0b1, 0o8, 1_000, 017, 1.5]')).toEqual([
    3,
    57,
    31,
    -1,
    '0o8',
    1000,
    17,
    new Float(1.5),
  ])
})

it.each(['&a [*a]', 'a: &a {b: *a}'])('refuses what contains itself: %j', text => {
  expect(parseYaml(text)).toBeUndefined()
})

it.each(['\0a: b', 'a: "\x01"', 'a: b # \x1b', 'a: \x7f', 'a: \ufffe'])(
  'refuses characters that no document may have: %j',
  text => {
    expect(parseYaml(text)).toBeUndefined()
  },
)

it.each(['a: !!merge x', 'a: !!binary b', 'a: !!int x'])('refuses what its tag does not fit: %j', text => {
  expect(parseYaml(text)).toBeUndefined()
})

it('reads sets as lists, and bytes as base64', () => {
  expect(read('{a: !!set {b, c}, d: !!binary "aG\\nk="}')).toEqual({ a: ['b', 'c'], d: new Uint8Array([0x68, 0x69]) })
})
