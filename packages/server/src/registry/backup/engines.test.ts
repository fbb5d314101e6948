import { randomUUID } from 'node:crypto'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { describeUnless, describeWithSwift } from '../../../../../testing/describe-with.ts'
import { startPostgres } from '../../../../../testing/postgres-server.ts'
import { type SwiftServer, startSwift } from '../../../../../testing/swift.ts'
import { openS3BlobStore } from '../../adapters/blob-s3/blob-s3.ts'
import { openPostgresMetadata } from '../../adapters/metadata-postgres/open-postgres-metadata.ts'
import { patternBytes } from '../../ports/blob-store.contract.ts'
import { openTemporaryRegistry } from '../../testing/temporary-registry.ts'
import type { Storage } from '../move/move-target.ts'
import { bytesIn, dump, fill, openEmpty, storageOf } from '../move/testing/moving.ts'
import { backUp, restore, temporaryFolder } from './testing/backing-up.ts'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

const postgres = await startPostgres({ required: process.env['CI'] !== undefined })
afterAll(() => postgres?.[Symbol.asyncDispose]())

describeWithSwift('a backup of SQLite with files, and of PostgreSQL with S3', () => {
  const there = postgres
  if (there === undefined) return describeUnless('needs PostgreSQL', 'with PostgreSQL', () => undefined)

  let swift: SwiftServer
  beforeAll(async () => {
    swift = await startSwift()
  })
  afterAll(() => swift?.[Symbol.asyncDispose]())

  const openFar = async (): Promise<Storage> => {
    const { endpoint, region, credentials } = swift
    const bucket = randomUUID()
    const raw = new S3Client({ ...swift, forcePathStyle: true, requestChecksumCalculation: 'WHEN_REQUIRED' })
    await raw.send(new CreateBucketCommand({ Bucket: bucket }))
    return {
      metadata: await openPostgresMetadata({ url: await there.createDatabase() }),
      blobs: await openS3BlobStore({
        endpoint,
        region,
        credentials,
        bucket,
        prefix: 'all/',
        pathStyle: true,
        partMiB: 5,
      }),
      place: 'far',
    }
  }
  /** What neither restore changes on purpose. */
  const comparable = async (storage: Storage) => {
    const { signing_keys: _, audit_log: __, schedules: ___, ...tables } = await dump(storage)
    return tables
  }

  it('goes from one kind of storage to the other and back', async () => {
    await using registry = await openTemporaryRegistry({ files: true })
    await using folder = await temporaryFolder()
    await using folderOfFar = await temporaryFolder()
    await fill(registry)
    await registry.addBlob(patternBytes(6 * 1024 * 1024 + 17))
    await backUp(registry, folder.path)

    const near = storageOf(registry)
    const far = await openFar()
    await using back = await openEmpty('back')
    const { sealer, context } = registry
    try {
      const options = { enableKeys: true }
      expect(await restore(folder.path, far, sealer, options)).toMatchObject({
        state: 'restored',
        copied: { blobs: 4 },
      })
      expect(await comparable(far)).toEqual(await comparable(near))
      expect(await bytesIn(far.blobs)).toEqual(await bytesIn(near.blobs))

      const farContext = { ...context, ...far }
      expect((await backUp({ context: farContext, sealer }, folderOfFar.path)).report).toMatchObject({ faults: 0 })
      // A registry goes on with the folder that it was restored from, whose bytes are there.
      expect((await backUp({ context: farContext, sealer }, folder.path)).report.copied.blobs).toBe(0)
      expect(await restore(folderOfFar.path, back, sealer, options)).toMatchObject({ state: 'restored' })
      expect(await comparable(back)).toEqual(await comparable(near))
      expect(await bytesIn(back.blobs)).toEqual(await bytesIn(near.blobs))
    } finally {
      await far.metadata.close()
    }
  })
})
