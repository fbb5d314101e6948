import { expect, it } from 'vitest'
import { readWarnings } from './read-warnings.ts'

it.each([
  [undefined, []],
  ['', []],
  ['nonsense', []],
  ['299 - "one"', ['one']],
  [
    '299 - "one, still one", 199 host:80 "a \\"quoted\\" text" "Tue, 01 Dec 2026 00:00:00 GMT"',
    ['one, still one', 'a "quoted" text'],
  ],
  ['299 - "\u001b[31mred\u009b"', ['?[31mred?']],
  ['299 - "not ended', []],
])('reads %j', (header, texts) => {
  expect(readWarnings(header)).toEqual(texts)
})

it('shows a hostile server no more than a page', () => {
  const [first = '', ...more] = readWarnings(`299 - "${'a'.repeat(100_000)}", `.repeat(100))
  expect([first.length, more.length]).toEqual([1_000, 19])
})
