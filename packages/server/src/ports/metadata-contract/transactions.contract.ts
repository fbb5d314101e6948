import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { AccountId } from '../../domain/names.ts'
import { isProblem } from '../../domain/problem.ts'
import type { Rows } from '../metadata-store.ts'
import { ACCOUNT, addRegistry, OTHER_ACCOUNT, type WithStore } from './testing/fixtures.ts'

export function transactionContract(withStore: WithStore): void {
  describe('transaction', () => {
    it(
      'shows its writes to itself at once and to readers at its end',
      withStore(async store => {
        const result = await store.transaction(async rows => {
          await addRegistry(rows)
          expect(await rows.registries.find(ACCOUNT)).toBeDefined()
          expect(await store.rows.registries.find(ACCOUNT)).toBeUndefined()
          return 'done'
        })
        expect(result).toBe('done')
        expect(await store.rows.registries.find(ACCOUNT)).toBeDefined()
      }),
    )

    it(
      'leaves nothing behind when work throws, and throws the same',
      withStore(async store => {
        const failure = new Error('from the work')
        const failed = store.transaction(async rows => {
          await addRegistry(rows)
          throw failure
        })
        await expect(failed).rejects.toBe(failure)
        expect(await store.rows.registries.find(ACCOUNT)).toBeUndefined()
        await store.transaction(addRegistry)
        expect(await store.rows.registries.find(ACCOUNT)).toBeDefined()
      }),
    )

    it(
      'goes on after a problem that the work caught',
      withStore(async store => {
        await store.transaction(rows => addRegistry(rows))
        await store.transaction(async rows => {
          await expect(addRegistry(rows)).rejects.toSatisfy(error => isProblem(error, 'accountExists'))
          await addRegistry(rows, OTHER_ACCOUNT, 'other')
        })
        expect(await store.rows.registries.find(OTHER_ACCOUNT)).toBeDefined()
      }),
    )

    it(
      'runs as if one after the other, also where they write different rows',
      withStore(async store => {
        const addTheOnlyOne = (accountId: AccountId, alias: string) =>
          store.transaction(async rows => {
            if ((await rows.registries.list({ limit: 1 })).length > 0) return false
            await delay(2)
            await addRegistry(rows, accountId, alias)
            return true
          })
        const added = [addTheOnlyOne(ACCOUNT, 'one'), addTheOnlyOne(OTHER_ACCOUNT, 'other')]
        expect((await Promise.all(added)).sort()).toEqual([false, true])
        expect(await store.rows.registries.list({ limit: 10 })).toHaveLength(1)
      }),
    )

    it(
      'loses no update of concurrent readers and writers',
      withStore(async store => {
        await store.transaction(rows => addRegistry(rows))
        const increment = () =>
          store.transaction(async rows => {
            const row = await rows.registries.find(ACCOUNT)
            await delay(0)
            await rows.registries.update(ACCOUNT, { displayName: `${Number(row?.displayName ?? 0) + 1}` })
          })
        await Promise.all(Array.from({ length: 10 }, increment))
        expect(await store.rows.registries.find(ACCOUNT)).toMatchObject({ displayName: '10' })
      }),
    )

    it(
      'refuses rows that are used after its end, also by work that failed before all of it was done',
      withStore(async store => {
        await store.transaction(rows => addRegistry(rows))
        // Whatever step of its query the late work is at when the transaction ends.
        for (let ticks = 0; ticks < 40; ticks++) {
          let late: Promise<void> | undefined
          const failed = store.transaction(async rows => {
            late = (async () => {
              for (let n = 0; n < 20; n++) await rows.registries.update(ACCOUNT, { displayName: `write ${n}` })
            })()
            late.catch(() => undefined)
            for (let tick = 0; tick < ticks; tick++) await undefined
            throw new Error('gives up early')
          })
          await expect(failed).rejects.toThrow('gives up early')
          await expect(late).rejects.toThrow()
        }
        expect(await store.rows.registries.find(ACCOUNT)).toMatchObject({ displayName: undefined })
      }),
    )
  })

  describe('snapshot', () => {
    it(
      'shows the rows of one moment, whatever is written meanwhile',
      withStore(async store => {
        await store.transaction(rows => addRegistry(rows))
        const other = (rows: Rows) => rows.registries.find(OTHER_ACCOUNT)
        let kept: Rows | undefined
        const seen = await store.snapshot(async rows => {
          await store.transaction(each => addRegistry(each, OTHER_ACCOUNT, 'other'))
          kept = rows
          return [await rows.registries.find(ACCOUNT), await other(rows), await other(store.rows)]
        })
        expect(seen.map(row => row !== undefined)).toEqual([true, false, true])
        await expect(store.snapshot(rows => rows.registries.list({ limit: 3 }))).resolves.toHaveLength(2)
        await expect(other(kept ?? store.rows)).rejects.toThrow()
      }),
    )

    it(
      'refuses writes, and leaves nothing behind when its work throws',
      withStore(async store => {
        await expect(store.snapshot(rows => addRegistry(rows))).rejects.toThrow()
        const failure = new Error('from the work')
        await expect(store.snapshot(() => Promise.reject(failure))).rejects.toBe(failure)
        await store.transaction(rows => addRegistry(rows))
        await expect(store.snapshot(rows => rows.registries.find(ACCOUNT))).resolves.toBeDefined()
      }),
    )
  })

  describe('rows', () => {
    it(
      'refuse writes outside a transaction',
      withStore(async store => {
        await expect(addRegistry(store.rows)).rejects.toThrow()
        expect(await store.rows.registries.find(ACCOUNT)).toBeUndefined()
      }),
    )
  })

  describe('close', () => {
    it(
      'waits for the transaction that runs, then refuses',
      withStore(async store => {
        let finished = false
        const running = store.transaction(async rows => {
          await delay(5)
          await addRegistry(rows)
          finished = true
        })
        await store.close()
        expect(finished).toBe(true)
        await running
        await store.close()
        await expect(store.transaction(async () => undefined)).rejects.toSatisfy(error =>
          isProblem(error, 'unavailable'),
        )
      }),
    )
  })
}
