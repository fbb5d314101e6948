import { isRecord } from './is-record.ts'
import type { Decoded, Shape } from './shapes.ts'

/**
 * One broken constraint, in the words of AWS. `path` names the member as `imageIds[0].imageTag`: members by dots, list
 * items by their index from zero.
 */
export interface Violation {
  readonly path: string
  readonly constraint: string
}

/**
 * Every constraint of `shape` that a decoded value breaks, in the model's order; none for a valid value. Members that
 * are `undefined` count as absent. Members that the shape lacks are not looked at.
 */
export function validate<S extends Shape>(shape: S, value: Decoded<S>): readonly Violation[] {
  return [...violations(shape, value, '')]
}

function* violations(shape: Shape, value: unknown, path: string): Generator<Violation, undefined> {
  const constraints = constraintsBroken(shape, value)
  for (const constraint of constraints) yield { path, constraint }
  // A list of a wrong length is not looked into: a hostile one may be very long.
  if (shape.type === 'list' && Array.isArray(value) && constraints.length === 0) {
    for (const [index, item] of value.entries()) yield* violations(shape.item, item, `${path}[${index}]`)
  }
  if (shape.type === 'structure' && isRecord(value)) {
    for (const [name, member] of Object.entries(shape.members)) {
      const memberPath = path === '' ? name : `${path}.${name}`
      if (value[name] !== undefined) yield* violations(member, value[name], memberPath)
      else if (shape.required.includes(name)) yield { path: memberPath, constraint: 'Member must not be null' }
    }
  }
}

/** The constraints that the value itself breaks, without those of its parts. */
function constraintsBroken(shape: Shape, value: unknown): readonly string[] {
  switch (shape.type) {
    case 'string': {
      if (typeof value !== 'string') throw mismatch(shape, value)
      const length = outside('length', codePoints(value), shape)
      // Length comes first: a pattern never sees more than the longest legal text.
      if (length.length > 0) return length
      if (shape.pattern !== undefined && !wholeMatch(shape.pattern).test(value)) {
        return [`Member must satisfy regular expression pattern: ${shape.pattern}`]
      }
      if (shape.enum !== undefined && !shape.enum.includes(value)) {
        return [`Member must satisfy enum value set: [${shape.enum.join(', ')}]`]
      }
      return []
    }
    case 'integer':
    case 'long':
      if (typeof value !== 'number') throw mismatch(shape, value)
      return outside('value', value, shape)
    case 'blob':
      if (!(value instanceof Uint8Array)) throw mismatch(shape, value)
      return outside('length', value.byteLength, shape)
    case 'list':
      if (!Array.isArray(value)) throw mismatch(shape, value)
      return outside('length', value.length, shape)
    case 'structure':
      if (!isRecord(value)) throw mismatch(shape, value)
      return []
    case 'boolean':
      if (typeof value !== 'boolean') throw mismatch(shape, value)
      return []
    case 'timestamp':
      if (!(value instanceof Date)) throw mismatch(shape, value)
      return []
  }
}

function outside(what: 'length' | 'value', measure: number, range: { min?: number; max?: number }): readonly string[] {
  if (range.max !== undefined && measure > range.max)
    return [`Member must have ${what} less than or equal to ${range.max}`]
  if (range.min !== undefined && measure < range.min) {
    return [`Member must have ${what} greater than or equal to ${range.min}`]
  }
  return []
}

const HIGH_SURROGATE = /[\ud800-\udbff]/
const isBetween = (unit: number, first: number, last: number): boolean => unit >= first && unit <= last

/** The characters are counted one by one, without a list of the pairs: a hostile text may have millions. */
function codePoints(text: string): number {
  if (!HIGH_SURROGATE.test(text)) return text.length
  let pairs = 0
  for (let at = 0; at + 1 < text.length; at += 1) {
    if (!isBetween(text.charCodeAt(at), 0xd800, 0xdbff) || !isBetween(text.charCodeAt(at + 1), 0xdc00, 0xdfff)) continue
    pairs += 1
    at += 1
  }
  return text.length - pairs
}

const compiled = new Map<string, RegExp>()

/** The service model's patterns are unanchored, and mean the whole value. */
function wholeMatch(pattern: string): RegExp {
  const known = compiled.get(pattern)
  if (known !== undefined) return known
  const expression = new RegExp(`^(?:${pattern})$`)
  compiled.set(pattern, expression)
  return expression
}

/** Decoding has settled the types, so this is a mistake of the program and not of its caller. */
const mismatch = (shape: Shape, value: unknown): TypeError =>
  new TypeError(`a ${shape.type} (${shape.shapeName}) cannot be ${typeof value}`)
