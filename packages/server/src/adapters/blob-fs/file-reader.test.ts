import { describe, expect, it } from 'vitest'
import { BufferPool } from './file-reader.ts'

const MEBIBYTE = 1024 * 1024

describe('BufferPool', () => {
  it('lends a buffer again once it is back', () => {
    const pool = new BufferPool(1)
    const first = pool.take(5 * MEBIBYTE)
    expect(first.length).toBe(MEBIBYTE)
    pool.give(first)
    expect(pool.take(5 * MEBIBYTE)).toBe(first)
  })

  it('gives small buffers to readers beyond its limit, and does not keep those', () => {
    const pool = new BufferPool(1)
    const large = pool.take(MEBIBYTE)
    const overflow = pool.take(MEBIBYTE)
    expect(overflow.length).toBeLessThan(MEBIBYTE)
    pool.give(overflow)
    expect(pool.take(MEBIBYTE).length).toBeLessThan(MEBIBYTE)
    pool.give(large)
    expect(pool.take(MEBIBYTE)).toBe(large)
  })

  it('takes no more memory than a small object needs', () => {
    expect(new BufferPool(1).take(700).length).toBe(700)
  })
})
