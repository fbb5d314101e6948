import { createHash, randomUUID } from 'node:crypto'
import { expect, it } from 'vitest'
import { createMemoryBlobStore } from '../../adapters/blob-memory/blob-memory.ts'
import type { StorageKey } from '../../ports/blob-store.ts'
import { hashStored } from './hash-stored.ts'

const blobs = createMemoryBlobStore()

it.each(['sha256', 'sha512'] as const)('tells the %s of what is stored, and how much it has read', async algorithm => {
  const bytes = Buffer.from('some bytes of a layer')
  const key = randomUUID() as string as StorageKey
  const writer = await blobs.create(key)
  await writer.write(Buffer.from(bytes))
  await writer.commit()
  await writer.close()
  let read = 0
  const digest = await hashStored(blobs, key, algorithm, count => {
    read += count
  })
  expect([digest, read]).toEqual([`${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`, bytes.length])
})

it('tells nothing of a key without bytes', async () => {
  expect(await hashStored(blobs, randomUUID() as string as StorageKey, 'sha256')).toBeUndefined()
})
