import type { Shape } from './shapes.ts'

/** What a JSON value is, in the words of AWS servers. */
export type Found =
  | 'STRING_VALUE'
  | 'NUMBER_VALUE'
  | 'TRUE_VALUE'
  | 'FALSE_VALUE'
  | 'NULL_VALUE'
  | 'START_LIST'
  | 'START_STRUCTURE'

/**
 * A JSON value cannot be read as its shape: HTTP 400 `SerializationException` at the wire. The message is worded as
 * AWS JSON servers word it, and names no member; `path` does.
 */
export class SerializationError extends Error {
  readonly path: string
  readonly expected: Shape['type']
  readonly found: Found

  constructor(path: string, expected: Shape['type'], json: unknown) {
    const found = findingOf(json)
    super(describe(expected, found))
    this.name = 'SerializationError'
    this.path = path
    this.expected = expected
    this.found = found
  }
}

function findingOf(json: unknown): Found {
  if (json === null || json === undefined) return 'NULL_VALUE'
  if (json === true) return 'TRUE_VALUE'
  if (json === false) return 'FALSE_VALUE'
  if (typeof json === 'string') return 'STRING_VALUE'
  if (typeof json === 'number') return 'NUMBER_VALUE'
  return Array.isArray(json) ? 'START_LIST' : 'START_STRUCTURE'
}

const wanted = {
  string: 'a String',
  integer: 'an Integer',
  long: 'a Long',
  boolean: 'a Boolean',
  timestamp: 'milliseconds since epoch',
  blob: 'a Blob',
  list: 'a List',
  structure: 'a Structure',
} as const satisfies Record<Shape['type'], string>

function describe(expected: Shape['type'], found: Found): string {
  if (found === 'START_LIST') return 'Start of list found where not expected'
  if (found === 'START_STRUCTURE') return 'Start of structure or map found where not expected.'
  if (found !== 'NULL_VALUE' && expected === 'list') return 'Expected list or null'
  if (found !== 'NULL_VALUE' && expected === 'structure') return 'Expected null'
  return `${found} can not be converted to ${wanted[expected]}`
}
