import { EventEmitter, once } from 'node:events'
import { PassThrough } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { digestOf } from '../../domain/digest.ts'
import type { BlobStore } from '../../ports/blob-store.ts'
import type { UploadId } from '../../ports/rows/common.ts'
import { keysIn, openTemporaryRegistry, type TemporaryRegistry } from '../../testing/temporary-registry.ts'
import { Removals } from './removals.ts'
import { Uploads } from './uploads.ts'

const problem = (kind: string) => expect.objectContaining({ problem: expect.objectContaining({ kind }) })
async function* bodyOf(text: string) {
  yield Buffer.from(text)
}

describe('uploads of a server alone', () => {
  it('that are at work for days are not given up', async () => {
    await using registry = await openTemporaryRegistry()
    const uploads = new Uploads(
      registry.context,
      new Removals(registry.context, error => expect.unreachable(`${error}`)),
    )
    const id = await uploads.begin(registry.repository)
    const body = new PassThrough()
    const done = uploads.append(registry.repository, id, { body })
    body.write('a')
    while (body.readableLength > 0) await new Promise(resolve => setImmediate(resolve))
    registry.context.clock.time += 2 * 24 * 60 * 60 * 1000
    expect(await uploads.expire()).toMatchObject({ expired: 0 })
    body.end('b')
    expect(await done).toBe(2)
  })
})

