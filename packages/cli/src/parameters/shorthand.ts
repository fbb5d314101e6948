import { MAX_DEPTH } from '../python/nesting-depth.ts'
import type { Value } from '../python/value.ts'

/**
 * The shorthand syntax of `--image-ids imageTag=a,imageDigest=b`:
 *
 *     param  = keyval *( "," keyval )
 *     keyval = key "=" values | key "@=" values     values behind "@=" may be file:// or fileb:// texts
 *     values = "[" list "]" | "{" hash "}" | csv
 *     csv    = value *( "," value )          one value is a scalar, more are a list
 *     hash   = key "=" ( list | hash | value ) *( "," … )
 *     value  = 'quoted' | "quoted" | bare
 */
export class ShorthandError extends Error {}

/** A place where something else was expected. The error is worded only where nobody reads on in another way. */
class Mismatch extends Error {
  readonly at: number
  readonly expected: string
  readonly received: string
  constructor(at: number, expected: string, received: string) {
    super()
    this.at = at
    this.expected = expected
    this.received = received
  }
}

const KEY = /[A-Za-z0-9_.#/:-]*/y
const BLANKS = /[ \t\n\r\v\f]*/y
/** `@=`. An `@` without its `=` is no mark, and is told as a character that does not belong there. */
const AT_EQUALS = /@[ \t\n\r\v\f]*=/y

/** Characters that may begin a bare value, as the original has them: blanks, quotes, brackets, `,` and `=` are not. */
const BEGIN = '!#-&(-+\\--<>-Z\\\\\\]-z|-\\uffff'
const BARE_BEGIN = new RegExp(`\\\\,|[${BEGIN}]`, 'uy')
/** The characters that go on with the first value behind a key, and with those that follow it. */
const BARE_FIRST = /[\s!#-&(-+\--\\^-|~-\uffff]*/uy
const BARE_SECOND = /[\s!#-&(-+\--<>-\uffff]*/uy

/** Loads the file that a `file://` or `fileb://` text names; undefined for any other text. */
type LoadFile = (text: string) => string | Uint8Array | undefined

/**
 * Reads one shorthand text into a map of strings, lists and maps. As in newer releases of the original, `load` gives
 * the values of keys that end in `@`.
 * @throws ShorthandError with a caret under the place, and what `load` throws
 */
export function parseShorthand(text: string, load: LoadFile = () => undefined): Map<string, Value> {
  let at = 0
  let depth = 0
  /** Whether the values that are being read may name files. */
  let fromFiles = false

  const peek = () => {
    const code = text.codePointAt(at)
    return code === undefined ? undefined : String.fromCodePoint(code)
  }

  function match(pattern: RegExp): string | undefined {
    pattern.lastIndex = at
    const found = pattern.exec(text)?.[0]
    if (found !== undefined) at += found.length
    return found
  }

  function expect(expected: string) {
    const actual = peek()
    if (actual !== expected) throw new Mismatch(at, expected, actual ?? 'EOF')
    at++
  }

  /** Takes a mark with blanks around it. */
  const separator = (mark: string) => {
    match(BLANKS)
    expect(mark)
    match(BLANKS)
  }

  function parameter(): Map<string, Value> {
    const members = new Map<string, Value>()
    member(members, 0)
    for (let last = at; at < text.length; last = at) {
      separator(',')
      member(members, last)
    }
    return members
  }

  /** Reads a key with its mark, and then what `read` finds behind it. */
  function pair(read: () => Value): [name: string, value: Value] {
    const outer = fromFiles
    const name = match(KEY) ?? ''
    if (match(AT_EQUALS) !== undefined) {
      at--
      fromFiles = true
    }
    separator('=')
    const value = read()
    fromFiles = outer
    return [name, value]
  }

  function member(members: Map<string, Value>, begin: number) {
    const [name, value] = pair(values)
    if (members.has(name)) throw new ShorthandError(duplicateError(text, name, begin + 1))
    members.set(name, value)
  }

  function values(): Value {
    if (at >= text.length) return ''
    if (peek() === '[') return within(list)
    if (peek() === '{') return within(hash)
    return commaSeparated()
  }

  function commaSeparated(): Value {
    const first = firstValue()
    match(BLANKS)
    if (peek() !== ',') return first
    separator(',')
    const items: Value[] = [first]
    for (;;) {
      // What follows the comma may be one more value, or the key of the next pair: only the "=" behind it tells.
      let current = ''
      try {
        current = secondValue()
        match(BLANKS)
        if (at >= text.length) {
          items.push(resolve(current))
          break
        }
        separator(',')
      } catch (error) {
        if (!(error instanceof Mismatch) || at >= text.length) throw error
        while (text[at] !== ',') at--
        break
      }
      items.push(resolve(current))
    }
    return items.length === 1 ? first : items
  }

  /** Reads a list or a map, which may stand in another one. */
  function within<T>(read: () => T): T {
    if (++depth > MAX_DEPTH) throw new ShorthandError(depthError(text, at))
    const value = read()
    depth--
    return value
  }

  function list(): Value[] {
    separator('[')
    const items: Value[] = []
    while (peek() !== ']') {
      items.push(nested())
      match(BLANKS)
      if (peek() !== ']') separator(',')
    }
    expect(']')
    return items
  }

  function hash(): Map<string, Value> {
    separator('{')
    const members = new Map<string, Value>()
    while (peek() !== '}') {
      members.set(...pair(nested))
      match(BLANKS)
      if (peek() !== '}') separator(',')
    }
    expect('}')
    return members
  }

  function nested(): Value {
    if (peek() === '[') return within(list)
    if (peek() === '{') return within(hash)
    return firstValue()
  }

  const resolve = (value: string): Value => (fromFiles ? (load(value) ?? value) : value)
  const firstValue = (): Value => resolve(quoted() ?? bare(BARE_FIRST) ?? '')
  const secondValue = (): string => quoted() ?? bare(BARE_SECOND) ?? mustMatch('<second>')

  function quoted(): string | undefined {
    const quote = peek()
    if (quote !== "'" && quote !== '"') return undefined
    const end = endOfQuoted(text, at, quote)
    if (end === undefined) return mustMatch(quote === "'" ? '<singled quoted>' : '<double quoted>')
    const inner = text.slice(at + 1, end - 1)
    at = end
    return inner.replaceAll(`\\${quote}`, quote).replaceAll('\\\\', '\\')
  }

  /** A backslash hides the comma behind it. */
  function bare(more: RegExp): string | undefined {
    const begin = at
    if (match(BARE_BEGIN) === undefined) return undefined
    for (match(more); text[at] === ',' && text[at - 1] === '\\'; match(more)) at++
    return text.slice(begin, at).replaceAll('\\,', ',').trimEnd()
  }

  function mustMatch(expected: string): never {
    throw new Mismatch(at, expected, '<none>')
  }

  try {
    return parameter()
  } catch (error) {
    if (error instanceof Mismatch) throw new ShorthandError(syntaxError(text, error))
    throw error
  }
}

/**
 * The place behind the quote that closes the text which begins at `begin`. A backslash hides a quote or a backslash;
 * where no quote is left over that way, the last one closes the text after all, as the original's pattern has it.
 */
function endOfQuoted(text: string, begin: number, quote: string): number | undefined {
  let last: number | undefined
  for (let at = begin + 1; at < text.length; at++) {
    if (text[at] === quote) return at + 1
    if (text[at] !== '\\') continue
    const next = text[at + 1]
    if (next === quote) last = at + 2
    if (next === quote || next === '\\') at++
  }
  return last
}

const syntaxError = (text: string, { at, expected, received }: Mismatch) =>
  `Expected: '${expected}', received: '${received}' for input:\n${pointAt(text, at)}`

const depthError = (text: string, at: number) =>
  `Lists and maps nest more than ${MAX_DEPTH} deep for input:\n${pointAt(text, at)}`

const duplicateError = (text: string, key: string, at: number) =>
  `Second instance of key "${key}" encountered for input:\n${pointAt(text, at)}\nThis is often because there is a preceding "," instead of a space.`

/** The text with a caret under position `at`, which counts code units; the rest of a longer text follows. */
function pointAt(text: string, at: number): string {
  const before = text.slice(0, at)
  const column = [...before.slice(before.lastIndexOf('\n') + 1)].length
  const caret = `${' '.repeat(column)}^`
  const lineEnd = text.indexOf('\n', at)
  if (lineEnd < 0) return `${text}\n${caret}`
  return `${text.slice(0, lineEnd)}\n${caret}${text.slice(lineEnd)}`
}
