/**
 * Values as the original command line holds them. Python tells integers from floats and keeps integers exact,
 * and both show in the output, so plain JavaScript numbers would not do.
 */
export type Value = null | boolean | number | bigint | Float | string | Uint8Array | DateValue | readonly Value[] | Dict

/** A map by names, in the order in which it was made: a structure of the service, or an object of JSON. */
export type Dict = ReadonlyMap<string, Value>

/** A floating-point number; a plain `number` is always an integer, and a `bigint` one that is not safe. */
export class Float {
  readonly value: number
  constructor(value: number) {
    this.value = value
  }
}

/** A date or time that YAML read from its notation: `text` is how Python's `str` shows it. */
export class DateValue {
  readonly text: string
  readonly typeName: string
  constructor(text: string, typeName: 'datetime.date' | 'datetime.datetime') {
    this.text = text
    this.typeName = typeName
  }
}

/**
 * A map that was written as JSON in an argument. The original keeps such maps in another class, and names the class in
 * errors.
 */
export class OrderedDict extends Map<string, Value> {}

export const isDict = (value: Value | undefined): value is ReadonlyMap<string, Value> => value instanceof Map
export const isList = (value: Value | undefined): value is readonly Value[] => Array.isArray(value)
export const isInteger = (value: Value | undefined): value is number | bigint =>
  typeof value === 'number' || typeof value === 'bigint'
export const isNumber = (value: Value | undefined): value is number | bigint | Float =>
  isInteger(value) || value instanceof Float

/** Whether the value nests further: whether it is a map or a list. */
export const isNested = (value: Value | undefined): value is readonly Value[] | ReadonlyMap<string, Value> =>
  isList(value) || isDict(value)

/** Whether the value is empty as Python sees it: null, false, zero, or without elements. */
export function isFalsy(value: Value): boolean {
  if (value instanceof Float) return value.value === 0
  if (isDict(value)) return value.size === 0
  if (isList(value) || value instanceof Uint8Array) return value.length === 0
  return !value
}

/** The integer as a `number` where that is exact, else as a `bigint`. */
export function integerOf(value: bigint): number | bigint {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}

/** Compares strings as Python's `sorted` does: by code point, where JavaScript compares by UTF-16 unit. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0
  const [left, right] = [[...a], [...b]]
  for (let i = 0; i < left.length && i < right.length; i++) {
    const difference = (left[i]?.codePointAt(0) ?? 0) - (right[i]?.codePointAt(0) ?? 0)
    if (difference !== 0) return difference
  }
  return left.length - right.length
}
