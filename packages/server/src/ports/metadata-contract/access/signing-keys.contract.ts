import { describe, expect, it } from 'vitest'
import type { WithStore } from '../testing/fixtures.ts'

export function signingKeyContract(withStore: WithStore): void {
  describe('signing keys', () => {
    it(
      'are listed newest first',
      withStore(async store => {
        const signingKey = (id: string, createdAt: number) => ({
          id,
          sealedKey: `sealed ${id}`,
          createdAt,
          expiresAt: 99,
        })
        await store.transaction(async ({ signingKeys }) => {
          for (const [id, createdAt] of [
            ['a', 20],
            ['b', 30],
            ['c', 10],
          ] as const) {
            await signingKeys.add(signingKey(id, createdAt))
          }
        })
        const inOrder = [signingKey('b', 30), signingKey('a', 20), signingKey('c', 10)]
        expect(await store.rows.signingKeys.list()).toEqual(inOrder)
        await store.transaction(async ({ signingKeys }) => {
          expect(await signingKeys.delete('a')).toBe(true)
          expect(await signingKeys.delete('a')).toBe(false)
        })
        expect(await store.rows.signingKeys.list()).toEqual([inOrder[0], inOrder[2]])
      }),
    )
  })
}
