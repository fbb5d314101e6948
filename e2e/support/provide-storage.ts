import type { TestProject } from 'vitest/node'
import { PostgresServer } from '../../testing/postgres-server.ts'
import { startSwift } from '../../testing/swift.ts'
import { createBucket } from './shared-storage.ts'

const BUCKET = 'berth-e2e'

/**
 * Runs before all tests. With BERTH_E2E_STORAGE=replicas it starts one PostgreSQL and one S3 server, in which every
 * registry gets a database and a prefix of its own. A server that cannot start fails the run.
 */
export default async function provideStorage(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const mode = process.env['BERTH_E2E_STORAGE'] ?? 'embedded'
  if (mode !== 'embedded' && mode !== 'replicas')
    throw new Error(`BERTH_E2E_STORAGE is embedded or replicas, not ${mode}`)
  if (mode === 'embedded') {
    project.provide('storage', undefined)
    return undefined
  }
  const postgres = await PostgresServer.start()
  const swift = await startSwift()
  await createBucket(swift, BUCKET)
  const { endpoint, region, credentials } = swift
  project.provide('storage', { postgres: postgres.url(), s3: { endpoint, region, credentials }, bucket: BUCKET })
  return async () => {
    await swift[Symbol.asyncDispose]()
    await postgres[Symbol.asyncDispose]()
  }
}
