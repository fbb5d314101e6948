import fc from 'fast-check'
import { expect, it } from 'vitest'
import { nestsDeeper } from './json-depth.ts'

const depthOf = (value: unknown): number =>
  typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0

it('counts the brackets of any document that are open at once, and none in its strings', () => {
  const text = fc.string({ unit: fc.constantFrom('"', '\\', '[', '{', ']', '}', 'a') })
  const { value } = fc.letrec(tie => ({
    value: fc.oneof(
      { maxDepth: 5 },
      text,
      fc.integer(),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(text, tie('value'), { maxKeys: 4 }),
    ),
  }))
  fc.assert(
    fc.property(value, document => {
      const json = Buffer.from(JSON.stringify(document))
      const depth = depthOf(document)
      expect(nestsDeeper(json, depth)).toBe(false)
      if (depth > 0) expect(nestsDeeper(json, depth - 1)).toBe(true)
    }),
  )
})

it('finds no end where there is none', () => {
  for (const text of ['"', '"\\', '"\\"', '["', '']) expect(nestsDeeper(Buffer.from(text))).toBe(false)
  expect(nestsDeeper(Buffer.from('['.repeat(1_001)))).toBe(true)
})
