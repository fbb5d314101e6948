import fc from 'fast-check'
import { expect, it } from 'vitest'
import { formatJson } from '../../../python/format-json.ts'
import type { Value } from '../../../python/value.ts'
import { type Draft, jsonPieces, LazyList, wholeValue } from './json-pieces.ts'

const leaf: fc.Arbitrary<Value> = fc.oneof(fc.string(), fc.boolean(), fc.integer(), fc.constant(null))
const { draft } = fc.letrec<{ draft: Draft }>(tie => ({
  draft: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.array(leaf).map(items => new LazyList(() => items)),
    fc.array(tie('draft'), { maxLength: 3 }),
    fc.array(fc.tuple(fc.string(), tie('draft')), { maxLength: 3 }).map(entries => new Map(entries)),
  ),
}))

it('is the text of the whole value', () => {
  fc.assert(
    fc.property(draft, value => {
      expect([...jsonPieces(value)].join('')).toBe(`${formatJson(wholeValue(value), { indent: 4 })}\n`)
    }),
  )
})

it('comes in pieces, and makes no item before it is wanted', () => {
  let made = 0
  const list = new LazyList(function* () {
    for (; made < 100_000; made++) yield 'x'.repeat(100)
  })
  const pieces = jsonPieces(list)
  expect(pieces.next().value?.length).toBeLessThan(70_000)
  expect(made).toBeLessThan(1_000)
})
