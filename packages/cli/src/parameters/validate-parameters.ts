import type { Shape } from '@berth/model'
import { className, str } from '../python/text.ts'
import { isDict, isInteger, isList, type Value } from '../python/value.ts'

/**
 * Everything that is wrong with an input, in the original's words: missing and unknown members, wrong types, and what
 * is too short or too small. Patterns, enumerations and upper limits are left to the service.
 */
export function validateParameters(shape: Shape, input: Value): string[] {
  const reports: string[] = []
  check(shape, input, '', reports)
  return reports
}

function check(shape: Shape, value: Value, path: string, reports: string[]): void {
  const valid = VALID_TYPES[shape.type]
  if (!valid.accepts(value)) {
    reports.push(
      `Invalid type for parameter ${path}, value: ${str(value)}, type: ${className(value)}, valid types: ${valid.types}`,
    )
    return
  }
  const least = 'min' in shape ? shape.min : undefined
  if (shape.type === 'structure') checkMembers(shape, value, path, reports)
  else if (shape.type === 'list') {
    if (!isList(value)) return
    tooShort(value.length, least, path, reports)
    value.forEach((item, index) => {
      check(shape.item, item, `${path}[${index}]`, reports)
    })
  } else if (typeof value === 'string') {
    if (shape.type === 'string') tooShort([...value].length, least, path, reports)
  } else if (isInteger(value) && least !== undefined && value < least) {
    reports.push(`Invalid value for parameter ${path}, value: ${value}, valid min value: ${least}`)
  }
}

function checkMembers(shape: Shape & { type: 'structure' }, value: Value, path: string, reports: string[]): void {
  if (!isDict(value)) return
  const where = path === '' ? 'input' : path
  for (const name of shape.required) {
    if (!value.has(name)) reports.push(`Missing required parameter in ${where}: "${name}"`)
  }
  const known = Object.keys(shape.members)
  for (const name of value.keys()) {
    if (!known.includes(name)) {
      reports.push(`Unknown parameter in ${where}: "${name}", must be one of: ${known.join(', ')}`)
    }
  }
  for (const [name, item] of value) {
    const member = Object.hasOwn(shape.members, name) ? shape.members[name] : undefined
    if (member) check(member, item, path === '' ? name : `${path}.${name}`, reports)
  }
}

function tooShort(length: number, least: number | undefined, path: string, reports: string[]): void {
  if (least !== undefined && length < least) {
    reports.push(`Invalid length for parameter ${path}, value: ${length}, valid min length: ${least}`)
  }
}

interface TypeRule {
  readonly types: string
  readonly accepts: (value: Value) => boolean
}

const integers: TypeRule = { types: "<class 'int'>", accepts: value => isInteger(value) || typeof value === 'boolean' }

const VALID_TYPES: { readonly [T in Shape['type']]: TypeRule } = {
  string: { types: "<class 'str'>", accepts: value => typeof value === 'string' },
  integer: integers,
  long: integers,
  boolean: { types: "<class 'bool'>", accepts: value => typeof value === 'boolean' },
  structure: { types: "<class 'dict'>", accepts: isDict },
  list: { types: "<class 'list'>, <class 'tuple'>", accepts: isList },
  blob: {
    types: "<class 'bytes'>, <class 'bytearray'>, file-like object",
    accepts: value => typeof value === 'string' || value instanceof Uint8Array,
  },
  timestamp: { types: "<class 'datetime.datetime'>, timestamp-string", accepts: value => typeof value === 'string' },
}
