import { describe, expect, it } from 'vitest'
import type { Rows } from '../../metadata-store.ts'
import { LONGEST_HOLD_MS } from '../../rows/blobs/journal.ts'
import { key, type WithStore } from '../testing/fixtures.ts'

export function journalContract(withStore: WithStore): void {
  describe('the journal', () => {
    const add = (rows: Rows, ...names: string[]) => Promise.all(names.map(name => rows.journal.add(key(name))))

    it(
      'puts off what failed behind the rest, until its time or until all is to be tried',
      withStore(async store => {
        await store.transaction(rows => add(rows, 'a', 'b', 'c'))
        await store.transaction(rows => add(rows, 'b'))
        const { journal } = store.rows
        expect(await journal.state()).toEqual({ keys: 3, failing: 0, retryAt: undefined })
        await store.transaction(async rows => {
          await rows.journal.postpone(key('a'), 300)
          await rows.journal.postpone(key('b'), 100)
          await rows.journal.postpone(key('b'), 200)
        })
        expect(await journal.state()).toEqual({ keys: 3, failing: 2, retryAt: 200 })
        const due = async (now: number, limit = 10) =>
          (await journal.due(now, limit)).map(row => [row.storageKey, row.attempts])
        expect(await due(199)).toEqual([['c', 0]])
        expect(await due(300)).toEqual([
          ['c', 0],
          ['b', 2],
          ['a', 1],
        ])
        expect(await due(300, 1)).toEqual([['c', 0]])
        await store.transaction(rows => rows.journal.retryAll())
        expect(await due(0)).toHaveLength(3)
        expect(await journal.state()).toEqual({ keys: 3, failing: 0, retryAt: undefined })
      }),
    )

    it(
      'lists nothing while one of its holds is in force, and no hold of a wrong clock counts',
      withStore(async store => {
        await store.transaction(rows => add(rows, 'a'))
        const { journal } = store.rows
        const due = async (now: number) => (await journal.due(now, 10)).length
        const hold = (id: string, until: number, staleAt = 0) =>
          store.transaction(rows => rows.journal.hold(id, until, staleAt))
        await hold('one', 100)
        await hold('two', 200)
        await hold('one', 150)
        expect([await due(149), await journal.heldUntil(149)]).toEqual([0, 200])
        await store.transaction(rows => rows.journal.release('two'))
        expect([await due(149), await journal.heldUntil(149)]).toEqual([0, 150])
        expect([await due(150), await journal.heldUntil(150)]).toEqual([1, undefined])
        await hold('three', 200 + 2 * LONGEST_HOLD_MS, 150)
        await store.transaction(rows => rows.journal.release('one'))
        expect([await due(200), await journal.heldUntil(200)]).toEqual([1, undefined])
      }),
    )
  })
}
