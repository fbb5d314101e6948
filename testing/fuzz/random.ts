/** A stream of numbers that a seed decides (mulberry32), and what makes inputs of it. */
export class Random {
  #state: number

  /** The same seed, part and number make the same input, whatever came before. */
  constructor(seed: number, part = '', number = 0) {
    let state = seed ^ Math.imul(number + 1, 0x9e3779b1)
    for (const character of part) state = Math.imul(state ^ character.charCodeAt(0), 0x01000193)
    this.#state = state | 0
  }

  /** A number from 0 up to 1, without 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  /** A whole number below `end`. */
  below(end: number): number {
    return Math.floor(this.next() * end)
  }

  chance(part: number): boolean {
    return this.next() < part
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)]
    if (item === undefined) throw new TypeError('there is nothing to pick from')
    return item
  }
}

/** What readers are known to stumble over. */
const TOKENS = [
  ...[
    '\0',
    '\r\n',
    '\n',
    '\t',
    ' ',
    '"',
    "'",
    '\\',
    '`',
    '\\u0000',
    '\ud800',
    '😀',
    'é',
    '\ufeff',
    '\u2028',
    '%00',
    '%2f',
    '%',
  ],
  ...[
    '..',
    '/',
    '//',
    '?',
    '#',
    '&',
    '=',
    '+',
    ';',
    ',',
    ':',
    '@',
    '*',
    '**',
    '$',
    '${',
    '}',
    '{',
    '[',
    ']',
    '(',
    ')',
    '<',
    '>',
    '|',
  ],
  ...[
    '[[',
    '{"a":',
    '],',
    'null',
    'true',
    '-1',
    '0',
    '1e999',
    '-0',
    '9007199254740993',
    '99999999999999999999',
    '1.5',
    'NaN',
  ],
  ...[
    '__proto__',
    'constructor',
    'toString',
    'sha256:',
    'sha512:',
    'a'.repeat(64),
    'A'.repeat(300),
    '0x1',
    '٣',
    '\u0000\u0001',
  ],
]

/** A text like `text`: parts of it left out, repeated, exchanged for others', or with something strange among them. */
export function mutate(random: Random, text: string, others: readonly string[]): string {
  let result = text
  for (let left = random.below(4); left > 0; left--) {
    const from = random.below(result.length + 1)
    const to = Math.min(result.length, from + random.below(random.chance(0.7) ? 6 : 60))
    const [before, part, after] = [result.slice(0, from), result.slice(from, to), result.slice(to)]
    switch (random.below(7)) {
      case 0:
        result = before + after
        break
      case 1:
        result = before + part.repeat(1 + random.below(random.chance(0.02) ? 2000 : 4)) + after
        break
      case 2: {
        const other = random.pick(others)
        const at = random.below(other.length + 1)
        result = before + other.slice(at, at + random.below(40)) + after
        break
      }
      case 3:
        result = before + String.fromCharCode(random.below(random.chance(0.8) ? 128 : 0x10000)) + after
        break
      case 4:
        result = before + part.toUpperCase() + after
        break
      default:
        result = before + random.pick(TOKENS) + after
    }
  }
  return result.slice(0, 100_000)
}
