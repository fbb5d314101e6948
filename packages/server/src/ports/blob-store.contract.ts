import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inFull } from '../../../../testing/in-full.ts'
import type { BlobStore, BlobWriter, ByteRange, StorageKey } from './blob-store.ts'

export interface OpenedBlobStore {
  readonly store: BlobStore
  /** Opens a second instance over the same data, as another process would. Absent where one instance owns its data. */
  readonly reopen?: () => Promise<BlobStore>
  dispose(): Promise<void>
}

export const newStorageKey = (): StorageKey => randomUUID() as StorageKey

/** Bytes that repeat at no power of two, so that a chunk out of place shows. */
export function patternBytes(sizeBytes: number): Buffer {
  const block = Buffer.from(Uint8Array.from({ length: 251 }, (_, index) => index))
  return Buffer.alloc(sizeBytes, block)
}

/** The bytes that a read yields. Each chunk is copied while it is good. */
export async function readAll(store: BlobStore, key: StorageKey, range?: ByteRange): Promise<Buffer | undefined> {
  const chunks = await store.read(key, range)
  if (!chunks) return undefined
  const copies: Buffer[] = []
  for await (const chunk of chunks) copies.push(Buffer.from(chunk))
  return Buffer.concat(copies)
}

/** Writes and commits an object of its own. */
export async function storeBytes(store: BlobStore, bytes: Buffer): Promise<StorageKey> {
  const key = newStorageKey()
  const writer = await store.create(key)
  try {
    await writer.write(Buffer.from(bytes))
    await writer.commit()
  } finally {
    await writer.close()
  }
  return key
}

async function resumed(store: BlobStore, key: StorageKey): Promise<BlobWriter> {
  const writer = await store.resume(key)
  if (!writer) throw new Error(`nothing to resume at ${key}`)
  return writer
}

const LARGE_BYTES = 3 * 1024 * 1024 + 17
/** Crumbs, what sockets deliver, and more than an adapter is likely to hold at once. */
const chunkSizes = fc.oneof(fc.nat({ max: 20 }), fc.nat({ max: 70_000 }), fc.nat({ max: 1_500_000 }))
const uploadSteps = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: chunkSizes.map(size => ({ kind: 'write' as const, size })) },
    { weight: 1, arbitrary: fc.constant({ kind: 'flush' as const }) },
    { weight: 1, arbitrary: fc.constant({ kind: 'resume' as const }) },
    { weight: 1, arbitrary: fc.constant({ kind: 'read' as const }) },
  ),
  { maxLength: 12 },
)

