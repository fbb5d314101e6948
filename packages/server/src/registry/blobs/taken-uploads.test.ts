import { PassThrough } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { digestOf } from '../../domain/digest.ts'
import { ProblemError } from '../../domain/problem.ts'
import type { UploadId } from '../../ports/rows/common.ts'
import { journalledKeys } from '../../testing/journalled-keys.ts'
import { keysIn, openTemporaryRegistry, type TemporaryRegistry } from '../../testing/temporary-registry.ts'
import { Removals } from './removals.ts'
import { Uploads } from './uploads.ts'

const problem = (kind: string) => expect.objectContaining({ problem: expect.objectContaining({ kind }) })
async function* bodyOf(text: string) {
  if (text !== '') yield Buffer.from(text)
}
const outcomeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (error: unknown) => (error instanceof ProblemError ? error.problem.kind : String(error)),
  )

describe.each([
  { name: 'of a server alone', shared: false, elsewhere: false },
  { name: 'of the same server of several', shared: true, elsewhere: false },
  { name: 'of another server', shared: true, elsewhere: true },
])('a request that is at work, $name', ({ shared, elsewhere }) => {
  let registry: TemporaryRegistry
  let here: Uploads
  let there: Uploads
  beforeEach(async () => {
    registry = await openTemporaryRegistry({ shared, files: true })
    const open = () => new Uploads(registry.context, new Removals(registry.context, e => expect.unreachable(`${e}`)))
    here = open()
    there = elsewhere ? open() : here
  })
  afterEach(async () => {
    vi.useRealTimers()
    await registry[Symbol.asyncDispose]()
  })

  const append = (uploads: Uploads, id: UploadId, text: string, firstByte?: number) =>
    uploads.append(registry.repository, id, { body: bodyOf(text), firstByte })
  /** An append that has taken `text`, and hears nothing of its client any more. */
  const stall = async (id: UploadId, text: string) => {
    const body = new PassThrough()
    const done = here.append(registry.repository, id, { body })
    const outcome = outcomeOf(done)
    if (text !== '') body.write(text)
    while (body.readableLength > 0) await new Promise(resolve => setImmediate(resolve))
    return { outcome, body }
  }
  const held = () => keysIn(registry.context.blobs)

  it('is stopped by a cancel, and leaves nothing', async () => {
    const id = await here.begin(registry.repository)
    await append(here, id, 'he')
    const { outcome } = await stall(id, 'llo')
    await there.cancel(registry.repository, id)
    await expect(there.sizeBytes(registry.repository, id)).rejects.toEqual(problem('uploadUnknown'))
    await expect(there.cancel(registry.repository, id)).rejects.toEqual(problem('uploadUnknown'))
    expect(await outcome).toBe('uploadUnknown')
    await vi.waitFor(async () => expect(await held()).toEqual([]))
    // Should the server that was at work have died, the journal has the bytes that it left.
    registry.context.clock.time += 120_000
    await here.expire()
    expect(await journalledKeys(registry.metadata.rows)).toEqual([])
  })

  it('tells what has arrived', async () => {
    const id = await here.begin(registry.repository)
    await append(here, id, 'he')
    const { body, outcome } = await stall(id, 'll')
    expect(await there.sizeBytes(registry.repository, id)).toBe(4)
    body.end('o')
    expect(await outcome).toBe('done')
    expect(await there.sizeBytes(registry.repository, id)).toBe(5)
    expect(await there.complete(registry.repository, id, { digests: [digestOf('hello')] })).toMatchObject({
      sizeBytes: 5,
    })
  })

  it('that has stalled is taken over by one that goes on where it stopped', async () => {
    const id = await here.begin(registry.repository)
    const { outcome, body } = await stall(id, 'hel')
    const next = await there.sizeBytes(registry.repository, id)
    expect(await append(there, id, 'lo', next)).toBe(5)
    expect(await outcome).toBe('uploadBusy')
    // The stalled client wakes up: nobody listens.
    body.end('late')
    const row = await there.complete(registry.repository, id, { digests: [digestOf('hello')] })
    expect(row.sizeBytes).toBe(5)
    expect(await held()).toEqual([row.storageKey])
  })

  it('that has stalled is taken over by the one that ends the upload', async () => {
    const id = await here.begin(registry.repository)
    const { outcome } = await stall(id, 'hel')
    const chunk = { body: bodyOf('lo'), firstByte: 3 }
    await there.complete(registry.repository, id, { digests: [digestOf('hello')], chunk })
    expect(['uploadBusy', 'uploadUnknown']).toContain(await outcome)
  })

  it('is not taken over while its bytes come, nor by one that begins elsewhere or anywhere', async () => {
    // Time passes where this test says so: half of what makes a request one that has stalled.
    vi.useFakeTimers({ toFake: ['performance'] })
    const id = await here.begin(registry.repository)
    const { body, outcome } = await stall(id, 'h')
    const others = [1, 2, 0, undefined].map(firstByte => outcomeOf(append(there, id, 'x', firstByte)))
    for (const letter of 'ello') {
      // The other server looks once in this time, a request of this one many times.
      await delay(elsewhere ? 1_000 : 250)
      vi.advanceTimersByTime(500)
      body.write(letter)
      while (body.readableLength > 0) await new Promise(resolve => setImmediate(resolve))
    }
    body.end()
    expect(await outcome).toBe('done')
    expect(await Promise.all(others)).not.toContain('done')
    await here.complete(registry.repository, id, { digests: [digestOf('hello')] })
  })
})

