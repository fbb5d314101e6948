import { describe, expect, it } from 'vitest'
import { isProblem } from '../../../domain/problem.ts'
import type { MoveRow, MoveState } from '../../rows/move/moves.ts'
import type { TableRow, TableRows } from '../../rows/move/tables.ts'
import {
  ACCOUNT,
  addRegistry,
  addRepository,
  digest,
  key,
  manifest,
  newRepository,
  putImage,
  tag,
  type WithStore,
} from '../testing/fixtures.ts'

const move = (state: MoveState): MoveRow => ({
  role: 'source',
  moveId: 'one',
  state,
  stopId: 'first',
  worker: undefined,
  otherEnd: 'elsewhere',
  changedAt: 5,
})
export function moveContract(withStore: WithStore): void {
  describe('a move', () => {
    it(
      'stops all writes but its own, and no reads',
      withStore(async store => {
        const put = (state: MoveState) => store.transactionOfMove(rows => rows.moves.put(move(state)))
        const change = () => store.transaction(rows => rows.registries.update(ACCOUNT, { verified: true }))
        const refused = (error: unknown) => isProblem(error, 'unavailable') && error.problem.retryAfterSeconds > 0
        await store.transaction(rows => addRegistry(rows))
        for (const state of ['stopped', 'moved'] as const) {
          await put(state)
          await expect(change()).rejects.toSatisfy(refused)
          expect(await store.rows.registries.find(ACCOUNT)).toMatchObject({ verified: false })
          expect(await store.rows.moves.find('source')).toEqual(move(state))
        }
        expect(await store.rows.moves.find('target')).toBeUndefined()
        await put('copying')
        await change()
      }),
    )

    it(
      'begins its transactions when those at work have ended',
      withStore(async store => {
        const steps: string[] = []
        let enter = () => {}
        const entered = new Promise<void>(resolve => {
          enter = resolve
        })
        const slow = store.transaction(async rows => {
          await addRegistry(rows)
          enter()
          for (let count = 0; count < 50; count += 1) await rows.registries.list({ limit: 1 })
          steps.push('slow')
        })
        await entered
        await store.transactionOfMove(async rows => {
          expect(await rows.registries.find(ACCOUNT)).toBeDefined()
          steps.push('alone')
        })
        await slow
        expect(steps).toEqual(['slow', 'alone'])
      }),
    )

    it(
      'journals keys, and which of them are whole',
      withStore(async store => {
        const [a, b, c] = [key('a'), key('b'), key('c')]
        await store.transactionOfMove(async ({ moves }) => {
          await moves.intend([a, b])
          await moves.setWhole(a, true)
          await moves.intend([a, c])
        })
        const { moves } = store.rows
        expect(await moves.written([a, b, key('d')])).toEqual(
          new Map([
            [a, true],
            [b, false],
          ]),
        )
        expect(await moves.journal({ limit: 2 })).toEqual([a, b])
        expect(await moves.journal({ after: b, limit: 2 })).toEqual([c])
        await store.transactionOfMove(rows => rows.moves.forget([a, c]))
        expect(await moves.journal({ limit: 9 })).toEqual([b])
      }),
    )

    it(
      'reads every table by pages in the order of its key, empties it, and fills it again',
      withStore(async store => {
        const { id } = await addRepository(store)
        await store.transaction(async rows => {
          for (const seed of [1, 2, 3])
            await putImage(rows, manifest(id, digest(seed)), { blobs: [digest(`of ${seed}`)] })
          await rows.tags.put([{ repositoryId: id, tag: tag('v1'), digest: digest(1), createdAt: 1 }])
        })
        const { tables } = store.rows
        const before = new Map<string, TableRow[]>()
        for (const table of tables.tables) before.set(table.name, await everyRow(tables, table.name, 2))
        expect(before.get('manifest_blobs')).toHaveLength(3)
        expect(before.get('manifests')?.map(row => row['digest'])).toEqual([1, 2, 3].map(digest).sort())

        await store.transactionOfMove(async ({ tables: to }) => {
          for (const table of to.tables.toReversed()) while (await to.deleteSome({ ...table, pageRows: 2 })) {}
        })
        for (const table of tables.tables) expect(await tables.last(table)).toBeUndefined()
        await store.transactionOfMove(async ({ tables: to }) => {
          for (const table of to.tables) await to.insert(table, before.get(table.name) ?? [])
        })
        for (const table of tables.tables) {
          const rows = await everyRow(tables, table.name, 500)
          expect(rows).toEqual(before.get(table.name))
          const last = await tables.last(table)
          for (const column of table.key) expect(last?.[column]).toEqual(rows.at(-1)?.[column])
        }
      }),
    )

    it(
      'carries on the numbers that were given',
      withStore(async store => {
        const named = (name: string) => store.rows.tables.tables.filter(table => table.name === name)
        const [table] = named('repositories')
        if (table === undefined) throw new Error('no such table')
        const set = (last: number) => store.transactionOfMove(rows => rows.tables.setIdentity(table, last))
        await store.transaction(rows => addRegistry(rows))
        for (const [last, next] of [
          [0, 1],
          [41, 42],
        ] as const) {
          await set(last)
          expect(await store.rows.tables.lastIdentity(table)).toBe(last)
          const made = await store.transaction(({ repositories }) => repositories.create(newRepository(`r/${next}`)))
          expect(made.id).toBe(next)
          expect(await store.rows.tables.lastIdentity(table)).toBe(next)
        }
      }),
    )
  })
}

async function everyRow(tables: TableRows, name: string, pageRows: number): Promise<TableRow[]> {
  const rows: TableRow[] = []
  for (const table of tables.tables.filter(each => each.name === name)) {
    for (let page: TableRow[] | undefined; page === undefined || page.length === pageRows; ) {
      page = await tables.page({ ...table, pageRows }, rows.at(-1))
      rows.push(...page)
    }
  }
  return rows
}
