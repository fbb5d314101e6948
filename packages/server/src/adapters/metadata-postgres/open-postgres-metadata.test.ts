import { afterAll, describe, expect, it } from 'vitest'
import { isProblem } from '../../domain/problem.ts'
import { ACCOUNT, addRegistry } from '../../ports/metadata-contract/fixtures.contract.ts'
import { metadataStoreContract } from '../../ports/metadata-store.contract.ts'
import { openPostgresMetadata } from './open-postgres-metadata.ts'
import { startPostgres } from './testing/postgres-server.ts'

const server = await startPostgres({ required: process.env['CI'] !== undefined })
const url = (await server?.createDatabase()) ?? ''
afterAll(() => server?.[Symbol.asyncDispose]())

describe.skipIf(server === undefined)('PostgreSQL', { timeout: 60_000 }, () => {
  metadataStoreContract('postgres', async () => {
    await server?.clear(url)
    return openPostgresMetadata({ url })
  })

  describe('openPostgresMetadata', () => {
    it('makes the tables once where several servers start at once', async () => {
      const fresh = (await server?.createDatabase()) ?? ''
      const stores = await Promise.all(Array.from({ length: 4 }, () => openPostgresMetadata({ url: fresh })))
      await stores[0]?.transaction(rows => addRegistry(rows))
      for (const store of stores) {
        expect(await store.rows.registries.find(ACCOUNT)).toBeDefined()
        await store.close()
      }
    })

    it('refuses a database that a newer berth has been at', async () => {
      const fresh = (await server?.createDatabase()) ?? ''
      await (await openPostgresMetadata({ url: fresh })).close()
      await server?.query("insert into kysely_migration values ('9999-later', '2030-01-01T00:00:00.000Z')", fresh)
      const error: unknown = await openPostgresMetadata({ url: fresh }).catch(reason => reason)
      expect(isProblem(error, 'unavailable') && error.problem.what).toMatch(/newer berth.*9999-later/)
    })

    it('reads numbers as numbers, and leaves the parsers of the process alone', async () => {
      await server?.clear(url)
      const store = await openPostgresMetadata({ url })
      await store.transaction(rows => addRegistry(rows))
      expect(await store.rows.registries.find(ACCOUNT)).toMatchObject({ createdAt: 1 })
      expect(await server?.query('select 1::bigint as one')).toEqual([{ one: '1' }])
      await store.close()
    })
  })
})
