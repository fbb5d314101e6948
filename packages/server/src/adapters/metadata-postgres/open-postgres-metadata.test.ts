import { afterAll, describe } from 'vitest'
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
})
