import { floatText, str } from './text.ts'
import { DateValue, Float, isDict, isList, type Value } from './value.ts'

interface JsonStyle {
  /** How many blanks a level is indented. Absent, all stands on one line. */
  readonly indent?: number
  /** Whether to escape everything beyond ASCII, as on the wire. */
  readonly ascii?: boolean
  /** Whether to leave out the blanks after `:` and `,`. */
  readonly compact?: boolean
}

const SHORT = new Map([
  ['"', '\\"'],
  ['\\', '\\\\'],
  ['\b', '\\b'],
  ['\f', '\\f'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
])

/** JSON as Python's `json.dumps` lays it out, `": "` and `", "` included. Bytes are shown as base64, dates as text. */
export function formatJson(value: Value, style: JsonStyle = {}): string {
  const special = style.ascii ? /["\\]|[^ -~]/g : /["\\]|[^ -\uffff]/g
  const colon = style.compact ? ':' : ': '
  const quote = (text: string) => `"${text.replace(special, escaped)}"`

  function write(item: Value, margin: string): string {
    if (item === null) return 'null'
    if (typeof item === 'string') return quote(item)
    if (typeof item === 'boolean') return String(item)
    if (item instanceof Float) return numberText(item.value)
    if (item instanceof Uint8Array) return quote(Buffer.from(item).toString('base64'))
    if (item instanceof DateValue) return quote(item.text)
    if (isList(item)) return surround('[]', margin, item)
    if (isDict(item)) return surround('{}', margin, item.keys(), item)
    return str(item)
  }

  /**
   * Writes the items of a list, or the members of `dict` by their keys. It is a plain loop, because each call nests on
   * the stack.
   */
  function surround(
    brackets: string,
    margin: string,
    items: Iterable<Value>,
    dict?: ReadonlyMap<string, Value>,
  ): string {
    const inner = style.indent === undefined ? margin : margin + ' '.repeat(style.indent)
    const before = style.indent === undefined ? '' : `\n${inner}`
    const between = style.indent === undefined && !style.compact ? ', ' : ','
    let text = ''
    for (const item of items) {
      text += (text === '' ? before : between + before) + (dict ? quote(String(item)) + colon : '')
      text += write(dict ? (dict.get(String(item)) ?? null) : item, inner)
    }
    if (text === '') return brackets
    const end = style.indent === undefined ? '' : `\n${margin}`
    return brackets.slice(0, 1) + text + end + brackets.slice(1)
  }

  return write(value, '')
}

function escaped(character: string): string {
  return SHORT.get(character) ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity'
  return floatText(value)
}
