import { describe, expect, it } from 'vitest'
import type { PassRow } from '../../rows/upkeep/passes.ts'
import type { WithStore } from '../testing/fixtures.ts'

export function passContract(withStore: WithStore): void {
  describe('passes', () => {
    it(
      'leave the figures of the last one',
      withStore(async store => {
        const { passes } = store.rows
        const pass: PassRow = {
          ranBy: 'server',
          startedAt: 2 ** 41,
          durationMs: 20,
          uploadsExpired: 1,
          imagesExpired: 6,
          imagesPurged: 5,
          blobsCollected: 2,
          bytesCollected: 2 ** 50,
          keysRemoved: 3,
          failures: 4,
        }
        expect(await passes.last()).toBeUndefined()
        await store.transaction(rows => rows.passes.put(pass))
        expect(await passes.last()).toEqual(pass)
        const next: PassRow = { ...pass, ranBy: 'admin', startedAt: 2 ** 42 }
        await store.transaction(rows => rows.passes.put(next))
        expect(await passes.last()).toEqual(next)
      }),
    )
  })
}
