import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Asker, RateLimits } from './rate-limits.ts'
import { RATE_PLANS, type RatePlan } from './rate-plans.ts'

const ZERO = { pull: 0, manifestHead: 0, blob: 0, token: 0, listing: 0, logo: 0, page: 0, other: 0 }
const plan = (rates: Record<string, number>, secondsInHand = 1): RatePlan => ({
  account: { ...ZERO, ...rates },
  address: { ...ZERO, ...rates },
  secondsInHand,
})
const account = (accountId: string): Asker => ({ accountId })
const address = (address: string): Asker => ({ address })

const allowed = async (limits: RateLimits, action: string, who: Asker = account('someone')): Promise<boolean> => {
  try {
    await limits.count(who, action)
    return true
  } catch {
    return false
  }
}

describe('RateLimits', () => {
  it('refuses what goes beyond the rate, and says when to come back', async () => {
    const limits = new RateLimits(plan({ PutImage: 3 }), { now: () => 0 })
    const answers = []
    for (const _ of [1, 2, 3, 4]) answers.push(await allowed(limits, 'PutImage'))
    expect(answers).toEqual([true, true, true, false])
    await expect(limits.count(account('someone'), 'PutImage')).rejects.toThrow(
      expect.objectContaining({ problem: { kind: 'tooManyRequests', retryAfterSeconds: 1 } }),
    )
  })

  it('counts each asker and each action apart, and limits nobody without a plan', async () => {
    const limits = new RateLimits(plan({ PutImage: 1, UploadLayerPart: 1 }), { now: () => 0 })
    expect(await allowed(limits, 'PutImage', account('a'))).toBe(true)
    expect(await allowed(limits, 'PutImage', account('b'))).toBe(true)
    expect(await allowed(limits, 'UploadLayerPart', account('a'))).toBe(true)
    expect(await allowed(limits, 'PutImage', account('a'))).toBe(false)
    const none = new RateLimits(RATE_PLANS.none, { now: () => 0 })
    for (let call = 0; call < 1_000; call++) expect(await allowed(none, 'PutImage', account('a'))).toBe(true)
  })

  it('counts what has no rate of its own by that of others, each name apart', async () => {
    const limits = new RateLimits(plan({ other: 1 }), { now: () => 0 })
    expect(await allowed(limits, 'DescribeImages')).toBe(true)
    expect(await allowed(limits, 'DescribeImages')).toBe(false)
    expect(await allowed(limits, 'toString')).toBe(true)
    expect(await allowed(limits, 'toString')).toBe(false)
  })

  it('counts all addresses of one IPv6 network together, and an IPv4 address in all of its spellings', async () => {
    const limits = new RateLimits(plan({ pull: 1 }), { now: () => 0 })
    expect(await allowed(limits, 'pull', address('2001:db8::1'))).toBe(true)
    expect(await allowed(limits, 'pull', address('2001:db8:0:0:ffff::2'))).toBe(false)
    expect(await allowed(limits, 'pull', address('2001:db8:0:1::1'))).toBe(true)
    expect(await allowed(limits, 'pull', address('192.0.2.1'))).toBe(true)
    expect(await allowed(limits, 'pull', address('::ffff:192.0.2.1'))).toBe(false)
    expect(await allowed(limits, 'pull', address('::ffff:c000:201'))).toBe(false)
    expect(await allowed(limits, 'pull', address('192.0.2.2'))).toBe(true)
  })

  it('goes on at once after the clock was set back', async () => {
    let now = 3_600_000
    const limits = new RateLimits(plan({ PutImage: 2 }), { now: () => now })
    expect(await allowed(limits, 'PutImage')).toBe(true)
    now = 0
    expect(await allowed(limits, 'PutImage')).toBe(true)
    expect(await allowed(limits, 'PutImage')).toBe(false)
    now += 1_000
    expect(await allowed(limits, 'PutImage')).toBe(true)
  })

  it('never lets through more than the rate and what is in hand, nor less when asked evenly', async () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 200 })
    const numbers = fc.tuple(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 10 }))
    await fc.assert(
      fc.asyncProperty(numbers, gaps, async ([rate, secondsInHand], waits) => {
        let now = 0
        const limits = new RateLimits(plan({ pull: rate }, secondsInHand), { now: () => now })
        let passed = 0
        for (const wait of waits) {
          now += wait
          if (await allowed(limits, 'pull')) passed += 1
        }
        expect(passed).toBeLessThanOrEqual(rate * secondsInHand + (now * rate) / 1000)
      }),
    )
    let now = 0
    const limits = new RateLimits(plan({ pull: 10 }), { now: () => now })
    for (; now < 10_000; now += 100) expect(await allowed(limits, 'pull')).toBe(true)
  })

  it('lets a flood of refusals wait, one asker by itself and a second at most', async () => {
    let now = 5_000
    const waits: number[] = []
    const limits = new RateLimits(plan({}), { now: () => now }, async ms => waits.push(ms))
    for (let refused = 0; refused < 500; refused++) await allowed(limits, 'pull', address('192.0.2.1'))
    expect(waits).toEqual([])
    for (let refused = 0; refused < 2_000; refused++) await allowed(limits, 'pull', address('192.0.2.1'))
    expect(waits).toHaveLength(2_000)
    expect([waits[0], waits.at(-1)]).toEqual([2, 1_000])
    await allowed(limits, 'pull', address('192.0.2.2'))
    expect(waits).toHaveLength(2_000)
    // A client that paused is answered at once again.
    now += 2_500
    await allowed(limits, 'pull', address('192.0.2.1'))
    expect(waits).toHaveLength(2_000)
  })

  it('holds no more answers back than it has room for', async () => {
    const waiting: (() => void)[] = []
    const limits = new RateLimits(plan({}), { now: () => 5_000 }, () => new Promise<void>(end => waiting.push(end)))
    const answers = Array.from({ length: 12_000 }, () => allowed(limits, 'pull'))
    expect(await Promise.race([...answers.slice(-500)])).toBe(false)
    expect(waiting).toHaveLength(10_000)
    for (const end of waiting) end()
    expect(new Set(await Promise.all(answers))).toEqual(new Set([false]))
  })

  it('remembers a bounded number of those who asked, and the busy ones among very many', {
    timeout: 30_000,
  }, async () => {
    const limits = new RateLimits(plan({ pull: 1 }), { now: () => 0 })
    const busy = address('192.0.2.1')
    expect(await allowed(limits, 'pull', busy)).toBe(true)
    globalThis.gc?.()
    const before = process.memoryUsage().heapUsed
    for (let at = 0; at < 200_000; at++) {
      await limits.count(address(`2001:db8:${(at >> 16).toString(16)}:${(at & 0xffff).toString(16)}::1`), 'pull')
      if (at % 10_000 === 0) expect(await allowed(limits, 'pull', busy)).toBe(false)
    }
    globalThis.gc?.()
    expect(limits.remembered).toBe(50_000)
    if (globalThis.gc !== undefined) expect(process.memoryUsage().heapUsed - before).toBeLessThan(32 * 1024 * 1024)
  })
})

describe('the plans', () => {
  it('refuse nothing that a hundred CI runners do at once, and then every ten seconds', async () => {
    // One runner in ten seconds, as docs/operating.md has it.
    const runner = {
      ...{ pull: 20, manifestHead: 20, blob: 200, token: 20, listing: 20, logo: 20, page: 20, PutImage: 20, other: 50 },
      ...{ InitiateLayerUpload: 100, UploadLayerPart: 100, CompleteLayerUpload: 100, BatchDeleteImage: 50 },
    }
    let now = 0
    const limits = new RateLimits(RATE_PLANS.standard, { now: () => now })
    for (; now < 30_000; now += 10_000)
      for (const [action, times] of Object.entries(runner))
        for (let each = 0; each < times * 100; each++) await limits.count(address('192.0.2.1'), action)
    // No more than that, either.
    now -= 10_000
    for (const action of Object.keys(runner))
      expect([action, await allowed(limits, action, address('192.0.2.1'))]).toEqual([action, false])
  })
})
