import { describe, expect, it } from 'vitest'
import { key, type WithStore } from '../testing/fixtures.ts'

export function multipartContract(withStore: WithStore): void {
  describe('uploads in parts', () => {
    it(
      'are noted until they end, and listed by their keys, each once',
      withStore(async store => {
        const row = (storageKey: string, multipartId: string) => ({ storageKey: key(storageKey), multipartId })
        await store.transaction(async ({ multiparts }) => {
          for (const each of [row('b', '1'), row('a', '2'), row('b', '3'), row('b', '1'), row('c', '4')])
            await multiparts.put(each)
        })
        const { multiparts } = store.rows
        expect(await multiparts.keys({ limit: 2 })).toEqual(['a', 'b'])
        expect(await multiparts.keys({ after: key('b'), limit: 2 })).toEqual(['c'])
        expect((await multiparts.of(key('b'))).map(each => each.multipartId).sort()).toEqual(['1', '3'])
        await store.transaction(rows => rows.multiparts.delete(row('b', '1')))
        expect(await multiparts.of(key('b'))).toEqual([row('b', '3')])
        await store.transaction(rows => rows.multiparts.delete(row('b', '1')))
      }),
    )
  })
}