/** What every `BlobStore` promises; a behaviour that is not listed here is not promised. */
export function blobStoreContract(name: string, open: () => Promise<OpenedBlobStore>): void {
  describe(`BlobStore contract: ${name}`, () => {
    let opened: OpenedBlobStore
    let store: BlobStore
    /** Another instance over the same data, where there can be one. */
    let other: BlobStore

    beforeAll(async () => {
      opened = await open()
      store = opened.store
      other = (await opened.reopen?.()) ?? store
    })
    afterAll(() => opened.dispose())

    describe('writing', () => {
      it('gives back any bytes in any chunking', async () => {
        await fc.assert(
          fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 }), async parts => {
            const key = newStorageKey()
            const writer = await store.create(key)
            for (const part of parts) await writer.write(Buffer.from(part))
            await writer.commit()
            await writer.close()
            expect(await readAll(store, key)).toEqual(Buffer.concat(parts))
            expect(await store.sizeBytes(key)).toBe(parts.reduce((sum, part) => sum + part.length, 0))
          }),
          { numRuns: 30 },
        )
      })

      it('gives back an object written over any flushes, reads and resumptions by turns in two instances', async () => {
        await fc.assert(
          fc.asyncProperty(uploadSteps, async steps => {
            let [holder, next] = [store, other]
            const expected = patternBytes(steps.reduce((sum, step) => sum + (step.kind === 'write' ? step.size : 0), 0))
            const key = newStorageKey()
            let position = 0
            let writer = await holder.create(key)
            for (const step of steps) {
              if (step.kind === 'write') {
                await writer.write(Buffer.from(expected.subarray(position, position + step.size)))
                position += step.size
              } else {
                await writer.flush()
                expect(await next.sizeBytes(key)).toBe(position)
              }
              if (step.kind === 'read') {
                const soFar = await readAll(holder, key)
                expect(soFar && expected.subarray(0, position).equals(soFar)).toBe(true)
              }
              if (step.kind === 'resume') {
                await writer.close()
                ;[holder, next] = [next, holder]
                writer = await resumed(holder, key)
              }
              expect(writer.sizeBytes).toBe(position)
            }
            await writer.commit()
            await writer.close()
            expect(expected.equals((await readAll(store, key)) ?? Buffer.of())).toBe(true)
            await store.remove(key)
          }),
          { numRuns: inFull(12, 30) },
        )
      })

      it('keeps an empty object from its first flush', async () => {
        const key = newStorageKey()
        const first = await store.create(key)
        await first.flush()
        await first.close()
        const writer = await resumed(other, key)
        expect(writer.sizeBytes).toBe(0)
        await writer.commit()
        await writer.close()
        expect(await store.sizeBytes(key)).toBe(0)
        expect(await readAll(store, key)).toEqual(Buffer.of())
      })

      it('keeps writers of different keys apart', async () => {
        const uploads = Array.from({ length: 12 }, (_, index) => ({
          key: newStorageKey(),
          chunks: Array.from({ length: 40 }, (_, part) => Buffer.alloc(65_536, index * 40 + part)),
        }))
        await Promise.all(
          uploads.map(async ({ key, chunks }) => {
            const writer = await store.create(key)
            for (const chunk of chunks) await writer.write(Buffer.from(chunk))
            await writer.commit()
            await writer.close()
          }),
        )
        for (const { key, chunks } of uploads) {
          expect(Buffer.concat(chunks).equals((await readAll(store, key)) ?? Buffer.of())).toBe(true)
        }
      })

      it('refuses to create a key that is taken, and leaves its bytes alone', async () => {
        const key = await storeBytes(store, Buffer.from('first'))
        await expect(store.create(key)).rejects.toThrow()
        expect(await readAll(store, key)).toEqual(Buffer.from('first'))
      })

      it('refuses everything but another close after a close', async () => {
        const writer = await store.create(newStorageKey())
        await writer.close()
        await writer.close()
        await expect(writer.write(Buffer.from('late'))).rejects.toThrow()
        await expect(writer.flush()).rejects.toThrow()
        await expect(writer.commit()).rejects.toThrow()
      })
    })

    describe('resuming', () => {
      it('goes on after a prefix when the writer was left without a flush', async () => {
        const bytes = patternBytes(LARGE_BYTES)
        const key = newStorageKey()
        const abandoned = await store.create(key)
        await abandoned.write(Buffer.from(bytes.subarray(0, 1000)))
        await abandoned.flush()
        for (let at = 1000; at < bytes.length; at += 65_536)
          await abandoned.write(Buffer.from(bytes.subarray(at, at + 65_536)))
        await abandoned.close()

        const writer = await resumed(store, key)
        expect(writer.sizeBytes).toBe(await store.sizeBytes(key))
        expect(writer.sizeBytes).toBeGreaterThanOrEqual(1000)
        await writer.write(Buffer.from(bytes.subarray(writer.sizeBytes)))
        await writer.commit()
        await writer.close()
        expect(bytes.equals((await readAll(store, key)) ?? Buffer.of())).toBe(true)
      })

      it('goes on in another instance while the first one never closed its writer, as after a crash', async context => {
        if (!opened.reopen) return context.skip('this store keeps its data in one instance')
        const key = newStorageKey()
        const crashed = await store.create(key)
        await crashed.write(Buffer.from('before '))
        await crashed.flush()
        await crashed.write(Buffer.from('lost'))

        const second = await opened.reopen()
        const writer = await resumed(second, key)
        expect(writer.sizeBytes).toBe('before '.length)
        await writer.write(Buffer.from('after'))
        await writer.commit()
        await writer.close()
        await crashed.close()
        expect(await readAll(store, key)).toEqual(Buffer.from('before after'))
      })
    })

    describe('reading', () => {
      const bytes = patternBytes(LARGE_BYTES)
      let key: StorageKey

      beforeAll(async () => {
        key = await storeBytes(store, bytes)
      })

      it('gives every range that is inside the object', async () => {
        const ranges = fc
          .tuple(fc.nat({ max: LARGE_BYTES - 1 }), fc.nat({ max: LARGE_BYTES - 1 }))
          .map(([a, b]) => ({ first: Math.min(a, b), last: Math.max(a, b) }))
        const check = async (range: ByteRange) => {
          const slice = bytes.subarray(range.first, range.last + 1)
          expect(slice.equals((await readAll(store, key, range)) ?? Buffer.of())).toBe(true)
        }
        await fc.assert(fc.asyncProperty(ranges, check), {
          numRuns: inFull(20, 60),
          examples: [
            [{ first: 0, last: 0 }],
            [{ first: LARGE_BYTES - 1, last: LARGE_BYTES - 1 }],
            [{ first: 0, last: LARGE_BYTES - 1 }],
            [{ first: 1_048_575, last: 1_048_576 }],
          ],
        })
      })

      it('refuses a range that is not inside the object', async () => {
        for (const range of [
          { first: 0, last: LARGE_BYTES },
          { first: 5, last: 4 },
          { first: -1, last: 4 },
        ]) {
          await expect(store.read(key, range)).rejects.toThrow(RangeError)
        }
      })

      it('yields no empty chunks, and nothing for an empty object', async () => {
        const empty = await storeBytes(store, Buffer.of())
        expect(await store.sizeBytes(empty)).toBe(0)
        for await (const _ of (await store.read(empty)) ?? []) expect.unreachable('an empty object has no chunks')
        for await (const chunk of (await store.read(key)) ?? []) expect(chunk.length).toBeGreaterThan(0)
      })

      it('serves many readers of one object at a time', async () => {
        const copies = await Promise.all(Array.from({ length: 40 }, () => readAll(store, key)))
        for (const copy of copies) expect(copy && bytes.equals(copy)).toBe(true)
      })

      it('serves on after loops that were left early', async () => {
        for (let round = 0; round < 100; round += 1) {
          for await (const chunk of (await store.read(key)) ?? []) {
            expect(bytes.subarray(0, chunk.length).equals(chunk)).toBe(true)
            break
          }
        }
        expect(bytes.equals((await readAll(store, key)) ?? Buffer.of())).toBe(true)
      })

      it('gives the flushed bytes of an object that is not committed', async () => {
        const partial = newStorageKey()
        const writer = await store.create(partial)
        await writer.write(Buffer.from('so far'))
        await writer.flush()
        expect(await readAll(store, partial)).toEqual(Buffer.from('so far'))
        expect(await readAll(store, partial, { first: 3, last: 4 })).toEqual(Buffer.from('fa'))
        await expect(store.read(partial, { first: 3, last: 6 })).rejects.toThrow(RangeError)
        await writer.close()
      })
    })

    describe('keys', () => {
      it('gives undefined for a key it does not hold', async () => {
        const absent = newStorageKey()
        expect(await store.sizeBytes(absent)).toBeUndefined()
        expect(await store.read(absent)).toBeUndefined()
        expect(await store.read(absent, { first: 0, last: 1 })).toBeUndefined()
        expect(await store.resume(absent)).toBeUndefined()
      })

      it('removes an object, committed or not, as often as it is asked to', async () => {
        const committed = await storeBytes(store, Buffer.from('whole'))
        const partial = newStorageKey()
        const writer = await store.create(partial)
        await writer.write(Buffer.from('part'))
        await writer.flush()
        await writer.close()
        for (const key of [committed, partial]) {
          await store.remove(key)
          await store.remove(key)
          expect(await store.sizeBytes(key)).toBeUndefined()
        }
        await store.remove(newStorageKey())
      })

      it('lists every key it holds, committed or not, and no removed one', async () => {
        const kept = [await storeBytes(store, Buffer.from('a')), await storeBytes(store, Buffer.from('b'))]
        for (const size of [1, 8 * 1024 * 1024]) {
          const partial = newStorageKey()
          const writer = await store.create(partial)
          await writer.write(patternBytes(size))
          await writer.flush()
          await writer.close()
          kept.push(partial)
        }
        const removed = await storeBytes(store, Buffer.from('c'))
        await store.remove(removed)
        const listed: StorageKey[] = []
        for await (const key of store.keys()) listed.push(key)
        expect(listed).toEqual(expect.arrayContaining(kept))
        expect(listed).not.toContain(removed)
        expect(new Set(listed).size).toBe(listed.length)
      })

      it('gives a URL for an object, if it does at all, that works without credentials', async context => {
        if (!store.presignedUrl) return context.skip('this store has no URLs')
        const bytes = patternBytes(100_000)
        const url = await store.presignedUrl(await storeBytes(store, bytes), 60)
        expect(bytes.equals(Buffer.from(await (await fetch(url)).arrayBuffer()))).toBe(true)
        const part = await fetch(url, { headers: { Range: 'bytes=251-255' } })
        expect([part.status, await part.text()]).toEqual([206, '\x00\x01\x02\x03\x04'])
        const absent = await store.presignedUrl(newStorageKey(), 60)
        expect((await fetch(absent)).status).toBe(404)
      })
    })
  })
}
