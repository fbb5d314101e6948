import { afterAll, describe } from 'vitest'
import type { MetadataStore } from '../../ports/metadata-store.ts'
import { metadataStoreContract } from '../../ports/metadata-store.contract.ts'
import { openPostgresMetadata } from './open-postgres-metadata.ts'
import { startPostgres } from './testing/postgres-server.ts'

const server = await startPostgres()
afterAll(() => server?.[Symbol.asyncDispose]())

describe.skipIf(server === undefined)('PostgreSQL', () => {
  metadataStoreContract('postgres', async () => {
    if (server === undefined) throw new Error('skipped')
    return openPostgresMetadata({ url: await server.createDatabase() })
  })
})
