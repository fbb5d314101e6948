import { randomUUID } from 'node:crypto'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { vi } from 'vitest'
import { blobStoreContract } from '../../ports/blob-store.contract.ts'
import type { SwiftServer } from '../../testing/swift.ts'
import { startSwift } from '../../testing/swift.ts'
import { openS3BlobStore } from './blob-s3.ts'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })
blobStoreContract('s3', async () => {
  const swift = process.env.SWIFT
    ? {
        endpoint: process.env.SWIFT,
        region: 'us-east-1',
        credentials: { accessKeyId: 'test:tester', secretAccessKey: 'testing' },
        async [Symbol.asyncDispose]() {},
      }
    : await startSwift()
  const bucket = randomUUID()
  await new S3Client({ ...swift, forcePathStyle: true }).send(new CreateBucketCommand({ Bucket: bucket }))
  const open = () => openS3BlobStore({ ...swift, bucket, prefix: 'blobs/', pathStyle: true, partMiB: 5 })
  return { store: await open(), reopen: open, dispose: () => swift[Symbol.asyncDispose]() }
})
