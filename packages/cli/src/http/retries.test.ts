import { expect, it } from 'vitest'
import { retryAfterSeconds } from './retries.ts'

const NOW = Date.UTC(2026, 10, 24, 12)
const asked = (text?: string) =>
  retryAfterSeconds({ headers: new Map(text === undefined ? [] : [['retry-after', text]]) }, NOW)

it.each([
  [undefined, 0],
  ['7', 7],
  ['0', 0],
  ['Tue, 24 Nov 2026 12:00:30 GMT', 30],
  ['Tue, 24 Nov 2026 11:00:00 GMT', 0],
  ['86400', 120],
  ['-5', 0],
  ['soon', 0],
])('Retry-After %j asks for %d seconds', (text, seconds) => expect(asked(text)).toBe(seconds))
