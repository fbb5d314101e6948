import { textRepr } from './python-text.ts'
import { integerOf } from './value.ts'

/** Reads what Python's `int()` reads: blanks around, a sign, leading zeros and single underscores are fine. */
export function parseInteger(text: string): number | bigint | undefined {
  const trimmed = text.trim()
  if (!/^[+-]?\d+(?:_\d+)*$/.test(trimmed)) return undefined
  const digits = trimmed.replaceAll('_', '').replace(/^\+/, '')
  return integerOf(digits.startsWith('-') ? -BigInt(digits.slice(1)) : BigInt(digits))
}

/** The words of Python's `ValueError`. */
export const invalidInteger = (text: string): string => `invalid literal for int() with base 10: ${textRepr(text)}`
