import fc from 'fast-check'
import { expect, it } from 'vitest'
import { excessOfJson } from './bounds.ts'

const depthOf = (value: unknown): number =>
  typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0

const valuesOf = (value: unknown): number =>
  typeof value === 'object' && value !== null
    ? 1 + Object.values(value).reduce((sum, each) => sum + valuesOf(each), 0)
    : 1

const text = fc.string({ unit: fc.constantFrom('"', '\\', '[', '{', ']', '}', ',', 'a') })
const { value } = fc.letrec(tie => ({
  value: fc.oneof(
    { maxDepth: 5 },
    text,
    fc.integer(),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(text, tie('value'), { maxKeys: 4 }),
  ),
}))
const MANY = 1_000_000

it('counts the brackets of any document that are open at once, and none in its strings', () => {
  fc.assert(
    fc.property(value, document => {
      const json = Buffer.from(JSON.stringify(document))
      const depth = depthOf(document)
      expect(excessOfJson(json, { depth, values: MANY })).toBeUndefined()
      if (depth > 0) expect(excessOfJson(json, { depth: depth - 1, values: MANY })).toBe('depth')
    }),
  )
})

it('counts the values, at most one too many for each empty list or object', () => {
  fc.assert(
    fc.property(value, document => {
      const json = Buffer.from(JSON.stringify(document))
      const values = valuesOf(document)
      expect(excessOfJson(json, { depth: MANY, values: 2 * values })).toBeUndefined()
      if (values > 1) expect(excessOfJson(json, { depth: MANY, values: values - 1 })).toBe('values')
    }),
  )
})

it('finds no end where there is none', () => {
  for (const text of ['"', '"\\', '"\\"', '["', '']) expect(excessOfJson(Buffer.from(text))).toBeUndefined()
  expect(excessOfJson(Buffer.from('['.repeat(1_001)))).toBe('depth')
  expect(excessOfJson(Buffer.from('[],'.repeat(20_000)))).toBe('values')
})
