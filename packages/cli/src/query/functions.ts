import { formatJson } from '../python/format-json.ts'
import { parseInteger } from '../python/int.ts'
import { className, str } from '../python/text.ts'
import { Float, integerOf, isDict, isInteger, isList, isNumber, type Value } from '../python/value.ts'
import { compareOrdered, equal, numberOf } from './compare.ts'
import { QueryRuntimeError } from './query-error.ts'
import { Reference } from './reference.ts'

type Argument = Value | Reference

type Type = 'string' | 'number' | 'array' | 'object' | 'boolean' | 'null' | 'expref'
/** `array-number` is an array of nothing but numbers. */
type Expected = Type | 'array-number' | 'array-string'

interface Definition {
  /** The types that each argument may have; an empty list allows all. */
  readonly signature: readonly (readonly Expected[])[]
  readonly variadic?: boolean
  readonly run: (...args: Argument[]) => Value
}

const define = (signature: readonly (readonly Expected[])[], run: Definition['run'], variadic = false): Definition => ({
  signature,
  run,
  variadic,
})

/** Calls a function. @throws QueryRuntimeError for an unknown function, a wrong number of arguments or a wrong type */
export function callFunction(name: string, args: readonly Argument[]): Value {
  const definition = functions.get(name)
  if (!definition) throw new QueryRuntimeError(`Unknown function: ${name}()`)
  const { signature, variadic, run } = definition
  const count = signature.length
  const plural = count === 1 ? 'argument' : 'arguments'
  if (variadic ? args.length < count : args.length !== count) {
    throw new QueryRuntimeError(
      `Expected ${variadic ? 'at least ' : ''}${count} ${plural} for function ${name}(), received ${args.length}`,
    )
  }
  args.forEach((arg, index) => {
    checkType(name, arg, signature[Math.min(index, count - 1)] ?? [], index < count || variadic === true)
  })
  return run(...args)
}

function checkType(name: string, arg: Argument, expected: readonly Expected[], applies: boolean): void {
  if (!applies || expected.length === 0) return
  const plain = expected.map(each => each.replace(/-.*/, ''))
  if (!plain.includes(typeOf(arg))) throw typeError(name, arg, expected, typeOf(arg))
  const elements = expected.filter(each => each.includes('-')).map(each => each.replace('array-', ''))
  if (elements.length === 0 || !(!(arg instanceof Reference) && isList(arg)) || arg.length === 0) return
  const wanted = elements.length === 1 ? elements[0] : elements.find(each => each === typeOf(arg[0] ?? null))
  const wrong = arg.find(item => typeOf(item) !== wanted)
  if (wrong !== undefined) throw typeError(name, wrong, expected, pythonType(wrong))
}

function typeError(name: string, value: Argument, expected: readonly string[], received: string): QueryRuntimeError {
  const shown = value instanceof Reference ? 'an expression' : str(value)
  const types = expected.map(each => `'${each}'`).join(', ')
  return new QueryRuntimeError(
    `In function ${name}(), invalid type for value: ${shown}, expected one of: [${types}], received: "${received}"`,
  )
}

const pythonType = (value: Value) => className(value).replace(/^<class '(?:.*\.)?|'>$/g, '')

function typeOf(value: Argument): Type {
  if (value instanceof Reference) return 'expref'
  if (value === null) return 'null'
  if (typeof value === 'boolean') return 'boolean'
  if (isNumber(value)) return 'number'
  if (isList(value)) return 'array'
  if (isDict(value)) return 'object'
  return 'string'
}

// The signatures have checked these types before a function runs; the fallbacks are never used.
const listOf = (value: Argument | undefined): readonly Value[] =>
  value !== undefined && !(value instanceof Reference) && isList(value) ? value : []
const textOf = (value: Argument | undefined): string => (typeof value === 'string' ? value : '')
const dictOf = (value: Argument | undefined): ReadonlyMap<string, Value> =>
  value !== undefined && !(value instanceof Reference) && isDict(value) ? value : new Map()
const numericOf = (value: Argument | undefined): number | bigint | Float =>
  value !== undefined && !(value instanceof Reference) && isNumber(value) ? value : 0
const plainOf = (value: Argument | undefined): Value =>
  value === undefined || value instanceof Reference ? null : value
const applyOf = (value: Argument | undefined) => (value instanceof Reference ? value.apply : plainOf)

const rounded = (value: Argument | undefined, round: (number: number) => number): Value => {
  const number = numericOf(value)
  if (!(number instanceof Float)) return number
  if (Number.isFinite(number.value)) return integerOf(BigInt(round(number.value)))
  const name = Number.isNaN(number.value) ? 'NaN' : 'infinity'
  throw new QueryRuntimeError(`cannot convert float ${name} to integer`)
}

function sum(items: readonly Value[]): number | bigint | Float {
  if (items.some(item => item instanceof Float)) {
    return new Float(items.reduce<number>((total, item) => total + numberOf(numericOf(item)), 0))
  }
  return integerOf(items.reduce<bigint>((total, item) => total + (isInteger(item) ? BigInt(item) : 0n), 0n))
}

/** The item whose key is first in the order; of items with equal keys, the first item. */
function extreme(items: readonly Value[], keys: readonly Value[], direction: 1 | -1): Value {
  let best = 0
  for (let i = 1; i < items.length; i++) {
    if (direction * (compareOrdered(keys[i] ?? null, keys[best] ?? null) ?? 0) < 0) best = i
  }
  return items[best] ?? null
}

