import { isRecord } from './is-record.ts'
import { SerializationError } from './serialization-error.ts'
import type { Decoded, Infer, MemberShapes, Shape, StructureShape } from './shapes.ts'

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [name: string]: JsonValue }

/**
 * Reads a value of `shape` from parsed JSON. Members that the shape lacks are dropped, and so are nulls, in lists too.
 * Only JSON types are checked: constraints are for `validate`.
 * @throws SerializationError for a wrong JSON type, bad base64 or a number that is no safe integer
 */
export function decode<S extends Shape>(shape: S, json: JsonValue): Decoded<S> {
  return decodeValue(shape, json, '') as Decoded<S>
}

/** Writes a value of `shape` as JSON: only modelled members, in the model's order. Absent ones are left out. */
export function encode<S extends Shape>(shape: S, value: Infer<S>): JsonValue {
  return encodeValue(shape, value)
}

/** How many characters a piece of a text has before it ends. */
const PIECE = 64 * 1024

/**
 * The JSON text of what `encode` makes, in pieces. No piece is much longer than 64 KiB or one item of a list, so that a
 * server can answer others between two pieces.
 */
export function* encodeText({ members }: StructureShape, value: object): Generator<string> {
  let [text, between] = ['{', '']
  for (const [name, member] of Object.entries(members)) {
    const own = (value as Readonly<Record<string, unknown>>)[name]
    if (own === undefined) continue
    text += `${between}${JSON.stringify(name)}:`
    between = ','
    if (member.type !== 'list' || !Array.isArray(own)) {
      text += JSON.stringify(encodeValue(member, own))
      continue
    }
    text += '['
    for (const [index, item] of own.entries()) {
      if (text.length >= PIECE) {
        yield text
        text = ''
      }
      text += `${index === 0 ? '' : ','}${JSON.stringify(encodeValue(member.item, item))}`
    }
    text += ']'
  }
  yield `${text}}`
}

function decodeValue(shape: Shape, json: JsonValue, path: string): unknown {
  const refuse = () => new SerializationError(path, shape.type, json)
  switch (shape.type) {
    case 'string':
      if (typeof json !== 'string') throw refuse()
      return json
    case 'boolean':
      if (typeof json !== 'boolean') throw refuse()
      return json
    case 'integer':
    case 'long':
      if (!Number.isSafeInteger(json)) throw refuse()
      return json
    case 'timestamp': {
      const date = decodeTimestamp(json)
      if (date === undefined) throw refuse()
      return date
    }
    case 'blob': {
      const bytes = decodeBase64(json)
      if (bytes === undefined) throw refuse()
      return bytes
    }
    case 'list':
      if (!isList(json)) throw refuse()
      return json.flatMap((item, index) => (item === null ? [] : [decodeValue(shape.item, item, `${path}[${index}]`)]))
    case 'structure': {
      if (!isRecord(json)) throw refuse()
      const value: Record<string, unknown> = {}
      for (const [name, member] of Object.entries(shape.members)) {
        const item = json[name]
        if (item === undefined || item === null) continue
        value[name] = decodeValue(member, item, path === '' ? name : `${path}.${name}`)
      }
      return value
    }
  }
}

function encodeValue(shape: Shape, value: unknown): JsonValue {
  switch (shape.type) {
    case 'string':
      if (typeof value === 'string') return value
      break
    case 'boolean':
      if (typeof value === 'boolean') return value
      break
    case 'integer':
    case 'long':
      if (typeof value === 'number' && Number.isSafeInteger(value)) return value
      break
    case 'timestamp':
      if (value instanceof Date && !Number.isNaN(value.getTime())) return value.getTime() / 1000
      break
    case 'blob':
      if (value instanceof Uint8Array) {
        return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64')
      }
      break
    case 'list':
      if (Array.isArray(value)) return value.map(item => encodeValue(shape.item, item))
      break
    case 'structure':
      if (isRecord(value)) return encodeMembers(shape.members, value)
      break
  }
  // Types forbid this value, so the program is mistaken: no answer is better than a wrong one.
  throw new TypeError(`cannot encode ${typeof value} as ${shape.type} (${shape.shapeName})`)
}

function encodeMembers(members: MemberShapes, values: Readonly<Record<string, unknown>>): JsonValue {
  const json: Record<string, JsonValue> = {}
  for (const [name, member] of Object.entries(members)) {
    const value = values[name]
    if (value !== undefined) json[name] = encodeValue(member, value)
  }
  return json
}

/**
 * Reads base64 in the standard alphabet with padding (RFC 4648, section 4). A text that would not be encoded the same
 * way again, as with blanks or spare bits, gives undefined. The reader of a long body has decoded its bytes before:
 * they are returned as they are. A regular expression for this overflows the stack on a layer part of 20 MiB.
 */
function decodeBase64(json: JsonValue | Uint8Array): Uint8Array | undefined {
  if (json instanceof Uint8Array) return json
  if (typeof json !== 'string') return undefined
  const bytes = Buffer.from(json, 'base64')
  return bytes.toString('base64') === json ? bytes : undefined
}

const ISO_8601 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/

/** Reads epoch seconds with a fraction, or ISO 8601 with a zone, which some services send instead. */
function decodeTimestamp(json: JsonValue): Date | undefined {
  const milliseconds =
    typeof json === 'number'
      ? Math.round(json * 1000)
      : typeof json === 'string' && ISO_8601.test(json)
        ? Date.parse(json)
        : Number.NaN
  const date = new Date(milliseconds)
  return Number.isNaN(date.getTime()) ? undefined : date
}

const isList = (json: JsonValue): json is readonly JsonValue[] => Array.isArray(json)
