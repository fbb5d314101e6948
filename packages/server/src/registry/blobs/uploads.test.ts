import { readdirSync, readlinkSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Digest, digestOf } from '../../domain/digest.ts'
import { RegistryError } from '../../domain/problem.ts'
import type { BlobStore, BlobWriter, StorageKey } from '../../ports/blob-store.ts'
import type { UploadId } from '../../ports/rows/common.ts'
import { journalledKeys } from '../../testing/journalled-keys.ts'
import { keysIn, openTemporaryRegistry, type TemporaryRegistry } from '../../testing/temporary-registry.ts'
import { BLOB_LEASE_MS, type RegistryContext } from '../context.ts'
import { Removals } from './removals.ts'
import { Uploads } from './uploads.ts'

const DAY_MS = 24 * 60 * 60 * 1000
const fail = (error: unknown) => expect.unreachable(`removing failed: ${error}`)
const uploadsOver = (context: RegistryContext) => new Uploads(context, new Removals(context, fail))
async function* bodyOf(...parts: string[]) {
  for (const part of parts) yield Buffer.from(part)
}
/** What arrives when a client goes away. */
async function* cutOff(...parts: string[]) {
  yield* bodyOf(...parts)
  throw new Error('the client went away')
}
const problem = (kind: string) => expect.objectContaining({ problem: expect.objectContaining({ kind }) })

