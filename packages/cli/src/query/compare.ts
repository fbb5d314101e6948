import { compareText, Float, isDict, isInteger, isList, isNumber, type Value } from '../python/value.ts'

/** Whether two JSON values are equal. `1` and `1.0` are, `1` and `true` are not. */
export function equal(a: Value, b: Value): boolean {
  if (isNumber(a) && isNumber(b)) return compareNumbers(a, b) === 0
  if (isList(a)) return isList(b) && a.length === b.length && a.every((item, i) => equal(item, b[i] ?? null))
  if (isDict(a)) {
    if (!isDict(b) || a.size !== b.size) return false
    return [...a].every(([key, item]) => b.has(key) && equal(item, b.get(key) ?? null))
  }
  return a === b
}

type Numeric = number | bigint | Float

/** The number as JavaScript's, which may round a large integer. */
export const numberOf = (value: Numeric): number => (value instanceof Float ? value.value : Number(value))

/** Integers are compared exactly, whatever their size. */
function compareNumbers(a: Numeric, b: Numeric): number {
  if (isInteger(a) && isInteger(b)) return a < b ? -1 : a > b ? 1 : 0
  return numberOf(a) - numberOf(b)
}

/** The order of two numbers or two strings; undefined for anything else. */
export function compareOrdered(a: Value, b: Value): number | undefined {
  if (isNumber(a) && isNumber(b)) return compareNumbers(a, b)
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b)
  return undefined
}
