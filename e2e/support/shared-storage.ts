import { randomUUID } from 'node:crypto'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { Client } from 'pg'
import type { SwiftServer } from '../../testing/swift.ts'

/** A PostgreSQL server and an S3 server, as tests in other processes reach them. */
export interface SharedStorage {
  /** The URL of a database from which others can be made. */
  readonly postgres: string
  readonly s3: Pick<SwiftServer, 'endpoint' | 'region' | 'credentials'>
  readonly bucket: string
}

declare module 'vitest' {
  interface ProvidedContext {
    /** The stores; undefined where every registry has files of its own. */
    storage: SharedStorage | undefined
  }
}

export async function createBucket(
  { endpoint, region, credentials }: SharedStorage['s3'],
  bucket: string,
): Promise<void> {
  const s3 = new S3Client({ endpoint, region, credentials, forcePathStyle: true })
  try {
    await s3.send(new CreateBucketCommand({ Bucket: bucket }))
  } finally {
    s3.destroy()
  }
}

/** Makes an empty database, or a copy of one that nobody is connected to, and returns its URL. */
export async function createDatabase({ postgres }: Pick<SharedStorage, 'postgres'>, copyOf?: string): Promise<string> {
  const template = copyOf === undefined ? 'template0' : new URL(copyOf).pathname.slice(1)
  const name = `berth_${randomUUID().replaceAll('-', '')}`
  const client = new Client({ connectionString: postgres })
  await client.connect()
  try {
    await client.query(`create database ${name} template ${template}`)
  } finally {
    await client.end()
  }
  const url = new URL(postgres)
  url.pathname = name
  return url.href
}

/** The environment by which berthd finds the stores. */
export function storageEnvironment(
  { s3, bucket }: Pick<SharedStorage, 's3' | 'bucket'>,
  { databaseUrl, prefix }: { databaseUrl: string; prefix: string },
): Record<string, string> {
  const query = new URLSearchParams({ endpoint: s3.endpoint, region: s3.region })
  return {
    BERTH_DATABASE: databaseUrl,
    BERTH_BLOBS: `s3://${bucket}/${prefix}?${query}`,
    AWS_ACCESS_KEY_ID: s3.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: s3.credentials.secretAccessKey,
  }
}
