// The stores that replicas share, new and empty: Debian's PostgreSQL as it comes, and OpenStack Swift with its s3api.

import { randomBytes, randomUUID } from 'node:crypto'
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { importTypeScript } from './import-typescript.mjs'
import { findPrograms, startPostgres } from './postgres.mjs'
import { cpuSeconds } from './process-cost.mjs'

const { lacksSwift, startSwift } = await importTypeScript(new URL('../testing/swift.ts', import.meta.url))
const { createBucket, createDatabase, storageEnvironment } = await importTypeScript(
  new URL('../e2e/support/shared-storage.ts', import.meta.url),
)

const BUCKET = 'berth-bench'

// The SDK's advice on Node versions is for those who choose them.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true'

/** What has to be there before the stores can be started, as a sentence each. */
export function missingStores() {
  const swift = lacksSwift()
  return [
    findPrograms() === undefined ? ["there is no PostgreSQL: install Debian's package postgresql"] : [],
    swift === undefined ? [] : [`Swift ${swift}`],
  ].flat()
}

/** `stop` ends the servers and removes their files. */
export async function startStores() {
  const postgres = await startPostgres(findPrograms())
  let swift
  const stop = async () => {
    await swift?.[Symbol.asyncDispose]()
    await postgres.stop()
  }
  try {
    swift = await startSwift()
    await createBucket(swift, BUCKET)
    const databaseUrl = await createDatabase({ postgres: postgres.url('postgres') })
    const storage = storageEnvironment({ s3: swift, bucket: BUCKET }, { databaseUrl, prefix: 'berth' })
    const { hostname, port } = new URL(swift.endpoint)
    return {
      /** For every replica. */
      env: { ...storage, BERTH_SECRET_KEY: randomBytes(32).toString('hex') },
      /** Where Swift is, for the load generator. */
      s3: { host: hostname, port: Number(port) },
      putPaths: count => putPaths(swift, count),
      /** Of all the processes that there are now. */
      cpuSeconds: () => swift.pids.reduce((sum, pid) => sum + cpuSeconds(pid), postgres.cpuSeconds()),
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Paths for so many new objects. Each carries its signature, so that to put there needs no credentials. */
async function putPaths({ endpoint, region, credentials }, count) {
  const plain = { forcePathStyle: true, requestChecksumCalculation: /** @type {const} */ ('WHEN_REQUIRED') }
  const client = new S3Client({ endpoint, region, credentials, ...plain })
  const sign = () => getSignedUrl(client, new PutObjectCommand({ Bucket: BUCKET, Key: randomUUID() }))
  const urls = await Promise.all(Array.from({ length: count }, sign))
  client.destroy()
  return urls.map(url => url.slice(endpoint.length))
}
