import fc from 'fast-check'
import { expect, it } from 'vitest'
import { isProblem } from '../domain/problem.ts'
import type { Holder, MemoryShare } from '../ports/memory.ts'
import { MemoryBudget, UNCOUNTED_BYTES } from './memory-budget.ts'

const MIB = 1024 * 1024
const LIMIT = { limitBytes: 8 * MIB, waitMs: 20 }

const isRefused = (error: unknown) => isProblem(error, 'unavailable') && error.problem.retryAfterSeconds === 1
const caller = (name: string): Holder => ({ address: name, key: `key of ${name}`, account: `account of ${name}` })

it('gives one address or key a quarter, and an account half', () => {
  const budget = new MemoryBudget(LIMIT)
  expect(budget.share({ address: 'a' }).ask(2 * MIB + 1)).toBe(false)
  expect(budget.share({ key: 'k' }).ask(2 * MIB + 1)).toBe(false)
  expect(budget.share({ address: 'a', key: 'k', account: 'x' }).ask(2 * MIB)).toBe(true)
  expect(budget.share({ address: 'a', key: 'l' }).ask(1 * MIB)).toBe(false)
  expect(budget.share({ address: 'b', key: 'k' }).ask(1 * MIB)).toBe(false)
  expect(budget.share({ address: 'b', key: 'l', account: 'x' }).ask(2 * MIB)).toBe(true)
  expect(budget.share({ address: 'c', key: 'm', account: 'x' }).ask(1 * MIB)).toBe(false)
  expect(budget.figures()).toMatchObject({
    heldBytes: 4 * MIB,
    largestBytes: { address: 2 * MIB, key: 2 * MIB, account: 4 * MIB },
    refused: { budget: 0, address: 2, key: 2, account: 1 },
  })
})

it('counts a network of IPv6 as one address', () => {
  const budget = new MemoryBudget(LIMIT)
  budget.share({ address: '2001:db8::1' }).hold(2 * MIB)
  expect(budget.share({ address: '2001:db8::2' }).ask(MIB)).toBe(false)
  expect(budget.share({ address: '2001:db8:0:1::2' }).ask(MIB)).toBe(true)
})

it('gives no more than it has, however many ask', () => {
  const budget = new MemoryBudget(LIMIT)
  const given = Array.from({ length: 9 }, (_, index) => budget.share(caller(`${index}`)).ask(1 * MIB))
  expect(given).toEqual([...Array<boolean>(8).fill(true), false])
  expect(budget.figures().refused.budget).toBe(1)
})

it('keeps what a refused request held until that gives it back, and takes nothing twice', () => {
  const budget = new MemoryBudget(LIMIT)
  const [first, second] = [budget.share({ address: 'a' }), budget.share({ address: 'a' })]
  first.hold(2 * MIB)
  expect(() => first.hold(3 * MIB)).toThrow()
  expect(second.ask(1 * MIB)).toBe(false)
  first.release()
  first.release()
  second.hold(2 * MIB)
  expect(first.ask(1 * MIB)).toBe(false)
  second.hold(1 * MIB)
  expect(first.ask(1 * MIB)).toBe(true)
})

it('serves small requests when nothing is left', async () => {
  const budget = new MemoryBudget(LIMIT)
  budget.share({ address: 'a' }).hold(2 * MIB)
  expect(budget.share({ address: 'a' }).ask(UNCOUNTED_BYTES)).toBe(true)
  await budget.share({ address: 'a' }).wait(UNCOUNTED_BYTES)
  expect(budget.share({ address: 'a' }).ask(UNCOUNTED_BYTES + 1)).toBe(false)
})

it('lets a request wait until memory comes free, or its time is over', async () => {
  const budget = new MemoryBudget(LIMIT)
  const [first, second, third] = [1, 2, 3].map(() => budget.share({ address: 'a' })) as [
    MemoryShare,
    MemoryShare,
    MemoryShare,
  ]
  first.hold(2 * MIB)
  await expect(second.wait(1 * MIB)).rejects.toSatisfy(isRefused)
  const waiting = third.wait(1 * MIB)
  expect(budget.figures().waiting).toBe(1)
  first.release()
  await waiting
  expect(budget.figures()).toMatchObject({ heldBytes: 1 * MIB, waiting: 0 })
})

it('lets nobody wait who holds something', async () => {
  const share = new MemoryBudget(LIMIT).share({ address: 'a' })
  share.hold(1 * MIB)
  await expect(share.wait(2 * MIB)).rejects.toThrow('must not wait')
})

it('keeps nobody waiting for a stranger whose own share is full', async () => {
  const budget = new MemoryBudget({ ...LIMIT, waitMs: 60_000 })
  budget.share({ address: 'a' }).hold(2 * MIB)
  const stuck = budget.share({ address: 'a' })
  const gaveUp = expect(stuck.wait(1 * MIB)).rejects.toSatisfy(isRefused)
  await budget.share({ address: 'b' }).wait(1 * MIB)
  stuck.release()
  await gaveUp
  expect(budget.figures().waiting).toBe(0)
})

