import { afterAll, describe, expect, it, vi } from 'vitest'
import { isLongRun } from '../../../../../testing/in-full.ts'
import { hasPgBouncer, startPgBouncer } from '../../../../../testing/pgbouncer.ts'
import { startPostgres } from '../../../../../testing/postgres-server.ts'
import { isProblem } from '../../domain/problem.ts'
import { ACCOUNT, addRegistry } from '../../ports/metadata-contract/testing/fixtures.ts'
import { metadataStoreContract } from '../../ports/metadata-store.contract.ts'
import { openPostgresMetadata } from './open-postgres-metadata.ts'

const required = process.env['CI'] !== undefined
const server = await startPostgres({ required })
afterAll(() => server?.[Symbol.asyncDispose]())
const isThere = await hasPgBouncer()
if (!isThere && required) throw new Error("there is no PgBouncer: install Debian's pgbouncer")
if (!isThere) console.warn("skipped: there is no PgBouncer; install Debian's package pgbouncer")

describe.skipIf(server === undefined || !isThere)('PostgreSQL behind PgBouncer', async () => {
  if (server === undefined || !isThere) return
  const url = await server.createDatabase()
  const transactions = await startPgBouncer(server, 'transaction')
  const sessions = await startPgBouncer(server, 'session')
  afterAll(() => Promise.all([transactions, sessions].map(each => each[Symbol.asyncDispose]())))

  // The suite is run on PostgreSQL itself each time; the tests below are about what a pooler may do to it.
  if (isLongRun)
    describe('in transaction mode', () => {
      metadataStoreContract('postgres', async () => {
        const store = await openPostgresMetadata({ url: transactions.through(url) })
        await server.clear(url)
        return store
      })
    })

  it.each([
    ['transaction', transactions],
    ['session', sessions],
  ] as const)('reads and writes at once on more sessions than there are connections, in %s mode', async (_, pooler) => {
    const stores = await Promise.all([1, 2].map(() => openPostgresMetadata({ url: pooler.through(url) })))
    await server.clear(url)
    const [first] = stores
    await first?.transaction(rows => addRegistry(rows))
    const names = Array.from({ length: 40 }, (_, n) => `name ${n}`)
    await Promise.all(
      names.map((displayName, n) =>
        stores[n % 2]?.transaction(rows => rows.registries.update(ACCOUNT, { displayName })),
      ),
    )
    const found = await Promise.all(names.map((_, n) => stores[n % 2]?.rows.registries.find(ACCOUNT)))
    for (const row of found) expect(names).toContain(row?.displayName)
    // What another program gets from the pooler is as the server made it.
    for (let tries = 0; tries < 6; tries++) {
      expect(await server.query('show enable_seqscan', pooler.through(url))).toEqual([{ enable_seqscan: 'on' }])
      expect(await server.query('show transaction_read_only', pooler.through(url))).toEqual([
        { transaction_read_only: 'off' },
      ])
    }
    for (const store of stores) await store.close()
  })

  it('holds what a statement may take, also there', async () => {
    const patient = await openPostgresMetadata({ url: transactions.through(url) })
    await server.clear(url)
    await patient.transaction(rows => addRegistry(rows))
    await patient.close()
    const short = { url: transactions.through(url), statementTimeoutMs: 300, isUpToDate: true }
    const store = await openPostgresMetadata(short)
    const idle = store.transaction(() => new Promise(resolve => setTimeout(resolve, 1_000)))
    await expect(idle).rejects.toSatisfy(error => isProblem(error, 'unavailable'))
    await vi.waitFor(async () => expect(await store.rows.registries.find(ACCOUNT)).toBeDefined())
    await store.close()
  })
})
