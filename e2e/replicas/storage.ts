import { type LoopbackProxy, startProxy } from '../../testing/loopback-proxy.ts'
import { PostgresServer } from '../../testing/postgres-server.ts'
import { startSwift } from '../../testing/swift.ts'
import { createBucket, type SharedStorage } from '../support/shared-storage.ts'

const BUCKET = 'berth-replicas'

/** Stores that belong to one test, which may take them down. */
export interface BreakableStorage extends AsyncDisposable {
  readonly shared: SharedStorage
  readonly postgres: PostgresServer
  /** The proxies through which servers reach the stores. */
  readonly database: LoopbackProxy
  readonly s3: LoopbackProxy
}

export async function startStorage(): Promise<BreakableStorage> {
  const postgres = await PostgresServer.start()
  try {
    const swift = await startSwift()
    const { region, credentials } = swift
    await createBucket(swift, BUCKET)
    const s3 = await startProxy(swift.endpoint)
    const database = await startProxy(postgres.url())
    const url = new URL(postgres.url())
    url.port = new URL(database.endpoint).port
    return {
      shared: { postgres: url.href, s3: { endpoint: s3.endpoint, region, credentials }, bucket: BUCKET },
      ...{ postgres, database, s3 },
      async [Symbol.asyncDispose]() {
        await s3[Symbol.asyncDispose]()
        await database[Symbol.asyncDispose]()
        await swift[Symbol.asyncDispose]()
        await postgres[Symbol.asyncDispose]()
      },
    }
  } catch (error) {
    await postgres[Symbol.asyncDispose]()
    throw error
  }
}
