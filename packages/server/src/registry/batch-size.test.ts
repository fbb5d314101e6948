import { expect, it } from 'vitest'
import { BatchSize } from './batch-size.ts'

it('shrinks to what a transaction may take, and grows again up to its greatest', () => {
  const batch = new BatchSize(100)
  expect(batch.size).toBe(100)
  batch.took(2_500)
  expect(batch.size).toBe(10)
  batch.took(250)
  expect(batch.size).toBe(20)
  batch.took(1_000_000)
  expect(batch.size).toBe(1)
  for (let i = 0; i < 10; i += 1) batch.took(1)
  expect(batch.size).toBe(100)
})
