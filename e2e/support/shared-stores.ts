import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { Client } from 'pg'
import type { SharedStorage } from './shared-storage.ts'
import type { Stores } from './stores.ts'

const COPIES_AT_ONCE = 8

/** The bucket and prefix of a registry's objects. */
export interface Place extends Pick<SharedStorage, 's3' | 'bucket'> {
  readonly prefix: string
}

/** A PostgreSQL database and the objects of a bucket below a prefix. */
export function sharedStores(databaseUrl: string, place: Place): Stores {
  const { bucket: Bucket } = place
  const nameOf = (key: string) => `${place.prefix}/${key}`
  const query = async <Row>(sql: string) => {
    const client = new Client({ connectionString: databaseUrl })
    await client.connect()
    try {
      const results = await client.query(sql)
      return [results].flat().flatMap(({ rows }) => rows as Row[])
    } finally {
      await client.end()
    }
  }
  const withS3 = <T>(work: (s3: S3Client) => Promise<T>) => usingS3(place, work)
  return {
    query,
    async change(sql) {
      // Replication writes without foreign keys and triggers.
      await query(`set session_replication_role = replica; ${sql}`)
    },
    // PostgreSQL has no check of its own short of reading every table, which the tests do.
    async expectSoundDatabase() {},
    keys: () =>
      withS3(async s3 => {
        const names = await listNames(s3, place)
        const { Uploads = [] } = await s3.send(new ListMultipartUploadsCommand({ Bucket, Prefix: nameOf('') }))
        const keyOf = (name: string) => name.slice(nameOf('').length).replace(/\.(?:tail|more)$/, '')
        return new Set([...names, ...Uploads.map(({ Key = '' }) => Key)].map(keyOf))
      }),
    read: key =>
      withS3(async s3 => {
        const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: nameOf(key) }))
        return Buffer.from((await Body?.transformToByteArray()) ?? [])
      }),
    write: (key, bytes) =>
      withS3(async s3 => {
        await s3.send(new PutObjectCommand({ Bucket, Key: nameOf(key), Body: bytes }))
      }),
    remove: key =>
      withS3(async s3 => {
        await s3.send(new DeleteObjectCommand({ Bucket, Key: nameOf(key) }))
      }),
  }
}

/** Copies all objects of a place to another prefix, without unfinished multipart uploads. */
export const copyObjects = (from: Place, prefix: string): Promise<void> =>
  usingS3(from, async s3 => {
    const { bucket: Bucket } = from
    const names = await listNames(s3, from)
    const copyNext = async () => {
      for (let name = names.pop(); name !== undefined; name = names.pop()) {
        const Key = prefix + name.slice(from.prefix.length)
        await s3.send(new CopyObjectCommand({ Bucket, Key, CopySource: `${Bucket}/${name}` }))
      }
    }
    await Promise.all(Array.from({ length: COPIES_AT_ONCE }, copyNext))
  })

async function listNames(s3: S3Client, { bucket: Bucket, prefix }: Place): Promise<string[]> {
  const names: string[] = []
  for (let ContinuationToken: string | undefined; ; ) {
    const page = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: `${prefix}/`, ContinuationToken }))
    names.push(...(page.Contents ?? []).map(({ Key = '' }) => Key))
    ContinuationToken = page.NextContinuationToken
    if (ContinuationToken === undefined) return names
  }
}

async function usingS3<T>({ s3: { endpoint, region, credentials } }: Place, work: (s3: S3Client) => Promise<T>) {
  const s3 = new S3Client({
    ...{ endpoint, region, credentials, forcePathStyle: true },
    ...{ requestChecksumCalculation: 'WHEN_REQUIRED', responseChecksumValidation: 'WHEN_REQUIRED' },
  })
  try {
    return await work(s3)
  } finally {
    s3.destroy()
  }
}
