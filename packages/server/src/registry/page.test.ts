import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import type { Page } from '../ports/rows/common.ts'
import { fillPage, pageOf } from './page.ts'

const LIMIT_BYTES = 1_000

/** A listing of texts of these lengths; some rows of it may be gone when they are looked at. */
function listing(lengths: readonly number[], isGone = (_index: number) => false) {
  const texts = lengths.map((length, index) => `${index} `.padEnd(length, 'x'))
  const list = vi.fn(async ({ after = -1, limit }: Page<number>) => {
    const rows = texts.map((text, index) => ({ text, index })).slice(after + 1, after + 1 + limit + 1)
    const { items, next } = pageOf(rows, limit, row => row.index)
    return { items: items.filter(row => !isGone(row.index)), next }
  })
  return { texts, list }
}

async function allPages(list: ReturnType<typeof listing>['list'], limit: number) {
  const pages: string[][] = []
  for (let after: number | undefined; ; ) {
    const filling = {
      list,
      toWire: (row: { text: string }) => row.text,
      makeRoom: async () => {},
      limitBytes: LIMIT_BYTES,
    }
    const { items, next } = await fillPage({ ...filling, page: { after, limit } })
    pages.push([...items])
    if (next === undefined) return pages
    after = next
  }
}

const bytesOf = (items: readonly string[]) => items.reduce((sum, item) => sum + JSON.stringify(item).length + 1, 0)

describe('pages that end by their bytes', () => {
  it('have every item once, within both limits, and end no sooner than they must', async () => {
    const lengths = fc.array(fc.oneof(fc.integer({ min: 5, max: 40 }), fc.integer({ min: 5, max: 1_500 })), {
      maxLength: 80,
    })
    await fc.assert(
      fc.asyncProperty(lengths, fc.integer({ min: 1, max: 30 }), async (sizes, limit) => {
        const { texts, list } = listing(sizes)
        const pages = await allPages(list, limit)
        expect(pages.flat()).toEqual(texts)
        for (const [index, page] of pages.entries()) {
          expect(page.length).toBeLessThanOrEqual(limit)
          if (page.length > 1) expect(bytesOf(page)).toBeLessThanOrEqual(LIMIT_BYTES)
          const [following] = pages[index + 1] ?? []
          if (following !== undefined && page.length < limit)
            expect(bytesOf([...page, following])).toBeGreaterThan(LIMIT_BYTES)
        }
      }),
    )
  })

  it('skip what is gone', async () => {
    const { texts, list } = listing(Array<number>(60).fill(30), index => index % 3 === 0 || index > 50)
    expect((await allPages(list, 7)).flat()).toEqual(texts.filter((_, index) => index % 3 !== 0 && index <= 50))
  })

  it('never read much more than they hold, and ask for room before they read more than one item', async () => {
    const { list } = listing(Array<number>(1_000).fill(190))
    const makeRoom = vi.fn(async () => {
      expect(list).toHaveBeenCalledTimes(1)
    })
    const { items } = await fillPage({
      ...{ list, makeRoom, limitBytes: LIMIT_BYTES, page: { limit: 1_000 } },
      toWire: ({ text }) => text,
    })
    expect(items).toHaveLength(5)
    const read = list.mock.calls.reduce((sum, [{ limit }]) => sum + limit, 0)
    expect(read).toBeLessThanOrEqual(10)
    expect(makeRoom).toHaveBeenCalledTimes(1)
  })

  it('ask for no room where there is only one item', async () => {
    const { list } = listing([10])
    const makeRoom = vi.fn(async () => {})
    await fillPage({ list, makeRoom, page: { limit: 100 }, toWire: ({ text }) => text })
    expect(makeRoom).not.toHaveBeenCalled()
  })
})
