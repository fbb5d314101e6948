import { Composer, CST, type Document, isScalar, Lexer, Parser, type ScalarTag, visit } from 'yaml'
import { decodeBase64 } from './base64.ts'
import { nestsTooDeeply } from './nesting-depth.ts'
import { str } from './text.ts'
import { DateValue, Float, integerOf, type Value } from './value.ts'

/** YAML 1.1 leftovers that the original still reads: digits grouped by underscores, dates and times. */
const groupedInteger: ScalarTag = {
  tag: 'tag:yaml.org,2002:int',
  default: true,
  test: /^[-+]?\d[\d_]*$/,
  resolve: text => BigInt(text.replaceAll('_', '').replace(/^\+/, '')),
}

const prefixedInteger: ScalarTag = {
  tag: 'tag:yaml.org,2002:int',
  default: true,
  test: /^[-+]?0(?:b_*[01][01_]*|o_*[0-7][0-7_]*|x_*[\da-fA-F][\da-fA-F_]*)$/,
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
  resolve(text, onError) {
    const bytes = decodeBase64(text)
    if (bytes === undefined) onError('no base64')
    return bytes
  },
}

/** What YAML does not let stand in a document, not even in quotes: control characters, and what is no character. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
const UNPRINTABLE = /[\0-\x08\v\f\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]/

/** The document's own keys are not all text, so its value has no members with names. */
export class KeyError extends Error {
  constructor() {
    super('keywords must be strings')
  }
}

/**
 * The value of a YAML document. Undefined for a text that is none, repeats a key, nests too deeply or holds several
 * documents.
 * @throws KeyError
 */
export function parseYaml(text: string): Value | undefined {
  if (UNPRINTABLE.test(text) || (text.includes('\t') && hasLooseTab(text))) return undefined
  const document = compose(text)
  if (!document) return undefined
  // The library warns of a tag that nobody knows.
  if (document.errors.length > 0 || document.warnings.length > 0 || misusesSigns(document)) return undefined
  let plain: unknown
  let value: Value
  try {
    plain = document.toJS({ mapAsMap: true })
    // Aliases may make the value deeper than the document is.
    if (nestsTooDeeply(plain, valuesOf) || !hasUsableKeys(plain)) return undefined
    value = fromYaml(plain)
  } catch {
    return undefined // an alias without its anchor, or one that leads round in a circle, or a `!!merge` out of place
  }
  if (plain instanceof Map && [...plain.keys()].some(key => typeof key !== 'string')) throw new KeyError()
  return value
}

/**
 * Reads the one document in a text. The library calls itself for each level of a document, so the depth is looked at
 * first.
 */
function compose(text: string): Document.Parsed | undefined {
  const tokens = [...new Parser().parse(text)]
  if (tokens.some(token => nestsTooDeeply(token, partsOf))) return undefined
  const composer = new Composer({
    customTags: tags => [date, time, groupedInteger, prefixedInteger, binary, ...tags],
    intAsBigInt: true,
    merge: true,
    prettyErrors: false,
    logLevel: 'error',
  })
  let only: Document.Parsed | undefined
  for (const document of composer.compose(tokens, true, text.length)) {
    if (only) return undefined
    only = document
  }
  return only
}

function partsOf(token: CST.Token): CST.Token[] {
  if (token.type === 'document') return token.value ? [token.value] : []
  if (!('items' in token)) return []
  return token.items.flatMap(({ key, value }) => [key, value].filter(part => part !== undefined && part !== null))
}

const valuesOf = (value: unknown): unknown[] =>
  Array.isArray(value) ? value : value instanceof Map ? [...value.values()] : []

/**
 * Whether a tab stands where YAML 1.2 allows it and the original does not: between tokens and in plain scalars. The
 * original wants tabs quoted, in blocks or in comments.
 */
function hasLooseTab(text: string): boolean {
  let inBlock = false
  for (const lexeme of new Lexer().lex(text)) {
    if (/^[|>]/.test(lexeme)) inBlock = true
    else if (lexeme === CST.SCALAR) continue
    else if (lexeme.includes('\t') && !inBlock && !/^["'#]/.test(lexeme)) return true
    else if (!/^\s*$|^#/.test(lexeme)) inBlock = false
  }
  return false
}

/**
 * Whether `=` or `<<` stands where YAML 1.1 does not allow it: `=` may only be a key, `<<` only the one merge of its
 * map.
 */
function misusesSigns(document: Document): boolean {
  let found = false
  const isSign = (node: unknown, signs: string) =>
    isScalar(node) && node.type === 'PLAIN' && node.tag === undefined && signs.split(' ').includes(node.source ?? '')
  visit(document, {
    Scalar(place, node) {
      if (place !== 'key' && isSign(node, '= <<')) found = true
    },
    Map(_, { items }) {
      if (items.filter(({ key }) => isSign(key, '<<')).length > 1) found = true
    },
  })
  return found
}

/**
 * Whether all keys are such as Python can tell apart: they must be hashable, and 1, 1.0 and true are the same to it.
 */
function hasUsableKeys(value: unknown): boolean {
  if (Array.isArray(value)) return value.every(hasUsableKeys)
  if (!(value instanceof Map)) return true
  const keys = [...value.keys()]
  if (!keys.every(key => isHashable(Array.isArray(key) ? key : [key]))) return false
  const names = keys.map(key =>
    typeof key === 'string' ? `text ${key}` : typeof key === 'boolean' ? String(Number(key)) : str(fromYaml(key)),
  )
  return (
    new Set(names.map(name => name.replace(/^(-?\d+)\.0$/, '$1'))).size === keys.length &&
    [...value.values()].every(hasUsableKeys)
  )
}

const isHashable = (items: readonly unknown[]) => items.every(item => !Array.isArray(item) && !(item instanceof Map))

function fromYaml(value: unknown): Value {
  if (value === null || value === undefined) return null
  if (typeof value === 'bigint') return integerOf(value)
  if (typeof value === 'number') return new Float(value)
  if (typeof value === 'string' || typeof value === 'boolean') return value
  if (value instanceof DateValue || value instanceof Uint8Array) return value
  if (Array.isArray(value)) return value.map(fromYaml)
  if (value instanceof Set) return [...value].map(fromYaml)
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [str(fromYaml(key)), fromYaml(item)]))
  throw new TypeError(`nothing in YAML is a ${typeof value}`)
}
