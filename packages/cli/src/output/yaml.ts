import { formatJson } from '../python/format-json.ts'
import { floatText } from '../python/text.ts'
import { compareText, DateValue, Float, isDict, isList, isNested, type Value } from '../python/value.ts'
import { type Place, writeString } from './yaml-scalar.ts'

/**
 * A value as block-style YAML with sorted keys. A bare scalar is written as JSON, without the end mark that YAML would
 * need.
 */
export function formatYaml(value: Value): string {
  if (!isNested(value)) return `${formatJson(value)}\n`
  if (isEmpty(value)) return `${isList(value) ? '[]' : '{}'}\n`
  return createWriter(value).block(value, 0, 0).replace(/^\n/, '')
}

const isEmpty = (value: Value) => (isList(value) && value.length === 0) || (isDict(value) && value.size === 0)

/** Values that appear more than once are written once and referred to after, as the original's library does. */
function createWriter(root: Value) {
  const repeated = findRepeated(root)
  const anchors = new Map<Value, string>()

  /** The anchor to put before a value, or the alias to put in its place. */
  function reference(value: Value): { anchor: string } | { alias: string } {
    const known = anchors.get(value)
    if (known !== undefined) return { alias: `*${known}` }
    if (!repeated.has(value)) return { anchor: '' }
    const name = `id${String(anchors.size + 1).padStart(3, '0')}`
    anchors.set(value, name)
    return { anchor: `&${name}` }
  }

  /** A value after `key:` or `-`. A value that needs lines of its own begins with a line end. */
  function follow(value: Value, indent: number, column: number, afterDash: boolean): string {
    if (!isNested(value)) return ` ${scalar(value, { column: column + 1, indent: indent + 2 })}\n`
    const found = reference(value)
    if ('alias' in found) return ` ${found.alias}\n`
    const anchor = found.anchor === '' ? '' : ` ${found.anchor}`
    if (isEmpty(value)) return `${anchor} ${isList(value) ? '[]' : '{}'}\n`
    if (afterDash && anchor === '') return ` ${block(value, indent + 2, column + 1).replace(/^\n\s*/, '')}`
    // The dashes of a list stand right below the key that the list belongs to.
    return anchor + block(value, isList(value) && !afterDash ? indent : indent + 2, column)
  }

  function block(value: Value, indent: number, column: number): string {
    const margin = `\n${' '.repeat(indent)}`
    const lines: string[] = []
    if (isList(value)) {
      for (const item of value) lines.push(`${margin}-${follow(item, indent, indent + 1, true)}`)
    } else if (isDict(value)) {
      for (const key of [...value.keys()].sort(compareText)) {
        const item = value.get(key) ?? null
        if (isSimpleKey(key)) {
          const name = writeString(key, { column, indent, key: true })
          lines.push(`${margin}${name}:${follow(item, indent, indent + [...name].length + 1, false)}`)
        } else {
          const name = writeString(key, { column: indent + 2, indent: indent + 2 })
          lines.push(`${margin}? ${name}${margin}:${follow(item, indent, indent + 1, true)}`)
        }
      }
    }
    // Every part ends its own line, and begins with the end of the one before.
    return lines.map((line, i) => (i === 0 ? line : line.replace(/^\n/, ''))).join('')
  }

  return { block }
}

/**
 * Whether a key may stand before a colon on one line. Longer keys and those with line ends stand behind a question
 * mark.
 */
const isSimpleKey = (key: string) => !/[\n\r\u0085\u2028\u2029]/.test(key) && Buffer.byteLength(key) <= 128

function findRepeated(root: Value): Set<Value> {
  const seen = new Set<Value>()
  const repeated = new Set<Value>()
  const visit = (value: Value) => {
    if (!isNested(value)) return
    if (seen.has(value)) {
      repeated.add(value)
      return
    }
    seen.add(value)
    for (const item of isDict(value) ? value.values() : value) visit(item)
  }
  visit(root)
  return repeated
}

function scalar(value: Value, place: Place): string {
  if (value === null) return 'null'
  if (typeof value === 'string') return writeString(value, place)
  if (value instanceof DateValue) return value.text
  if (value instanceof Float) return floatScalar(value.value)
  if (value instanceof Uint8Array) return `!!binary '${Buffer.from(value).toString('base64')}'`
  return String(value)
}

function floatScalar(value: number): string {
  if (Number.isNaN(value)) return '.nan'
  if (!Number.isFinite(value)) return value > 0 ? '.inf' : '-.inf'
  return floatText(value)
}
