import { describe, expect, it } from 'vitest'
import type { Rows } from '../../metadata-store.ts'
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
  })
}
