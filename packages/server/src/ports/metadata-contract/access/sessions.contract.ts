import { describe, expect, it } from 'vitest'
import type { WithStore } from '../testing/fixtures.ts'

export function sessionContract(withStore: WithStore): void {
  describe('sessions of the gallery', () => {
    it(
      'end once or again, and are known as ended until their time is over',
      withStore(async store => {
        const end = (sessionId: string, forgetAfter: number) =>
          store.transaction(rows => rows.endedSessions.end(sessionId, forgetAfter))
        const forget = (now: number, limit: number) => store.transaction(rows => rows.endedSessions.forget(now, limit))
        await end('one', 10)
        await end('one', 10)
        await end('two', 20)
        const areEnded = () => Promise.all(['one', 'two', 'three'].map(each => store.rows.endedSessions.isEnded(each)))
        expect(await areEnded()).toEqual([true, true, false])
        await end('three', 10)
        expect(await forget(9, 9)).toBe(0)
        expect(await areEnded()).toEqual([true, true, true])
        expect([await forget(10, 1), await forget(10, 9), await forget(10, 9)]).toEqual([1, 1, 0])
        expect(await areEnded()).toEqual([false, true, false])
      }),
    )
  })

  describe('links that sign in', () => {
    it(
      'are claimed by one of all who try at once, and forgotten when their time is over',
      withStore(async store => {
        const link = (hash: string, goodUntil: number) => ({ hash, accessKeyId: 'AKIAONE', goodUntil })
        const add = (hash: string, goodUntil: number, now: number) =>
          store.transaction(rows => rows.signInLinks.add(link(hash, goodUntil), now))
        await add('one', 10, 0)
        await add('two', 20, 0)
        expect(await store.rows.signInLinks.find('one')).toEqual(link('one', 10))
        const claims = await Promise.all(
          Array.from({ length: 5 }, () => store.transaction(rows => rows.signInLinks.claim('two'))),
        )
        expect(claims.filter(each => each !== undefined)).toEqual([link('two', 20)])
        expect(await store.rows.signInLinks.find('two')).toBeUndefined()
        await add('three', 30, 10)
        expect(await store.rows.signInLinks.find('one')).toBeUndefined()
      }),
    )
  })
}
