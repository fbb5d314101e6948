import { expect, it } from 'vitest'
import { freeBuffer } from './free-buffer.ts'

it('gives back the memory of a buffer that has it to itself', () => {
  const whole = Buffer.alloc(100_000)
  const before = process.memoryUsage().arrayBuffers
  freeBuffer(whole)
  expect(whole).toHaveLength(0)
  expect(process.memoryUsage().arrayBuffers).toBeLessThanOrEqual(before - 100_000)
})

it('leaves a part alone, and the rest of what it is a part of', () => {
  const whole = Buffer.from('shared by two')
  const part = whole.subarray(0, 6)
  freeBuffer(part)
  expect([whole.toString(), part.toString()]).toEqual(['shared by two', 'shared'])
})

it('may be asked again', () => {
  const buffer = Buffer.alloc(5000)
  freeBuffer(buffer)
  freeBuffer(buffer)
  expect(buffer).toHaveLength(0)
})
