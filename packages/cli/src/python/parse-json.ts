import { MAX_DEPTH } from './nesting-depth.ts'
import { Float, integerOf, OrderedDict, type Value } from './value.ts'

/** Where and why a text is not JSON, in the words of Python's `json`. */
export class JsonError extends Error {
  constructor(reason: string, text: string, position: number) {
    const before = text.slice(0, position)
    const line = before.split('\n').length
    const column = codePoints(before.slice(before.lastIndexOf('\n') + 1)) + 1
    super(`${reason}: line ${line} column ${column} (char ${codePoints(before)})`)
  }
}

/** A text nests too deeply, JSON or not. */
export class JsonDepthError extends JsonError {}

const codePoints = (text: string) => [...text].length

const BLANKS = /[ \t\n\r]*/y
const NUMBER = /(-?(?:0|[1-9]\d*))(\.\d+)?([eE][-+]?\d+)?/y
/** The characters that may stand in a string as they are: no control characters, no quote and no backslash. */
const PLAIN = /[ !#-[\]-\uffff]*/y
const WORDS = new Map<string, Value>([
  ['null', null],
  ['true', true],
  ['false', false],
  ['NaN', new Float(Number.NaN)],
  ['Infinity', new Float(Number.POSITIVE_INFINITY)],
  ['-Infinity', new Float(Number.NEGATIVE_INFINITY)],
])
const ESCAPES = new Map([
  ['"', '"'],
  ['\\', '\\'],
  ['/', '/'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
])

/**
 * Reads JSON and keeps what JavaScript's own parser loses: integers apart from floats, big integers, the order of
 * keys. It reads NaN and the infinities too, and of a repeated key the last one counts. `ordered` makes maps
 * `OrderedDict`s.
 * @throws JsonError
 */
export function parseJson(text: string, { ordered = false } = {}): Value {
  let at = 0
  let depth = 0
  const fail = (reason: string, position = at) => new JsonError(reason, text, position)

  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at
    const found = pattern.exec(text)
    if (found) at = pattern.lastIndex
    return found
  }
  const skipBlanks = () => match(BLANKS)

  function string(): string {
    const begin = at
    at++
    let value = ''
    for (;;) {
      value += match(PLAIN)?.[0] ?? ''
      const end = text[at]
      if (end === undefined) throw fail('Unterminated string starting at', begin)
      if (end === '"') {
        at++
        return value
      }
      if (end !== '\\') throw fail('Invalid control character at')
      const escaped = text[at + 1]
      if (escaped === undefined) throw fail('Unterminated string starting at', begin)
      if (escaped === 'u') {
        const digits = text.slice(at + 2, at + 6)
        if (!/^[0-9a-fA-F]{4}$/.test(digits)) throw fail('Invalid \\uXXXX escape', at + 1)
        value += String.fromCharCode(Number.parseInt(digits, 16))
        at += 6
      } else {
        const character = ESCAPES.get(escaped)
        if (character === undefined) throw fail('Invalid \\escape')
        value += character
        at += 2
      }
    }
  }

  function object(): Value {
    const result: Map<string, Value> = ordered ? new OrderedDict() : new Map()
    at++
    skipBlanks()
    if (text[at] === '}') {
      at++
      return result
    }
    for (;;) {
      if (text[at] !== '"') throw fail('Expecting property name enclosed in double quotes')
      const key = string()
      skipBlanks()
      if (text[at] !== ':') throw fail("Expecting ':' delimiter")
      at++
      result.set(key, value())
      skipBlanks()
      const separator = text[at]
      if (separator !== '}' && separator !== ',') throw fail("Expecting ',' delimiter")
      at++
      if (separator === '}') return result
      skipBlanks()
    }
  }

  function array(): Value {
    const result: Value[] = []
    at++
    skipBlanks()
    if (text[at] === ']') {
      at++
      return result
    }
    for (;;) {
      result.push(value())
      skipBlanks()
      const separator = text[at]
      if (separator !== ']' && separator !== ',') throw fail("Expecting ',' delimiter")
      at++
      if (separator === ']') return result
    }
  }

  /** Reads a list or a map, which may stand in another one. */
  function within(read: () => Value): Value {
    if (++depth > MAX_DEPTH) throw new JsonDepthError(`Nested more than ${MAX_DEPTH} deep`, text, at)
    const result = read()
    depth--
    return result
  }

  function value(): Value {
    skipBlanks()
    const first = text[at]
    if (first === '"') return string()
    if (first === '{') return within(object)
    if (first === '[') return within(array)
    const number = match(NUMBER)
    if (number && number[0] !== '') {
      return number[2] === undefined && number[3] === undefined
        ? integerOf(BigInt(number[0]))
        : new Float(Number(number[0]))
    }
    for (const [word, meaning] of WORDS) {
      if (text.startsWith(word, at)) {
        at += word.length
        return meaning
      }
    }
    throw fail('Expecting value')
  }

  const result = value()
  skipBlanks()
  if (at < text.length) throw fail('Extra data')
  return result
}
