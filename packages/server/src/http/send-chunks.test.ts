import { expect, it } from 'vitest'
import { writeText } from './send-chunks.ts'

/** Pieces that take long to make. */
function* slowly(pieces: readonly string[]): Generator<string> {
  for (const piece of pieces) {
    const until = performance.now() + 12
    while (performance.now() < until);
    yield piece
  }
}

it('lets others have turns while a long text is made', async () => {
  let turns = 0
  let next = setImmediate(function count() {
    turns += 1
    next = setImmediate(count)
  })
  const text = ['{"a":[', '"\u00fc"', ']', '}']
  const { pieces, sizeBytes } = await writeText(slowly(text))
  clearImmediate(next)
  expect(Buffer.concat(pieces).toString()).toBe(text.join(''))
  expect(sizeBytes).toBe(Buffer.byteLength(text.join('')))
  // Before each piece but the first.
  expect(turns).toBeGreaterThanOrEqual(3)
})
