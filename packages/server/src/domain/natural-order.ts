/**
 * The most digits in a row whose number is put before them, so that fewer digits come first. Longer rows are marked.
 */
const SHORT_RUN = 32
const LONG = '^'

/**
 * A text whose bytes have the order in which people read versions: `1.9` before `1.10`, separators before digits, and
 * digits before letters, capital or small. `1.9` and `1.09` have one key. A database keeps the key and sorts by it.
 */
export const naturalKey = (tag: string): string =>
  tag
    .toLowerCase()
    .replaceAll('_', '/')
    .replace(/0*(\d+)/g, (_, digits: string) => lengthMark(digits.length) + digits)

const lengthMark = (length: number): string =>
  length <= SHORT_RUN ? String.fromCharCode(0x30 + length) : `${LONG}${String(length).padStart(3, '0')}`
