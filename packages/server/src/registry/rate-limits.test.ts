import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RateLimits } from './rate-limits.ts'

const allowed = (limits: RateLimits, action: string, who = 'someone'): boolean => {
  try {
    limits.count(action, who)
    return true
  } catch {
    return false
  }
}

describe('RateLimits', () => {
  it('refuses what goes beyond one second of the rate, and says when to come back', () => {
    const limits = new RateLimits({ PutImage: 3 }, { now: () => 0 })
    expect([1, 2, 3, 4].map(() => allowed(limits, 'PutImage'))).toEqual([true, true, true, false])
    expect(() => limits.count('PutImage', 'someone')).toThrow(
      expect.objectContaining({ problem: { kind: 'tooManyRequests', retryAfterSeconds: 1 } }),
    )
  })

  it('counts each caller and each action apart, and leaves others alone', () => {
    const limits = new RateLimits({ PutImage: 1, UploadLayerPart: 1 }, { now: () => 0 })
    expect(allowed(limits, 'PutImage', 'a')).toBe(true)
    expect(allowed(limits, 'PutImage', 'b')).toBe(true)
    expect(allowed(limits, 'UploadLayerPart', 'a')).toBe(true)
    expect(allowed(limits, 'PutImage', 'a')).toBe(false)
    for (let call = 0; call < 1_000; call++) expect(allowed(limits, 'DescribeImages', 'a')).toBe(true)
  })

  it('goes on at once after the clock was set back', () => {
    let now = 3_600_000
    const limits = new RateLimits({ PutImage: 2 }, { now: () => now })
    expect(allowed(limits, 'PutImage')).toBe(true)
    now = 0
    expect(allowed(limits, 'PutImage')).toBe(true)
    expect(allowed(limits, 'PutImage')).toBe(false)
    now += 1_000
    expect(allowed(limits, 'PutImage')).toBe(true)
  })

  it('never lets through more than the rate and one second in hand, nor less when asked evenly', () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 200 })
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), gaps, (rate, waits) => {
        let now = 0
        const limits = new RateLimits({ pull: rate }, { now: () => now })
        let passed = 0
        for (const wait of waits) {
          now += wait
          if (allowed(limits, 'pull')) passed += 1
        }
        expect(passed).toBeLessThanOrEqual(rate + (now * rate) / 1000)
      }),
    )
    let now = 0
    const limits = new RateLimits({ pull: 10 }, { now: () => now })
    for (; now < 10_000; now += 100) expect(allowed(limits, 'pull')).toBe(true)
  })
})
