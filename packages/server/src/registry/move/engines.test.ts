import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { describeUnless, describeWithSwift } from '../../../../../testing/describe-with.ts'
import { startPostgres } from '../../../../../testing/postgres-server.ts'
import { type SwiftServer, startSwift } from '../../../../../testing/swift.ts'
import { openFsBlobStore } from '../../adapters/blob-fs/blob-fs.ts'
import { openS3BlobStore } from '../../adapters/blob-s3/blob-s3.ts'
import { openPostgresMetadata } from '../../adapters/metadata-postgres/open-postgres-metadata.ts'
import { patternBytes } from '../../ports/blob-store.contract.ts'
import type { RepositoryRow } from '../../ports/rows/repositories/repositories.ts'
import { CALLER, openTemporaryRegistry } from '../../testing/temporary-registry.ts'
import { restoreImages } from '../bin/restore-images.ts'
import type { Storage } from './move-target.ts'
import { bytesIn, dump, fill, moveBetween, openEmpty, storageOf } from './testing/moving.ts'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

const postgres = await startPostgres({ required: process.env['CI'] !== undefined })
afterAll(() => postgres?.[Symbol.asyncDispose]())

describeWithSwift('a move between SQLite with files and PostgreSQL with S3', () => {
  const there = postgres
  if (there === undefined) return describeUnless('needs PostgreSQL', 'with PostgreSQL', () => undefined)

  let swift: SwiftServer
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'berth-move-'))
    swift = await startSwift()
  })
  afterAll(async () => {
    await swift[Symbol.asyncDispose]()
    await rm(folder, { recursive: true })
  })

  const openFar = async (): Promise<Storage> => {
    const { endpoint, region, credentials } = swift
    const bucket = randomUUID()
    const raw = new S3Client({ ...swift, forcePathStyle: true, requestChecksumCalculation: 'WHEN_REQUIRED' })
    await raw.send(new CreateBucketCommand({ Bucket: bucket }))
    const place = { endpoint, region, credentials, bucket, prefix: 'moved/', pathStyle: true, partMiB: 5 }
    return {
      metadata: await openPostgresMetadata({ url: await there.createDatabase() }),
      blobs: await openS3BlobStore(place),
      place: 'far',
    }
  }

  it('goes there and back, and each end answers as the one before it', async () => {
    await using registry = await openTemporaryRegistry({ files: true })
    await fill(registry)
    await registry.addBlob(patternBytes(12 * 1024 * 1024 + 17))
    await registry.metadata.transaction(async ({ registries }) => {
      const [row] = await registries.list({ limit: 1 })
      if (row !== undefined) await registries.update(row.accountId, { displayName: 'grüße, 🐳 and \\ "quotes"\n' })
    })
    const near = storageOf(registry)
    const far = await openFar()
    await using back = await openEmpty('back', await openFsBlobStore(join(folder, 'back')))
    try {
      expect((await moveBetween(near, far, { rehash: true })).report).toMatchObject({ state: 'moved', faults: 0 })
      expect(await dump(far)).toEqual(await dump(near))
      expect(await bytesIn(far.blobs)).toEqual(await bytesIn(near.blobs))
      // Not in the contract, since it reads a table from end to end.
      const total = await near.metadata.rows.moves.total()
      expect(total).toMatchObject({ blobs: 4 })
      expect(await far.metadata.rows.moves.total()).toEqual(total)

      const row = (await near.metadata.rows.repositories.get(registry.repository.id)) as RepositoryRow
      const made = await far.metadata.transaction(({ repositories }) =>
        repositories.create({ ...row, name: 'tools/made-there' as typeof row.name }),
      )
      expect(made.id).toBe(3)
      const [binned] = await far.metadata.rows.bin.list(registry.repository.id, { limit: 1 })
      const context = { ...registry.context, metadata: far.metadata, blobs: far.blobs }
      await restoreImages(context, CALLER, registry.repository, binned ? [{ digest: binned.digest }] : [])
      expect(await far.metadata.rows.tags.find(registry.repository.id, ['old' as never])).toHaveLength(1)

      expect((await moveBetween(far, back)).report).toMatchObject({ state: 'moved', faults: 0 })
      expect(await dump(back)).toEqual(await dump(far))
      expect(await bytesIn(back.blobs)).toEqual(await bytesIn(near.blobs))
      const write = far.metadata.transaction(rows => rows.signingKeys.delete('none'))
      await expect(write).rejects.toMatchObject({ problem: { kind: 'unavailable' } })
    } finally {
      await far.metadata.close()
    }
  })

  it('takes text that PostgreSQL cannot hold as what PostgreSQL makes of it', async () => {
    await using registry = await openTemporaryRegistry()
    const far = await openFar()
    const [row] = await registry.metadata.rows.registries.list({ limit: 1 })
    if (row === undefined) throw new Error('no registry')
    const { accountId } = row
    await registry.metadata.transaction(({ registries }) => registries.update(accountId, { displayName: 'A\0B' }))
    expect((await moveBetween(storageOf(registry), far)).report.state).toBe('moved')
    // Some drivers of SQLite give the text up to the NUL only.
    const displayName = (await registry.metadata.rows.registries.find(accountId))?.displayName
    expect(displayName).toMatch(/^A(\0B)?$/)
    const moved = await far.metadata.rows.registries.find(accountId)
    expect(moved?.displayName).toBe(displayName?.replace('\0', '\uFFFD'))
    await far.metadata.close()
  })

  it('waits for the transactions at work before writes are stopped, and lets none of them be lost', async () => {
    const far = await openFar()
    await using near = await openEmpty('near')
    await using seed = await openTemporaryRegistry()
    await moveBetween(storageOf(seed), far)
    try {
      let enter: () => void = () => undefined
      const entered = new Promise<void>(resolve => {
        enter = resolve
      })
      const slow = far.metadata.transaction(async rows => {
        await rows.registries.list({ limit: 1 })
        enter()
        await new Promise(resolve => setTimeout(resolve, 500))
        await rows.signingKeys.add({ id: 'slow', sealedKey: 'x', createdAt: 1, expiresAt: 2 })
      })
      await entered
      await moveBetween(far, near)
      await slow
      expect(await near.metadata.rows.signingKeys.list()).toMatchObject([{ id: 'slow' }])
    } finally {
      await far.metadata.close()
    }
  })
})
