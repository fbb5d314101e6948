import { textRepr } from './text.ts'
import { integerOf } from './value.ts'

/**
 * Reads what Python's `int()` reads: blanks around, a sign, leading zeros, single underscores and the digits of any
 * script. Undefined for any other text.
 */
export function parseInteger(text: string): number | bigint | undefined {
  const trimmed = text.trim()
  if (!/^[+-]?\p{Nd}+(?:_\p{Nd}+)*$/u.test(trimmed)) return undefined
  const digits = trimmed
    .replaceAll('_', '')
    .replace(/^\+/, '')
    .replace(/[^\d-]/gu, asciiDigit)
  return integerOf(digits.startsWith('-') ? -BigInt(digits.slice(1)) : BigInt(digits))
}

/**
 * The ASCII digit for a digit of any script. The ten digits of a script stand in a row, and each such row follows
 * another or something that is no digit.
 */
function asciiDigit(digit: string): string {
  const code = digit.codePointAt(0) ?? 0
  let before = code
  while (/\p{Nd}/u.test(String.fromCodePoint(before - 1))) before--
  return String((code - before) % 10)
}

/** The words of Python's `ValueError` for a text that is no integer. */
export const invalidInteger = (text: string): string => `invalid literal for int() with base 10: ${textRepr(text)}`
