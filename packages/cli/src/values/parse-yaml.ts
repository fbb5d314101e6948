import { parseDocument, type ScalarTag } from 'yaml'
import { DateValue, Float, integerOf, type Value } from './value.ts'

/** YAML 1.1 leftovers that the original still reads: digits grouped by underscores, dates and times. */
const groupedInteger: ScalarTag = {
  tag: 'tag:yaml.org,2002:int',
  default: true,
  test: /^[-+]?\d[\d_]*$/,
  resolve: text => BigInt(text.replaceAll('_', '').replace(/^\+/, '')),
}

const binaryInteger: ScalarTag = {
  tag: 'tag:yaml.org,2002:int',
  default: true,
  test: /^[-+]?0b[01_]+$/,
  resolve: text => {
    const value = BigInt(text.replaceAll('_', '').replace(/^[-+]/, ''))
    return text.startsWith('-') ? -value : value
  },
}

const date: ScalarTag = {
  tag: 'tag:yaml.org,2002:timestamp',
  default: true,
  test: /^\d{4}-\d\d-\d\d$/,
  resolve: text => new DateValue(text, 'datetime.date'),
}

const time: ScalarTag = {
  tag: 'tag:yaml.org,2002:timestamp',
  default: true,
  test: /^\d{4}-\d\d?-\d\d?(?:[Tt]|[ \t]+)\d\d?:\d\d:\d\d(?:\.\d*)?(?:[ \t]*(?:Z|[-+]\d\d?(?::\d\d)?))?$/,
  resolve: text => new DateValue(text.replace(/[Tt]|[ \t]+/, ' ').replace(/[ \t]*Z$/, ''), 'datetime.datetime'),
}

const binary: ScalarTag = {
  tag: 'tag:yaml.org,2002:binary',
  default: false,
  resolve: text => new Uint8Array(Buffer.from(text, 'base64')),
}

/** The value of a YAML document, or undefined when it is none, repeats a key or holds several documents. */
export function parseYaml(text: string): Value | undefined {
  const document = parseDocument(text, {
    customTags: tags => [date, time, groupedInteger, binaryInteger, binary, ...tags],
    intAsBigInt: true,
    merge: true,
    prettyErrors: false,
    logLevel: 'error',
  })
  // A warning tells of a tag that nobody knows.
  if (document.errors.length > 0 || document.warnings.length > 0) return undefined
  try {
    return fromYaml(document.toJS({ mapAsMap: true }))
  } catch {
    return undefined // an alias without its anchor
  }
}

function fromYaml(value: unknown): Value {
  if (value === null || value === undefined) return null
  if (typeof value === 'bigint') return integerOf(value)
  if (typeof value === 'number') return new Float(value)
  if (typeof value === 'string' || typeof value === 'boolean') return value
  if (value instanceof DateValue || value instanceof Uint8Array) return value
  if (Array.isArray(value)) return value.map(fromYaml)
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [String(key), fromYaml(item)]))
  return String(value)
}
