import { describe, expect, it } from 'vitest'
import type { WithStore } from '../testing/fixtures.ts'

export function scheduleContract(withStore: WithStore): void {
  describe('work for one process at a time', () => {
    it(
      'is taken by one, and again when its lease or its interval is over',
      withStore(async store => {
        const claim = (now: number, notSince = now) =>
          store.transaction(rows => rows.schedules.claim('clean', now, now + 10, notSince))
        expect([await claim(100), await claim(105), await claim(110)]).toEqual([true, false, true])
        for (const until of [130, 125]) await store.transaction(rows => rows.schedules.renew('clean', until))
        expect([await claim(129), await claim(130)]).toEqual([false, true])
        await store.transaction(rows => rows.schedules.finish('clean', 132, '{"n":1}'))
        expect(await store.rows.schedules.find('clean')).toEqual({
          name: 'clean',
          leaseUntil: 132,
          finishedAt: 132,
          report: '{"n":1}',
        })
        expect([await claim(135, 131), await claim(135, 132)]).toEqual([false, true])
        expect(await store.rows.schedules.find('other')).toBeUndefined()
      }),
    )
  })
}
