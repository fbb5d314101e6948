/** How Python writes values, where that shows: in `repr`, in `str` and in the names of its classes. */
import { DateValue, Float, isDict, isList, OrderedDict, type Value } from './value.ts'

/** A float as Python's `repr` writes it: the shortest digits, and an exponent below 1e-4 and from 1e16 on. */
export function floatText(value: number): string {
  if (Number.isNaN(value)) return 'nan'
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf'
  if (Object.is(value, -0)) return '-0.0'
  const magnitude = Math.abs(value)
  if (magnitude !== 0 && (magnitude < 1e-4 || magnitude >= 1e16)) {
    return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2')
  }
  // JavaScript turns to exponents only below 1e-6, so between the two `toFixed` must spell the digits out.
  const plain = String(value)
  const text = plain.includes('e') ? value.toFixed(20).replace(/0+$/, '') : plain
  return text.includes('.') ? text : `${text}.0`
}

/**
 * A string as Python's `repr` writes it: in single quotes unless it has some and no double ones. What is not printable
 * is escaped.
 */
export function textRepr(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'"
  let body = ''
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0
    if (character === quote || character === '\\') body += `\\${character}`
    else if (character === '\n') body += '\\n'
    else if (character === '\r') body += '\\r'
    else if (character === '\t') body += '\\t'
    else if (code === 0x20 || !/[\p{C}\p{Z}]/u.test(character)) body += character
    else if (code < 0x100) body += `\\x${code.toString(16).padStart(2, '0')}`
    else if (code < 0x10000) body += `\\u${code.toString(16).padStart(4, '0')}`
    else body += `\\U${code.toString(16).padStart(8, '0')}`
  }
  return quote + body + quote
}

function bytesRepr(bytes: Uint8Array): string {
  const latin = Buffer.from(bytes).toString('latin1')
  const quote = latin.includes("'") && !latin.includes('"') ? '"' : "'"
  let body = ''
  for (const character of latin) {
    const code = character.charCodeAt(0)
    if (character === quote || character === '\\') body += `\\${character}`
    else if (character === '\n') body += '\\n'
    else if (character === '\r') body += '\\r'
    else if (character === '\t') body += '\\t'
    else if (code >= 0x20 && code < 0x7f) body += character
    else body += `\\x${code.toString(16).padStart(2, '0')}`
  }
  return `b${quote}${body}${quote}`
}

/** A value as Python's `repr` writes it. */
export function repr(value: Value): string {
  if (typeof value === 'string') return textRepr(value)
  if (value instanceof Uint8Array) return bytesRepr(value)
  if (isList(value)) return `[${value.map(repr).join(', ')}]`
  if (value instanceof OrderedDict) {
    const pairs = [...value].map(([key, item]) => `(${repr(key)}, ${repr(item)})`)
    return pairs.length === 0 ? 'OrderedDict()' : `OrderedDict([${pairs.join(', ')}])`
  }
  if (isDict(value)) return `{${[...value].map(([key, item]) => `${repr(key)}: ${repr(item)}`).join(', ')}}`
  if (value instanceof DateValue) return dateRepr(value)
  return str(value)
}

function dateRepr(date: DateValue): string {
  const numbers = (date.text.match(/\d+/g) ?? []).map(Number)
  return `${date.typeName}(${numbers.join(', ')})`
}

/** A value as Python's `str` writes it. */
export function str(value: Value): string {
  if (value === null) return 'None'
  if (value === true) return 'True'
  if (value === false) return 'False'
  if (typeof value === 'string') return value
  if (value instanceof Float) return floatText(value.value)
  if (value instanceof DateValue) return value.text
  if (typeof value === 'number' || typeof value === 'bigint') return String(value)
  return repr(value)
}

/** The class of a value as errors show it: `<class 'str'>`. */
export function className(value: Value): string {
  return `<class '${typeName(value)}'>`
}

/** The name of a value's class in Python. */
export function typeName(value: Value): string {
  if (value === null) return 'NoneType'
  if (typeof value === 'boolean') return 'bool'
  if (typeof value === 'string') return 'str'
  if (value instanceof Float) return 'float'
  if (value instanceof Uint8Array) return 'bytes'
  if (isList(value)) return 'list'
  if (value instanceof OrderedDict) return 'collections.OrderedDict'
  if (isDict(value)) return 'dict'
  if (value instanceof DateValue) return value.typeName
  return 'int'
}