it('two that would take over leave one of them, and every byte in its place', async () => {
  await using registry = await openTemporaryRegistry({ shared: true, files: true })
  const servers = [0, 1].map(
    () => new Uploads(registry.context, new Removals(registry.context, e => expect.unreachable(`${e}`))),
  )
  const [a, b] = servers as [Uploads, Uploads]
  const id = await a.begin(registry.repository)
  const body = new PassThrough()
  const stalled = outcomeOf(a.append(registry.repository, id, { body }))
  body.write('abc')
  while (body.readableLength > 0) await new Promise(resolve => setImmediate(resolve))
  const outcomes = await Promise.all(
    [a, b, a, b].map((uploads, n) =>
      outcomeOf(uploads.append(registry.repository, id, { body: bodyOf(`${n}${n}`), firstByte: 3 })),
    ),
  )
  const winner = outcomes.indexOf('done')
  expect(outcomes.filter(outcome => outcome === 'done')).toHaveLength(1)
  expect(await stalled).toBe('uploadBusy')
  expect(await b.complete(registry.repository, id, { digests: [digestOf(`abc${winner}${winner}`)] })).toMatchObject({
    sizeBytes: 5,
  })
})

it('a cancel at any moment of a push leaves a blob that is whole, or nothing', async () => {
  await using registry = await openTemporaryRegistry({ files: true })
  const uploads = new Uploads(registry.context, new Removals(registry.context, e => expect.unreachable(`${e}`)))
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.string({ maxLength: 4 }), { maxLength: 6 }),
      fc.nat(12),
      fc.nat(1_000_000),
      async (texts, turns, salt) => {
        const content = `${salt} ${texts.join('')}`
        const id = await uploads.begin(registry.repository)
        const body = (async function* () {
          yield Buffer.from(`${salt} `)
          for (const text of texts) {
            await new Promise(resolve => setImmediate(resolve))
            yield Buffer.from(text)
          }
        })()
        const digests = [digestOf(content)]
        const pushing = outcomeOf(uploads.complete(registry.repository, id, { digests, chunk: { body } }))
        for (let turn = 0; turn < turns; turn += 1) await new Promise(resolve => setImmediate(resolve))
        const cancelling = await outcomeOf(uploads.cancel(registry.repository, id))
        const pushed = await pushing
        expect([pushed, cancelling]).toEqual(pushed === 'done' ? ['done', 'uploadUnknown'] : ['uploadUnknown', 'done'])
        const found = await registry.metadata.rows.blobs.find(registry.repository.id, digestOf(content))
        expect(found !== undefined).toBe(pushed === 'done')
        const expected = new Set<string>()
        for (const key of await keysIn(registry.context.blobs)) expected.add(key)
        for (const key of expected) expect(await registry.metadata.rows.inventory.isOfBlob(key as never)).toBe(true)
      },
    ),
    { numRuns: 60 },
  )
})
