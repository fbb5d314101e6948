import { FaultError, memberPath } from './fault.ts'

/** A JSON value. Objects are maps, so that no name (`__proto__`) means anything but itself. */
export type Json = string | number | boolean | null | readonly Json[] | ReadonlyMap<string, Json>

/** Deeper than any policy, and shallow enough for recursion. */
const MAX_DEPTH = 16

/** One token: a mark, a string, or a run of other characters. `JSON.parse` judges strings and runs. */
const TOKEN = /[ \t\n\r]*([{}[\],:]|"(?:[^"\\]|\\.)*"|[^\s{}[\],:"]+)/y

/**
 * Reads JSON (RFC 8259) more strictly than `JSON.parse`: names given twice, halves of characters, numbers without end
 * and deep nesting are faults. Each fault has its path, and is the same on every version of Node.
 * @throws FaultError
 */
export function readJson(text: string): Json {
  let start = 0
  let end = 0
  const value = readValue('', 1, next(''))
  if (/[^ \t\n\r]/.test(text.slice(end))) next('', [])
  return value

  function readValue(path: string, depth: number, token: string): Json {
    if (depth > MAX_DEPTH) throw new FaultError(path, `is nested more than ${MAX_DEPTH} deep`)
    if (token === '{') return readObject(path, depth)
    if (token === '[') return readArray(path, depth)
    return readScalar(path, token)
  }

  function readObject(path: string, depth: number): Json {
    const members = new Map<string, Json>()
    let token = next(path)
    if (token === '}') return members
    for (;;) {
      if (!token.startsWith('"')) unexpected(path)
      const name = String(readScalar(path, token))
      const inside = memberPath(path, name)
      if (members.has(name)) throw new FaultError(inside, 'is given twice')
      next(path, [':'])
      members.set(name, readValue(inside, depth + 1, next(inside)))
      if (next(path, [',', '}']) === '}') return members
      token = next(path)
    }
  }

  function readArray(path: string, depth: number): Json {
    const elements: Json[] = []
    let token = next(path)
    if (token === ']') return elements
    for (;;) {
      elements.push(readValue(`${path}[${elements.length}]`, depth + 1, token))
      if (next(path, [',', ']']) === ']') return elements
      token = next(path)
    }
  }

  function readScalar(path: string, token: string): string | number | boolean | null {
    let value: string | number | boolean | null
    try {
      value = JSON.parse(token)
    } catch {
      return unexpected(path)
    }
    // In a regular expression for Unicode, only a surrogate without its pair is one.
    if (typeof value === 'string' && /\p{Surrogate}/u.test(value)) throw new FaultError(path, 'holds half a character')
    if (value === Infinity || value === -Infinity) throw new FaultError(path, 'is too large a number')
    return value
  }

  /** The next token, which must be one of those wanted, if any are named. */
  function next(path: string, wanted?: readonly string[]): string {
    TOKEN.lastIndex = end
    const token = TOKEN.exec(text)?.[1]
    if (token === undefined) {
      start = text.length - text.slice(end).replace(/^[ \t\n\r]+/, '').length
      return unexpected(path)
    }
    end = TOKEN.lastIndex
    start = end - token.length
    return wanted?.includes(token) === false ? unexpected(path) : token
  }

  /** Says where the reading stopped: at `start`. */
  function unexpected(path: string): never {
    if (start >= text.length) throw new FaultError(path, 'is no JSON: the text ends too early')
    const lines = text.slice(0, start).split('\n')
    const column = (lines.at(-1)?.length ?? 0) + 1
    throw new FaultError(path, `is no JSON: unexpected text in line ${lines.length}, column ${column}`)
  }
}