it('serves who waits for the budget itself in the order of asking, large requests too', async () => {
  const budget = new MemoryBudget({ ...LIMIT, waitMs: 60_000 })
  const holders = ['a', 'b', 'c', 'd'].map(name => {
    const share = budget.share({ address: name })
    share.hold(2 * MIB)
    return share
  })
  const served: string[] = []
  const large = budget.share({ address: 'e' })
  const small = budget.share({ address: 'f' })
  const both = [
    large.wait(2 * MIB).then(() => served.push('large')),
    small.wait(1 * MIB).then(() => served.push('small')),
  ]
  holders[0]?.hold(1 * MIB) // enough for the small one, which has to let the large one go first
  await new Promise(resolve => setTimeout(resolve, 5))
  expect(served).toEqual([])
  holders[1]?.hold(1 * MIB)
  holders[2]?.hold(1 * MIB)
  await Promise.all(both)
  expect(served).toEqual(['large', 'small'])
})

it('grants nothing to work that goes on for a client who is gone', async () => {
  const budget = new MemoryBudget(LIMIT)
  const [held, waiting, late] = [1, 2, 3].map(() => budget.share({ address: 'a' })) as [
    MemoryShare,
    MemoryShare,
    MemoryShare,
  ]
  held.hold(2 * MIB)
  const gaveUp = expect(waiting.wait(1 * MIB)).rejects.toSatisfy(isRefused)
  for (const share of [held, waiting, late]) share.end()
  await gaveUp
  await expect(late.wait(1 * MIB)).rejects.toSatisfy(isRefused)
  expect(held.ask(1 * MIB)).toBe(false)
  expect(() => waiting.hold(1 * MIB)).toThrow()
  await late.wait(UNCOUNTED_BYTES)
  expect(budget.figures()).toMatchObject({ heldBytes: 0, waiting: 0 })
})

/** Any history of asking, waiting and giving back: the figures are what the shares say, and within every limit. */
it('never exceeds a limit, and ends at nothing', async () => {
  const step = fc.record({
    who: fc.integer({ min: 0, max: 4 }),
    share: fc.integer({ min: 0, max: 9 }),
    sizeBytes: fc.integer({ min: 0, max: 3 * MIB }),
    act: fc.constantFrom('ask', 'wait', 'release', 'end'),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async steps => {
      const budget = new MemoryBudget({ ...LIMIT, waitMs: 1 })
      const shares = Array.from({ length: 10 }, (_, index) =>
        budget.share({ address: `a${index % 5}`, key: `k${index % 3}`, account: `x${index % 2}` }),
      )
      const waits: Promise<unknown>[] = []
      const busy = new Set<MemoryShare>()
      for (const { share: index, sizeBytes, act } of steps) {
        const share = shares[index]
        if (share === undefined || busy.has(share)) continue
        if (act === 'ask') share.ask(sizeBytes)
        else if (act === 'release' || act === 'end') share[act]()
        else if (share.sizeBytes === 0) {
          busy.add(share)
          waits.push(
            share.wait(sizeBytes).then(
              () => busy.delete(share),
              () => busy.delete(share),
            ),
          )
        }
        const { heldBytes, largestBytes } = budget.figures()
        expect(heldBytes).toBeLessThanOrEqual(8 * MIB)
        expect(Math.max(largestBytes.address, largestBytes.key)).toBeLessThanOrEqual(2 * MIB)
        expect(largestBytes.account).toBeLessThanOrEqual(4 * MIB)
      }
      await Promise.all(waits)
      expect(budget.figures().heldBytes).toBe(shares.reduce((sum, share) => sum + share.sizeBytes, 0))
      for (const share of shares) share.release()
      expect(budget.figures()).toMatchObject({ heldBytes: 0, waiting: 0, largestBytes: { address: 0, key: 0 } })
    }),
    { numRuns: 200 },
  )
})

it('has one large piece of work begin in a turn of the event loop', async () => {
  const budget = new MemoryBudget(LIMIT)
  let turn = 0
  let next = setImmediate(function count() {
    turn += 1
    next = setImmediate(count)
  })
  const turns = await Promise.all(
    ['a', 'b', 'c'].map(async name => {
      await budget.share(caller(name)).wait(MIB)
      return turn
    }),
  )
  clearImmediate(next)
  expect(new Set(turns).size).toBe(3)
})

it('has none begin that was given up before its turn', async () => {
  const budget = new MemoryBudget(LIMIT)
  const share = budget.share(caller('a'))
  const waiting = share.wait(MIB)
  share.release()
  await expect(waiting).rejects.toSatisfy(isRefused)
  expect(budget.figures().heldBytes).toBe(0)
})