describe.each([
  { name: 'memory', files: false, shared: false },
  { name: 'files', files: true, shared: false },
  { name: 'files, with rows that servers share', files: true, shared: true },
])('Uploads over $name', ({ files, shared }) => {
  let registry: TemporaryRegistry
  let uploads: Uploads
  beforeEach(async () => {
    registry = await openTemporaryRegistry({ files, shared, quotas: { layerMaxBytes: 20 } })
    uploads = uploadsOver(registry.context)
  })
  afterEach(() => registry[Symbol.asyncDispose]())

  const begin = () => uploads.begin(registry.repository)
  const append = (id: UploadId, ...parts: string[]) =>
    uploads.append(registry.repository, id, { body: bodyOf(...parts) })
  const complete = (id: UploadId, ...digests: Digest[]) => uploads.complete(registry.repository, id, { digests })
  const size = (id: UploadId) => uploads.sizeBytes(registry.repository, id)
  const held = () => keysIn(registry.context.blobs)
  const blob = (digest: Digest) => registry.metadata.rows.blobs.find(registry.repository.id, digest)
  const contentOf = async (key: StorageKey) => {
    const chunks: Buffer[] = []
    for await (const chunk of (await registry.context.blobs.read(key)) ?? []) chunks.push(Buffer.from(chunk))
    return Buffer.concat(chunks).toString()
  }

  it('stores what a request brought, and of the last one only the blob', async () => {
    let flushes = 0
    const { blobs } = registry.context
    const counting = (writer: BlobWriter): BlobWriter => ({
      get sizeBytes() {
        return writer.sizeBytes
      },
      write: chunk => writer.write(chunk),
      flush: () => {
        flushes += 1
        return writer.flush()
      },
      commit: () => writer.commit(),
      close: () => writer.close(),
    })
    const store: BlobStore = {
      ...blobs,
      create: async key => counting(await blobs.create(key)),
      resume: async key => {
        const writer = await blobs.resume(key)
        return writer && counting(writer)
      },
    }
    uploads = uploadsOver({ ...registry.context, blobs: store })
    const id = await begin()
    await append(id, 'he')
    expect(flushes).toBe(1)
    const cut = { body: cutOff('l') }
    await expect(
      uploads.complete(registry.repository, id, { digests: [digestOf('hello')], chunk: cut }),
    ).rejects.toThrow()
    expect([flushes, await size(id)]).toEqual([2, 3])
    const row = await uploads.complete(registry.repository, id, {
      digests: [digestOf('hello')],
      chunk: { body: bodyOf('lo') },
    })
    expect([flushes, await contentOf(row.storageKey)]).toEqual([2, 'hello'])
  })

  it('makes a blob of the chunks in their order', async () => {
    const id = await begin()
    expect(await size(id)).toBe(0)
    expect(await append(id, 'he', 'l')).toBe(3)
    const chunk = { body: bodyOf('lo'), firstByte: 3, lengthBytes: 2 }
    const row = await uploads.complete(registry.repository, id, { digests: [digestOf('hello')], chunk })
    expect(row).toMatchObject({ digest: digestOf('hello'), sizeBytes: 5 })
    expect(await contentOf(row.storageKey)).toBe('hello')
    expect(await blob(row.digest)).toEqual(row)
    await expect(size(id)).rejects.toEqual(problem('uploadUnknown'))
  })

  it('makes a blob of no bytes', async () => {
    expect(await complete(await begin(), digestOf(''))).toMatchObject({ sizeBytes: 0 })
  })

  it('refuses a chunk that does not begin where the last one ended, and keeps nothing of it', async () => {
    const id = await begin()
    await append(id, 'abc')
    for (const firstByte of [0, 2, 4]) {
      const chunk = { body: bodyOf('x'), firstByte }
      const refused = expect.objectContaining({
        problem: expect.objectContaining({ kind: 'uploadOutOfOrder', nextByte: 3 }),
      })
      await expect(uploads.append(registry.repository, id, chunk)).rejects.toEqual(refused)
      await expect(uploads.complete(registry.repository, id, { digests: [digestOf('abc')], chunk })).rejects.toEqual(
        refused,
      )
    }
    expect(await complete(id, digestOf('abc'))).toMatchObject({ sizeBytes: 3 })
  })

  it.each([1, 3])('says so when %s bytes were announced and two came, and can go on after them', async lengthBytes => {
    const id = await begin()
    const chunk = { body: bodyOf('ab'), lengthBytes }
    await expect(uploads.append(registry.repository, id, chunk)).rejects.toEqual(problem('uploadSizeMismatch'))
    expect(await size(id)).toBe(2)
    expect(await complete(id, digestOf('ab'))).toMatchObject({ sizeBytes: 2 })
  })

  it('goes on after what arrived before the client went away', async () => {
    const id = await begin()
    await expect(uploads.append(registry.repository, id, { body: cutOff('ab', 'c') })).rejects.toThrow('went away')
    expect(await size(id)).toBe(3)
    await append(id, 'd')
    expect(await complete(id, digestOf('abcd'))).toMatchObject({ sizeBytes: 4 })
  })

  it('goes on in another process, also with the digest of another algorithm', async () => {
    const id = await begin()
    await append(id, 'ab')
    uploads = uploadsOver(registry.context)
    expect(await size(id)).toBe(2)
    await append(id, 'c')
    uploads = uploadsOver(registry.context)
    const row = await complete(id, digestOf('abc', 'sha512'))
    expect(await contentOf(row.storageKey)).toBe('abc')
  })

  it.each([['sha256', 'sha512'] as const, ['sha512', 'sha256'] as const])(
    'begun for %s, takes a digest in %s',
    async (first, second) => {
      const id = await uploads.begin(registry.repository, first)
      await append(id, 'abc')
      expect(await complete(id, digestOf('abc', second))).toMatchObject({ digest: digestOf('abc', second) })
    },
  )

  it('takes the first digest that fits, and stores by that one', async () => {
    const id = await begin()
    await append(id, 'abc')
    const digests = [digestOf('x'), digestOf('x', 'sha512'), digestOf('abc', 'sha512'), digestOf('abc')]
    expect(await complete(id, ...digests)).toMatchObject({ digest: digestOf('abc', 'sha512') })
  })

  it('reads the bytes again once for each other algorithm, whatever the digests and their order', async () => {
    const { blobs } = registry.context
    let reads = 0
    const read: BlobStore['read'] = (...args) => {
      reads += 1
      return blobs.read(...args)
    }
    uploads = uploadsOver({ ...registry.context, blobs: { ...blobs, read } })
    const id = await begin()
    await append(id, 'abc')
    const wrong = Array.from({ length: 20 }, (_, index) => digestOf('x', index % 2 === 0 ? 'sha256' : 'sha512'))
    await expect(complete(id, ...wrong)).rejects.toEqual(problem('digestMismatch'))
    expect(reads).toBe(1)
  })

  it('leaves neither row nor bytes of an upload that has another digest', async () => {
    const id = await begin()
    await append(id, 'abc')
    const mismatch = { kind: 'digestMismatch', given: [digestOf('x')], computed: digestOf('abc') }
    await expect(complete(id, digestOf('x'))).rejects.toEqual(expect.objectContaining({ problem: mismatch }))
    expect(await held()).toEqual([])
    expect(await blob(digestOf('abc'))).toBeUndefined()
    await expect(size(id)).rejects.toEqual(problem('uploadUnknown'))
  })

  it('stores a blob once that is pushed twice, one after the other or both at once', async () => {
    const ids = [await begin(), await begin(), await begin()]
    for (const id of ids) await append(id, 'abc')
    const [last, ...both] = ids.map(id => () => complete(id, digestOf('abc')))
    const rows = await Promise.all(both.map(each => each()))
    rows.push(await (last ?? expect.unreachable)())
    expect(new Set(rows.map(row => row.storageKey)).size).toBe(1)
    expect(await held()).toEqual([rows[0]?.storageKey])
  })

  it('waits for no bytes but its own to be removed', async () => {
    const { blobs, metadata } = registry.context
    await metadata.transaction(rows => rows.journal.add('others' as StorageKey))
    const slow: BlobStore = {
      ...blobs,
      remove: key => (key === 'others' ? new Promise(() => {}) : blobs.remove(key)),
    }
    uploads = uploadsOver({ ...registry.context, blobs: slow })
    const [first, again, wrong, cancelled] = [await begin(), await begin(), await begin(), await begin()]
    for (const id of [first, again, wrong, cancelled]) await append(id, 'abc')
    const { storageKey } = await complete(first, digestOf('abc'))
    await complete(again, digestOf('abc'))
    await expect(complete(wrong, digestOf('x'))).rejects.toEqual(problem('digestMismatch'))
    await uploads.cancel(registry.repository, cancelled)
    expect(await held()).toEqual([storageKey])
    expect(await journalledKeys(metadata.rows)).toEqual(['others'])
  })

  it('refuses a layer that is there where it is asked to, ends the session, and leases the layer anew', async () => {
    const digest = await registry.addBlob(Buffer.from('abc'))
    const keys = await held()
    registry.context.clock.time += BLOB_LEASE_MS + 1
    const id = await begin()
    await append(id, 'abc')
    const again = uploads.complete(registry.repository, id, { digests: [digest], refuseExisting: true })
    await expect(again).rejects.toEqual(problem('layerExists'))
    expect(await held()).toEqual(keys)
    await expect(size(id)).rejects.toEqual(problem('uploadUnknown'))
    const now = registry.context.clock.time
    expect(await registry.metadata.transaction(rows => rows.blobs.collect(digest, now))).toBeUndefined()
    expect(await blob(digest)).toBeDefined()
  })

  it('lets one request at a time work on a session', async () => {
    const id = await begin()
    const slow = slowBody('a', 'b')
    const first = uploads.append(registry.repository, id, { body: slow.body })
    await slow.isAtWork
    await expect(append(id, 'x')).rejects.toEqual(problem('uploadBusy'))
    await expect(complete(id, digestOf('a'))).rejects.toEqual(problem('uploadBusy'))
    await uploads.expire()
    slow.goOn()
    expect(await first).toBe(2)
    expect(await complete(id, digestOf('ab'))).toMatchObject({ sizeBytes: 2 })
  })

  it('refuses a layer over its quota, and takes one that just fits', async () => {
    const id = await begin()
    await expect(append(id, 'x'.repeat(19), 'xx')).rejects.toEqual(problem('quotaExceeded'))
    await append(id, 'x')
    expect(await complete(id, digestOf('x'.repeat(20)))).toMatchObject({ sizeBytes: 20 })
  })

  it('removes a cancelled session with its bytes', async () => {
    const id = await begin()
    await append(id, 'abc')
    await uploads.cancel(registry.repository, id)
    expect(await held()).toEqual([])
    await expect(append(id, 'd')).rejects.toEqual(problem('uploadUnknown'))
    await expect(uploads.cancel(registry.repository, id)).rejects.toEqual(problem('uploadUnknown'))
  })

  it('does not know a session of another repository', async () => {
    const id = await begin()
    const { repository } = await registry.addRepository('other/one')
    await expect(uploads.append(repository, id, { body: bodyOf('x') })).rejects.toEqual(problem('uploadUnknown'))
    await expect(uploads.cancel(repository, id)).rejects.toEqual(problem('uploadUnknown'))
    expect(await size(id)).toBe(0)
  })

  it('gives up a session that nobody touched for a day, and none that was', async () => {
    const [idle, used] = [await begin(), await begin()]
    for (const id of [idle, used]) await append(id, 'abc')
    registry.context.clock.time += DAY_MS / 2
    await append(used, 'd')
    registry.context.clock.time += DAY_MS / 2
    await uploads.expire()
    await expect(size(idle)).rejects.toEqual(problem('uploadUnknown'))
    expect(await size(used)).toBe(4)
    expect(await held()).toHaveLength(1)
    registry.context.clock.time += DAY_MS / 2
    await uploads.expire()
    expect(await held()).toEqual([])
  })

  it('gives up any number of sessions at once, but for those at work', async () => {
    // The day passes on the wall's clock only: nothing renews a turn meanwhile.
    const clock = { now: () => registry.context.clock.now(), elapsed: () => 0 }
    uploads = uploadsOver({ ...registry.context, clock })
    for (let count = 0; count < 120; count += 1) await begin()
    const busy = await begin()
    const slow = slowBody('a')
    const working = uploads.append(registry.repository, busy, { body: slow.body })
    await slow.isAtWork
    registry.context.clock.time += DAY_MS
    expect(await uploads.expire()).toMatchObject({ expired: 120 })
    slow.goOn()
    await working
    expect(await size(busy)).toBe(1)
  })

  it('keeps a session that ends slowly from a pass of another process', async () => {
    const id = await begin()
    await append(id, 'abc')
    registry.context.clock.time += DAY_MS - 1
    const slow = (async function* () {
      yield Buffer.from('d')
      registry.context.clock.time += 2
      // The other process knows nothing of the sessions that this one works on.
      expect(await uploadsOver(registry.context).expire()).toMatchObject({ expired: 0 })
    })()
    const chunk = { body: slow }
    const row = await uploads.complete(registry.repository, id, { digests: [digestOf('abcd')], chunk })
    expect(row).toMatchObject({ sizeBytes: 4 })
  })

  describe('while the repository is deleted', () => {
    const deleteRepository = async () => {
      await registry.metadata.transaction(rows => rows.hiddenRepositories.delete(registry.repository.id, 0))
      await new Removals(registry.context, fail).emptyJournal()
    }

    it('begins no session', async () => {
      await deleteRepository()
      await expect(begin()).rejects.toEqual(problem('repositoryNotFound'))
    })

    it('makes no blob of what streams in meanwhile, and leaves no bytes', async () => {
      const id = await begin()
      const body = (async function* () {
        yield Buffer.from('a')
        await deleteRepository()
        yield Buffer.from('b')
      })()
      const completion = uploads.complete(registry.repository, id, { digests: [digestOf('ab')], chunk: { body } })
      await expect(completion).rejects.toEqual(problem('uploadUnknown'))
      expect(await held()).toEqual([])
    })

    it('leaves no bytes of an object that is made just after the removal', async () => {
      const id = await begin()
      const { blobs } = registry.context
      const late: BlobStore = {
        ...blobs,
        async create(key) {
          await deleteRepository()
          return blobs.create(key)
        },
      }
      const body = bodyOf('abc')
      const request = uploadsOver({ ...registry.context, blobs: late }).append(registry.repository, id, { body })
      await expect(request).rejects.toEqual(problem('uploadUnknown'))
      expect(await held()).toEqual([])
    })
  })

  it('leaves the bytes of such an object to the journal where they cannot be removed now', async () => {
    const id = await begin()
    const { blobs, metadata } = registry.context
    const stuck: BlobStore = {
      ...blobs,
      async create(key) {
        await metadata.transaction(rows => rows.hiddenRepositories.delete(registry.repository.id, 0))
        await new Removals(registry.context, fail).emptyJournal()
        return blobs.create(key)
      },
      remove: () => Promise.reject(new Error('the disk is busy')),
    }
    const request = uploadsOver({ ...registry.context, blobs: stuck }).append(registry.repository, id, {
      body: bodyOf('abc'),
    })
    await expect(request).rejects.toEqual(problem('uploadUnknown'))
    expect(await journalledKeys(metadata.rows)).toEqual(await held())
    await new Removals(registry.context, fail).emptyJournal()
    expect(await held()).toEqual([])
  })

  it('can complete again when the rows could not be written the first time', async () => {
    const id = await begin()
    await append(id, 'abc')
    let broken = true
    const context: RegistryContext = {
      ...registry.context,
      metadata: {
        ...registry.metadata,
        transaction(work) {
          if (broken) throw new RegistryError({ kind: 'unavailable', what: 'Full.', retryAfterSeconds: 1 })
          return registry.metadata.transaction(work)
        },
      },
    }
    uploads = uploadsOver(context)
    await expect(complete(id, digestOf('abc'))).rejects.toEqual(problem('unavailable'))
    broken = false
    expect(await complete(id, digestOf('abc'))).toMatchObject({ sizeBytes: 3 })
  })

  if (files)
    it('leaves no file open, whatever happened', async () => {
      const before = openFiles()
      const ids = [await begin(), await begin(), await begin(), await begin()]
      const [cut, wrong, late, right] = ids as [UploadId, UploadId, UploadId, UploadId]
      for (const id of ids) await append(id, 'ab')
      await expect(uploads.append(registry.repository, cut, { body: cutOff('c') })).rejects.toThrow()
      await expect(complete(wrong, digestOf('x'))).rejects.toThrow()
      const chunk = { body: bodyOf('x'), firstByte: 9 }
      await expect(uploads.append(registry.repository, late, chunk)).rejects.toThrow()
      await complete(right, digestOf('ab', 'sha512'))
      await vi.waitFor(() => expect(openFiles()).toEqual(before))
    })
})

/** Blob files that this process holds open, as the kernel lists them. */
function openFiles(): string[] {
  return readdirSync('/proc/self/fd').flatMap(descriptor => {
    try {
      const target = readlinkSync(`/proc/self/fd/${descriptor}`)
      return target.includes('berth-blobs-') ? [target] : []
    } catch {
      return [] // the descriptor of the listing itself
    }
  })
}

/** A body that brings one chunk, and the others once it may go on. `isAtWork` resolves when the first was taken. */
function slowBody(first: string, ...others: string[]) {
  const atWork = promiseOf()
  const gate = promiseOf()
  const body = (async function* () {
    yield Buffer.from(first)
    atWork.resolve()
    await gate.promise
    for (const chunk of others) yield Buffer.from(chunk)
  })()
  return { body, isAtWork: atWork.promise, goOn: gate.resolve }
}

function promiseOf() {
  let resolve = () => {}
  const promise = new Promise<void>(done => {
    resolve = done
  })
  return { promise, resolve }
}
