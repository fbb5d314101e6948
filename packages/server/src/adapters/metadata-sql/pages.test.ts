import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PAGE, readInPages } from './pages.ts'

interface Row {
  readonly owner: number
  readonly place: number
}

describe('readInPages', () => {
  it('reads every row of the owners once and in order, never more than a page at a time', async () => {
    const sizes = fc.constantFrom(0, 1, 7, PAGE - 1, PAGE, PAGE + 1, 2 * PAGE)
    await fc.assert(
      fc.asyncProperty(fc.array(sizes, { maxLength: 5 }), async lengths => {
        const all = lengths.flatMap((length, owner) => Array.from({ length }, (_, place): Row => ({ owner, place })))
        const read: number[] = []
        const page = async (rows: readonly Row[]) => {
          const found = rows.slice(0, PAGE)
          read.push(found.length)
          return found
        }
        const rows = await readInPages([...lengths.keys()].reverse(), {
          keyOf: (row: Row) => row.owner,
          first: keys => page(all.filter(row => keys.includes(row.owner))),
          after: last => page(all.filter(row => row.owner === last.owner && row.place > last.place)),
        })
        expect(rows).toEqual(all)
        expect(read.length).toBeLessThanOrEqual(1 + lengths.length + all.length / PAGE)
      }),
      { numRuns: 50 },
    )
  })
})
