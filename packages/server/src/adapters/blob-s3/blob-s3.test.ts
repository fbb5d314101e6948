import { randomUUID } from 'node:crypto'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { describeWithSwift } from '../../../../../testing/describe-with.ts'
import { type LoopbackProxy, startProxy } from '../../../../../testing/loopback-proxy.ts'
import { type SwiftServer, startSwift } from '../../../../../testing/swift.ts'
import { blobStoreContract, newStorageKey, patternBytes, readAll, storeBytes } from '../../ports/blob-store.contract.ts'
import type { BlobStore, BlobWriter, StorageKey } from '../../ports/blob-store.ts'
import { openS3BlobStore, type S3BlobStoreOptions } from './blob-s3.ts'
import { openS3Bucket } from './s3-bucket.ts'
import { findStored, heldKeys, tailMetadata, tailName } from './stored-upload.ts'

const PART = 5 * 1024 * 1024
const PREFIX = 'registry/blobs/'

describeWithSwift('S3, by OpenStack Swift', () => {
  let swift: SwiftServer
  let raw: S3Client

  beforeAll(async () => {
    swift = await startSwift()
    raw = new S3Client({ ...swift, forcePathStyle: true, requestChecksumCalculation: 'WHEN_REQUIRED' })
  })
  afterAll(() => swift[Symbol.asyncDispose]())

  const makeBucket = async () => {
    const bucket = randomUUID()
    await raw.send(new CreateBucketCommand({ Bucket: bucket }))
    return bucket
  }
  const optionsFor = (bucket: string): S3BlobStoreOptions => {
    const { endpoint, region, credentials } = swift
    return { endpoint, region, credentials, bucket, prefix: PREFIX, pathStyle: true, partMiB: 5 }
  }

  blobStoreContract('s3', async () => {
    const options = optionsFor(await makeBucket())
    return {
      store: await openS3BlobStore(options),
      reopen: () => openS3BlobStore(options),
      dispose: async () => undefined,
    }
  })

  describe('openS3BlobStore', () => {
    let options: S3BlobStoreOptions
    let store: BlobStore
    let other: BlobStore

    beforeEach(async () => {
      options = optionsFor(await makeBucket())
      store = await openS3BlobStore(options)
      other = await openS3BlobStore(options)
    })

    const objects = async () => {
      const { Contents = [] } = await raw.send(new ListObjectsV2Command({ Bucket: options.bucket }))
      return Contents.map(({ Key = '' }) => Key)
    }
    const unfinished = async () => {
      const { Uploads = [] } = await raw.send(new ListMultipartUploadsCommand({ Bucket: options.bucket }))
      return Uploads.map(({ Key = '' }) => Key)
    }
    const resumed = async (from: BlobStore, key: StorageKey): Promise<BlobWriter> => {
      const writer = await from.resume(key)
      if (!writer) throw new Error(`nothing to resume at ${key}`)
      return writer
    }
    /** In the pieces that a socket delivers. */
    const writeAll = async (writer: BlobWriter, bytes: Buffer) => {
      for (let at = 0; at < bytes.length; at += 65_536) await writer.write(Buffer.from(bytes.subarray(at, at + 65_536)))
    }

    it.each([
      [0, 0],
      [1, 0],
      [PART - 1, 0],
      [PART, 1],
      [PART + 1, 2],
      [2 * PART, 2],
      [2 * PART + 1, 3],
    ])('makes %d bytes one object of %d parts, and leaves nothing else', async (size, parts) => {
      const bytes = patternBytes(size)
      const key = newStorageKey()
      const writer = await store.create(key)
      await writeAll(writer, bytes)
      await writer.flush()
      await writer.commit()
      await writer.close()
      expect(await objects()).toEqual([PREFIX + key])
      expect(await unfinished()).toEqual([])
      const head = await raw.send(new HeadObjectCommand({ Bucket: options.bucket, Key: PREFIX + key }))
      expect(Number(head.ETag?.match(/-(\d+)"$/)?.[1] ?? 0)).toBe(parts)
      expect(head.ContentType).toBe('application/octet-stream')
      expect(bytes.equals((await readAll(other, key)) ?? Buffer.of())).toBe(true)
    })

    it('goes on in another instance after crashes at any byte, from the last flush or part', async () => {
      const near = fc.integer({ min: -1, max: 1 })
      const places = fc.tuple(fc.nat({ max: 2 }), near).map(([parts, offset]) => Math.max(0, parts * PART + offset))
      const place = fc.oneof(places, fc.nat({ max: 2 * PART }))
      const crashes = fc.array(fc.record({ flushAt: place, crashAt: place, read: fc.boolean() }), { maxLength: 3 })
      await fc.assert(
        fc.asyncProperty(place, crashes, async (size, plan) => {
          const bytes = patternBytes(size)
          const key = newStorageKey()
          let [holder, next] = [store, other]
          let writer = await holder.create(key)
          const crashed: BlobWriter[] = []
          for (const { flushAt, crashAt, read } of plan) {
            const flushed = Math.min(size, Math.max(flushAt, writer.sizeBytes))
            await writeAll(writer, bytes.subarray(writer.sizeBytes, flushed))
            await writer.flush()
            if (read) expect((await readAll(holder, key))?.length).toBe(flushed)
            await writeAll(writer, bytes.subarray(flushed, Math.max(flushed, crashAt)))
            ;[holder, next] = [next, holder]
            const acceptedBytes = writer.sizeBytes
            crashed.push(writer)
            writer = await resumed(holder, key)
            expect(writer.sizeBytes).toBeGreaterThanOrEqual(flushed)
            expect(writer.sizeBytes).toBeLessThanOrEqual(acceptedBytes)
          }
          await writeAll(writer, bytes.subarray(writer.sizeBytes))
          await writer.commit()
          await writer.close()
          expect(bytes.equals((await readAll(next, key)) ?? Buffer.of())).toBe(true)
          for (const each of crashed) await each.close() // a request of theirs may still be under way
          await store.remove(key)
          expect(await objects()).toEqual([])
          expect(await unfinished()).toEqual([])
        }),
        { numRuns: 8 },
      )
    })

    it('goes on with an object whose commit nobody heard of', async () => {
      for (const size of [1000, PART + 1000]) {
        const bytes = patternBytes(size + 500)
        const key = await storeBytes(store, bytes.subarray(0, size))
        const again = await resumed(other, key)
        expect(again.sizeBytes).toBe(size)
        await again.commit()
        await again.close()
        expect(await other.sizeBytes(key)).toBe(size)

        const longer = await resumed(other, key)
        await longer.write(bytes.subarray(size))
        await longer.flush()
        expect(await store.sizeBytes(key)).toBe(size + 500)
        await longer.commit()
        await longer.close()
        expect(bytes.equals((await readAll(store, key)) ?? Buffer.of())).toBe(true)
      }
    })

    it('never lets a writer that was given up change what another one committed', async () => {
      for (const size of [1000, PART + 1000]) {
        const key = newStorageKey()
        const lost = await store.create(key)
        await writeAll(lost, patternBytes(size))
        await lost.flush()
        const bytes = patternBytes(size + 100)
        const writer = await resumed(other, key)
        await writer.write(bytes.subarray(size))
        await writer.commit()
        await writer.close()

        await lost.write(Buffer.from('something else'))
        await lost.flush().catch(() => {})
        expect(bytes.equals((await readAll(store, key)) ?? Buffer.of())).toBe(true)
        // Not with parts: Swift, unlike S3, takes parts for an upload that is complete.
        if (size < PART) await expect(lost.commit()).rejects.toThrow('there already, with other bytes')
        await lost.close()
        expect(await other.sizeBytes(key)).toBe(bytes.length)
        expect(bytes.equals((await readAll(other, key)) ?? Buffer.of())).toBe(true)
        await store.remove(key)
      }
      expect(await objects()).toEqual([])
    })

    it('takes no tail for bytes of an object or a part that has them already', async () => {
      const key = await storeBytes(store, patternBytes(1000))
      const bucket = openS3Bucket({ ...options, timeoutMs: 60_000 })
      await bucket.objects.put(tailName(key), patternBytes(900), tailMetadata(0))
      expect(await other.sizeBytes(key)).toBe(1000)
      await bucket.objects.put(tailName(key), patternBytes(900), tailMetadata(1000))
      expect(await other.sizeBytes(key)).toBe(1000)

      const partial = newStorageKey()
      const writer = await store.create(partial)
      await writer.write(patternBytes(PART - 1))
      await writer.flush()
      await writer.write(patternBytes(10))
      await writer.close()
      expect(await other.sizeBytes(partial)).toBe(PART)
    })

    it('moves little for a few bytes after a long tail, in any process, also where parts gather in files', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'berth-parts-'))
      const memory = {
        share: () => ({ sizeBytes: 0, ask: () => false, hold() {}, wait: async () => {}, release() {}, end() {} }),
      }
      const spooling = await openS3BlobStore({ ...options, memory, partsFolder: folder })
      const bytes = patternBytes(PART + 300_000)
      const key = newStorageKey()
      const first = await spooling.create(key)
      let at = PART - 200_000
      await writeAll(first, bytes.subarray(0, at))
      await first.flush()
      await first.close()
      const sizeOf = async (name: string) =>
        (await raw.send(new HeadObjectCommand({ Bucket: options.bucket, Key: PREFIX + name })).catch(() => undefined))
          ?.ContentLength
      const begin = at
      for (const size of [1, 1, 50_000, 1, 100_000, 100_000, 100_000]) {
        const writer = await resumed(at % 2 === 0 ? spooling : other, key)
        expect(writer.sizeBytes).toBe(at)
        await writer.write(Buffer.from(bytes.subarray(at, at + size)))
        await writer.flush()
        await writer.close()
        at += size
        expect(await store.sizeBytes(key)).toBe(at)
        // The tail stays as it was while what follows it is little.
        if (at - begin < 200_000) expect(await sizeOf(`${key}.tail`)).toBe(begin)
        if (at - begin === 50_002) {
          const found = await readAll(store, key, { first: begin - 3, last: begin + 10 })
          expect(found).toEqual(Buffer.from(bytes.subarray(begin - 3, begin + 11)))
        }
      }
      const last = await resumed(spooling, key)
      await writeAll(last, bytes.subarray(at))
      await last.commit()
      await last.close()
      expect(bytes.equals((await readAll(other, key)) ?? Buffer.of())).toBe(true)
      expect(await objects()).toEqual([PREFIX + key])
      expect(await readdir(folder)).toEqual([])
      await rm(folder, { recursive: true })
    })

    it('removes every trace: the object, the tail and uploads that were begun more than once', async () => {
      const key = newStorageKey()
      const upload = { Bucket: options.bucket, Key: PREFIX + key }
      await raw.send(new CreateMultipartUploadCommand(upload))
      expect(await store.resume(key)).toBeUndefined()
      const writer = await store.create(key)
      await writeAll(writer, patternBytes(PART + 10))
      await writer.flush()
      await raw.send(new CreateMultipartUploadCommand(upload))
      expect(await other.sizeBytes(key)).toBe(PART + 10)
      expect(await unfinished()).toHaveLength(3)
      await other.remove(key)
      expect(await objects()).toEqual([])
      expect(await unfinished()).toEqual([])
      expect(await store.resume(key)).toBeUndefined()
      await writer.close()
    })

    it('lists page after page, and nothing that is not its own', async () => {
      const put = (Key: string) => raw.send(new PutObjectCommand({ Bucket: options.bucket, Key, Body: 'x' }))
      await put(`${PREFIX}README.txt`)
      await put(`${newStorageKey()}`)
      const bucket = openS3Bucket({ ...options, timeoutMs: 60_000, pageSize: 2 })
      const expected: StorageKey[] = []
      for (let index = 0; index < 5; index += 1) {
        expected.push(await storeBytes(store, Buffer.of(index)))
        const key = newStorageKey()
        const upload = await bucket.uploads.begin(key)
        for (const number of [1, 2, 3]) await bucket.uploads.putPart(upload, number, Buffer.of(number))
        await bucket.objects.put(tailName(key), Buffer.from('tail'), tailMetadata(3))
        expect(await findStored(bucket, key)).toMatchObject({ sizeBytes: 7, tailBytes: 4 })
        expected.push(key)
      }
      const listed: StorageKey[] = []
      for await (const key of heldKeys(bucket)) listed.push(key)
      expect(listed).toEqual(expected.sort())
    })

    it('refuses a bucket that is missing and credentials that are wrong, when it is opened', async () => {
      await expect(openS3BlobStore({ ...options, bucket: 'none-such' })).rejects.toThrow(
        'there is no bucket "none-such"',
      )
      const credentials = { accessKeyId: 'test:tester', secretAccessKey: 'guessed' }
      await expect(openS3BlobStore({ ...options, credentials })).rejects.toThrow('the credentials are refused')
    })

    describe('over a line that breaks', () => {
      let proxy: LoopbackProxy
      let remote: BlobStore
      let patient: BlobStore
      const unavailable = expect.objectContaining({
        problem: expect.objectContaining({ kind: 'unavailable', retryAfterSeconds: 5 }),
      })

      beforeEach(async () => {
        proxy = await startProxy(swift.endpoint)
        // What must succeed goes by `store`, or has the time that it needs: a busy store may take two seconds.
        remote = await openS3BlobStore({ ...options, endpoint: proxy.endpoint, timeoutSeconds: 2 })
        patient = await openS3BlobStore({ ...options, endpoint: proxy.endpoint, timeoutSeconds: 60 })
      })
      afterEach(() => proxy[Symbol.asyncDispose]())

      it('reports a store that hangs as unavailable, for every call, and recovers by itself', async () => {
        const key = await storeBytes(store, Buffer.from('there'))
        const small = await vi.waitFor(() => remote.create(newStorageKey()))
        await small.write(Buffer.from('so far'))
        const large = await vi.waitFor(() => remote.create(newStorageKey()))

        proxy.stall()
        const listing = (async () => {
          for await (const _ of remote.keys()) break
        })()
        const writing = (async () => {
          for (let at = 0; at < 4; at += 1) await large.write(patternBytes(PART))
        })()
        const calls = [
          remote.create(newStorageKey()),
          remote.resume(key),
          remote.sizeBytes(key),
          remote.read(key),
          remote.remove(newStorageKey()),
          small.flush(),
          listing,
          writing,
        ]
        await Promise.all(calls.map(call => expect(call).rejects.toEqual(unavailable)))
        await expect(large.commit()).rejects.toEqual(unavailable)
        await Promise.all([small.close(), large.close()])

        proxy.go()
        await vi.waitFor(async () => expect(await readAll(remote, key)).toEqual(Buffer.from('there')))
        await vi.waitFor(() => storeBytes(remote, patternBytes(PART + 1)))
      })

      it('reports a store that refuses connections as unavailable, and opens all the same', async () => {
        await proxy[Symbol.asyncDispose]()
        const gone = await openS3BlobStore({ ...options, endpoint: proxy.endpoint, timeoutSeconds: 2 })
        for (const refused of [remote, gone])
          await expect(refused.sizeBytes(newStorageKey())).rejects.toEqual(unavailable)
        proxy = await startProxy(swift.endpoint)
      })

      it('reports a download that stands still as unavailable, after the bytes that came', async () => {
        const bytes = patternBytes(3 * PART)
        const key = await storeBytes(store, bytes)
        const stalled = async () => {
          proxy.go()
          proxy.stallAfter(PART)
          let readBytes = 0
          const consume = async () => {
            for await (const chunk of (await remote.read(key)) ?? []) readBytes += chunk.length
          }
          await expect(consume()).rejects.toEqual(unavailable)
          return readBytes
        }
        // Of a store that is busy nothing may come in time: then it is asked again.
        const readBytes = await vi.waitUntil(stalled)
        expect(readBytes).toBeLessThan(bytes.length)
      })

      it('frees the connection of a download that is left, or never begun', async () => {
        const key = await storeBytes(store, patternBytes(3 * PART))
        const failing = async () => {
          for await (const _ of (await remote.read(key)) ?? []) throw new Error('the client went away')
        }
        await vi.waitFor(async () => {
          for await (const _ of (await remote.read(key)) ?? []) break
        })
        await vi.waitFor(() => expect(failing()).rejects.toThrow('went away'))
        await vi.waitFor(() => remote.read(key)) // nobody iterates
        await vi.waitUntil(() => proxy.connections <= 1) // one is kept for the next call
      })

      it('fails an upload whose bytes were changed on the way', async () => {
        const key = newStorageKey()
        const writer = await patient.create(key)
        await writer.write(patternBytes(200_000))
        proxy.corruptAfter(100_000)
        await expect(writer.flush()).rejects.toThrow()
        await expect(writer.commit()).rejects.toThrow()
        await writer.close()
        expect(await store.sizeBytes(key)).toBeUndefined()
      })
    })
  })
})