/**
 * The keys of the items.
 * @throws QueryRuntimeError for a key that is no number and no string, and with `uniform` for one of another type than
 * the first
 */
function keysOf(name: string, items: readonly Value[], apply: (value: Value) => Value, uniform: boolean): Value[] {
  let allowed: Type[] = uniform ? ['string', 'number'] : ['number', 'string']
  return items.map((item, index) => {
    const key = apply(item)
    const type = typeOf(key)
    if (!allowed.includes(type)) throw typeError(name, uniform && index === 0 ? item : key, allowed, type)
    if (uniform) allowed = [type]
    return key
  })
}

function sortBy(items: readonly Value[], keys: readonly Value[]): Value[] {
  return items
    .map((item, index) => ({ item, key: keys[index] ?? null }))
    .sort((a, b) => compareOrdered(a.key, b.key) ?? 0)
    .map(({ item }) => item)
}

function toNumber(value: Value): Value {
  if (isNumber(value)) return value
  if (typeof value !== 'string') return null
  const integer = parseInteger(value)
  if (integer !== undefined) return integer
  const text = value.trim()
  const [, sign, name] = /^([+-]?)(inf|infinity|nan)$/i.exec(text) ?? []
  if (name !== undefined) {
    const size = /^nan$/i.test(name) ? Number.NaN : Number.POSITIVE_INFINITY
    return new Float(sign === '-' ? -size : size)
  }
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/.test(text) ? new Float(Number(text)) : null
}

const functions = new Map<string, Definition>([
  [
    'abs',
    define([['number']], value => {
      const number = numericOf(value)
      if (number instanceof Float) return new Float(Math.abs(number.value))
      return number < 0 ? integerOf(-BigInt(number)) : number
    }),
  ],
  [
    'avg',
    define([['array-number']], value => {
      const items = listOf(value)
      return items.length === 0 ? null : new Float(numberOf(sum(items)) / items.length)
    }),
  ],
  ['ceil', define([['number']], value => rounded(value, Math.ceil))],
  [
    'contains',
    define([['array', 'string'], []], (subject, search) => {
      if (typeof subject === 'string') {
        if (typeof search === 'string') return subject.includes(search)
        const type = pythonType(plainOf(search))
        throw new QueryRuntimeError(`'in <string>' requires string as left operand, not ${type}`)
      }
      return listOf(subject).some(item => equal(item, plainOf(search)))
    }),
  ],
  ['ends_with', define([['string'], ['string']], (text, end) => textOf(text).endsWith(textOf(end)))],
  ['floor', define([['number']], value => rounded(value, Math.floor))],
  ['join', define([['string'], ['array-string']], (glue, items) => listOf(items).join(textOf(glue)))],
  ['keys', define([['object']], value => [...dictOf(value).keys()])],
  [
    'length',
    define([['string', 'array', 'object']], value => {
      if (typeof value === 'string') return [...value].length
      return plainOf(value) instanceof Map ? dictOf(value).size : listOf(value).length
    }),
  ],
  ['map', define([['expref'], ['array']], (each, items) => listOf(items).map(applyOf(each)))],
  ['max', define([['array-number', 'array-string']], items => extreme(listOf(items), listOf(items), -1))],
  [
    'max_by',
    define([['array'], ['expref']], (items, by) =>
      extreme(listOf(items), keysOf('max_by', listOf(items), applyOf(by), false), -1),
    ),
  ],
  ['merge', define([['object']], (...dicts) => new Map(dicts.flatMap(dict => [...dictOf(dict)])), true)],
  ['min', define([['array-number', 'array-string']], items => extreme(listOf(items), listOf(items), 1))],
  [
    'min_by',
    define([['array'], ['expref']], (items, by) =>
      extreme(listOf(items), keysOf('min_by', listOf(items), applyOf(by), false), 1),
    ),
  ],
  ['not_null', define([[]], (...values) => values.map(plainOf).find(value => value !== null) ?? null, true)],
  [
    'reverse',
    define([['array', 'string']], value =>
      typeof value === 'string' ? [...value].reverse().join('') : [...listOf(value)].reverse(),
    ),
  ],
  ['sort', define([['array-string', 'array-number']], items => sortBy(listOf(items), listOf(items)))],
  [
    'sort_by',
    define([['array'], ['expref']], (items, by) =>
      sortBy(listOf(items), keysOf('sort_by', listOf(items), applyOf(by), true)),
    ),
  ],
  ['starts_with', define([['string'], ['string']], (text, start) => textOf(text).startsWith(textOf(start)))],
  ['sum', define([['array-number']], items => sum(listOf(items)))],
  ['to_array', define([[]], value => (isList(plainOf(value)) ? plainOf(value) : [plainOf(value)]))],
  ['to_number', define([[]], value => toNumber(plainOf(value)))],
  [
    'to_string',
    define([[]], value =>
      typeof value === 'string' ? value : formatJson(plainOf(value), { compact: true, ascii: true }),
    ),
  ],
  ['type', define([[]], value => typeOf(value ?? null))],
  ['values', define([['object']], value => [...dictOf(value).values()])],
])
