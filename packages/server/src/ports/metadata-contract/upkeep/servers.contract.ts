import { describe, expect, it } from 'vitest'
import type { WithStore } from '../testing/fixtures.ts'

export function serverContract(withStore: WithStore): void {
  describe('servers that share the rows', () => {
    it(
      'are there until they go, or have not renewed their row',
      withStore(async store => {
        const put = (serverId: string, presentUntil: number, staleAt: number) =>
          store.transaction(rows => rows.servers.put({ serverId, presentUntil }, staleAt))
        await put('one', 10, 0)
        await put('two', 20, 0)
        await put('two', 30, 0)
        expect(await store.rows.servers.list()).toEqual([
          { serverId: 'one', presentUntil: 10 },
          { serverId: 'two', presentUntil: 30 },
        ])
        await put('three', 40, 10)
        expect((await store.rows.servers.list()).map(row => row.serverId)).toEqual(['three', 'two'])
        await store.transaction(rows => rows.servers.remove('two'))
        expect((await store.rows.servers.list()).map(row => row.serverId)).toEqual(['three'])
      }),
    )
  })
}
