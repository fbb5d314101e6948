import { expect, it } from 'vitest'
import { readInChunks } from './chunks.ts'

it('reads any number of rows for few values', async () => {
  const values = Array.from({ length: 1_500 }, (_, index) => index)
  const rows = await readInChunks(values, async chunk => chunk.flatMap(value => Array<number>(200).fill(value)))
  expect(rows).toEqual(values.flatMap(value => Array<number>(200).fill(value)))
})