describe('uploads of servers that share their rows', () => {
  let registry: TemporaryRegistry
  let reads = 0
  let searches = 0
  const server = () => {
    const { blobs } = registry.context
    const counting: BlobStore = {
      ...blobs,
      read: (...args) => {
        reads += 1
        return blobs.read(...args)
      },
      resume: key => {
        searches += 1
        return blobs.resume(key)
      },
    }
    const context = { ...registry.context, blobs: counting }
    return new Uploads(context, new Removals(context, error => expect.unreachable(String(error))))
  }
  const append = (uploads: Uploads, id: UploadId, text: string) =>
    uploads.append(registry.repository, id, { body: bodyOf(text) })
  const complete = (uploads: Uploads, id: UploadId, text: string) =>
    uploads.complete(registry.repository, id, { digests: [digestOf(text)] })
  /** An append that has written `text`, and goes on when its body ends. */
  const hold = async (uploads: Uploads, id: UploadId, text: string) => {
    const body = new PassThrough()
    const done = uploads.append(registry.repository, id, { body })
    done.catch(() => {})
    body.write(text)
    while (body.readableLength > 0) await new Promise(resolve => setImmediate(resolve))
    return { done, body }
  }

  beforeEach(async () => {
    registry = await openTemporaryRegistry({ shared: true })
    reads = 0
    searches = 0
  })
  afterEach(() => registry[Symbol.asyncDispose]())

  it('go on anywhere, and their bytes are read again once at most', async () => {
    const [a, b] = [server(), server()]
    const id = await a.begin(registry.repository)
    expect(await append(b, id, 'he')).toBe(2)
    expect(await append(a, id, 'll')).toBe(4)
    expect(await append(b, id, 'o')).toBe(5)
    expect(reads).toBe(0)
    expect(await complete(a, id, 'hello')).toMatchObject({ sizeBytes: 5 })
    expect(reads).toBe(1)
  })

  it("are nobody's where the clock of who had them was far ahead", async () => {
    const [a, b] = [server(), server()]
    const id = await a.begin(registry.repository)
    const { clock, metadata } = registry.context
    const ahead = clock.now() + 400 * 24 * 60 * 60 * 1000
    await metadata.transaction(rows =>
      rows.uploadClaims.claim(registry.repository.id, id, { now: ahead, until: ahead + 10_000 }),
    )
    // A request that is at work would keep the bytes for a while.
    await b.cancel(registry.repository, id)
    expect(await metadata.rows.journal.due(ahead, 10)).toEqual([])
  })

  it('are not read at all where one request brought the bytes', async () => {
    const [a, b] = [server(), server()]
    const id = await a.begin(registry.repository)
    await append(b, id, 'hello')
    await complete(a, id, 'hello')
    expect(reads).toBe(0)
  })

  it('are not read at all where all requests came to one server', async () => {
    const [a, b] = [server(), server()]
    const id = await a.begin(registry.repository)
    for (const text of ['he', 'll', 'o']) await append(a, id, text)
    expect(await b.sizeBytes(registry.repository, id)).toBe(5)
    await complete(a, id, 'hello')
    expect(reads).toBe(0)
  })

  it('are looked for in the store unless they began here and nobody had a turn', async () => {
    const [a, b] = [server(), server()]
    const here = await a.begin(registry.repository)
    await append(a, here, 'he')
    expect(searches).toBe(0)
    await complete(a, here, 'he')
    expect(searches).toBe(1)

    const elsewhere = await a.begin(registry.repository)
    await append(b, elsewhere, 'he')
    expect(searches).toBe(2)
    await append(a, elsewhere, 'llo')
    expect(searches).toBe(3)
    expect(await complete(a, elsewhere, 'hello')).toMatchObject({ sizeBytes: 5 })
  })

  it('are looked for in the store after a first request that brought nothing', async () => {
    const a = server()
    const id = await a.begin(registry.repository)
    expect(await append(a, id, '')).toBe(0)
    expect(await append(a, id, 'hello')).toBe(5)
    expect(searches).toBe(1)
  })

  it('do not end with a hash that others have made stale', async () => {
    const [a, b] = [server(), server()]
    const id = await a.begin(registry.repository)
    await append(a, id, 'ab')
    // As long as what server a knows the hash of.
    const { storageKey } = await a.find(registry.repository, id)
    await registry.context.blobs.remove(storageKey)
    await append(b, id, 'xy')
    await expect(complete(a, id, 'ab')).rejects.toEqual(problem('digestMismatch'))
  })

  it('are one request’s at a time, wherever it is', async () => {
    const [a, b] = [server(), server()]
    const id = await a.begin(registry.repository)
    const { done, body } = await hold(a, id, 'he')
    for (const uploads of [a, b]) {
      await expect(append(uploads, id, 'x')).rejects.toEqual(problem('uploadBusy'))
      await expect(complete(uploads, id, 'x')).rejects.toEqual(problem('uploadBusy'))
    }
    body.end('llo')
    expect(await done).toBe(5)
    expect(await complete(b, id, 'hello')).toMatchObject({ sizeBytes: 5 })
  })

  it('are free some seconds after a server died, and that one, should it live, changes nothing', async () => {
    const [a, b] = [server(), server()]
    const id = await a.begin(registry.repository)
    const { done, body } = await hold(a, id, 'he')
    registry.context.clock.time += 10_000
    // The renewals of the turn did not come: another process goes on with what is in the store.
    const sizeBytes = await append(b, id, 'he')
    expect(sizeBytes).toBeGreaterThanOrEqual(2)
    body.end('late')
    await expect(done).rejects.toEqual(problem('unavailable'))
    expect(await b.sizeBytes(registry.repository, id)).toBe(sizeBytes)
    await expect(complete(b, id, 'not this')).rejects.toEqual(problem('digestMismatch'))
    expect(await keysIn(registry.context.blobs)).toEqual([])
  })

  it('that another server made a blob of stay one, whenever the first one wakes up', async () => {
    const { blobs } = registry.context
    const [created, awake] = [new EventEmitter(), new EventEmitter()]
    const sleepy: BlobStore = {
      ...blobs,
      async create(key) {
        const writer = await blobs.create(key)
        const waking = once(awake, 'now')
        created.emit('now')
        await waking
        return writer
      },
    }
    const context = { ...registry.context, blobs: sleepy }
    const a = new Uploads(context, new Removals(context, error => expect.unreachable(String(error))))
    const b = server()
    const id = await a.begin(registry.repository)
    const isCreated = once(created, 'now')
    const late = append(a, id, 'hello')
    late.catch(() => {})
    await isCreated
    registry.context.clock.time += 10_000
    await append(b, id, 'hello')
    const { storageKey } = await complete(b, id, 'hello')
    awake.emit('now')
    await expect(late).rejects.toThrow()
    expect(await blobs.sizeBytes(storageKey)).toBe(5)
  })

  it('that are at work outlive their day, also in the pass of another server', async () => {
    const [a, b] = [server(), server()]
    const id = await a.begin(registry.repository)
    const { expiresAt } = await a.find(registry.repository, id)
    registry.context.clock.time = expiresAt - 1
    const { done, body } = await hold(a, id, 'hello')
    registry.context.clock.time = expiresAt + 1
    expect(await b.expire()).toMatchObject({ expired: 0 })
    body.end()
    expect(await done).toBe(5)
  })
})
