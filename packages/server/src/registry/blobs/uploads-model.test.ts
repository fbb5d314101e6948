import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Digest, digestOf } from '../../domain/digest.ts'
import type { UploadId } from '../../ports/rows/common.ts'
import { journalledKeys } from '../../testing/journalled-keys.ts'
import { keysIn, openTemporaryRegistry, type TemporaryRegistry } from '../../testing/temporary-registry.ts'
import { Removals } from './removals.ts'
import { Uploads } from './uploads.ts'

const slot = fc.nat({ max: 2 })
/** Few letters, so that the same blob is often pushed twice. */
const text = fc.constantFrom('', 'a', 'b', 'ab')
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('begin' as const), slot }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('append' as const), slot, text, cutOff: fc.boolean() }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('complete' as const),
      slot,
      text,
      right: fc.boolean(),
      algorithm: fc.constantFrom('sha256' as const, 'sha512' as const),
      refuseExisting: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('cancel' as const), slot }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('expire' as const), slot }) },
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

/** What the use case should be in: the bytes of each session, and the blobs. */
interface Model {
  readonly sessions: Map<number, { id: UploadId; bytes: string }>
  readonly blobs: Map<Digest, string>
}

describe('Uploads, against a model', () => {
  it('hold, on servers that take turns, what the model holds', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(step, fc.boolean()), { maxLength: 25 }), async steps => {
        await using registry = await openTemporaryRegistry({ shared: true })
        const open = () =>
          new Uploads(registry.context, new Removals(registry.context, error => expect.unreachable(`${error}`)))
        const servers = [open(), open()]
        const model: Model = { sessions: new Map(), blobs: new Map() }
        for (const [each, isSecond] of steps) {
          const server = isSecond ? 1 : 0
          const uploads = servers[server] ?? open()
          if (each.kind === 'restart') servers[server] = open()
          else await take(each, registry, uploads, model)
          await compare(registry, uploads, model)
        }
      }),
      { numRuns: 25 },
    )
  })

  it('hold what the model holds, and no bytes that no row names', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async steps => {
        await using registry = await openTemporaryRegistry()
        const { context } = registry
        const open = () => new Uploads(context, new Removals(context, error => expect.unreachable(String(error))))
        let uploads = open()
        const model: Model = { sessions: new Map(), blobs: new Map() }
        for (const each of steps) {
          if (each.kind === 'restart') uploads = open()
          else await take(each, registry, uploads, model)
          await compare(registry, uploads, model)
        }
      }),
      { numRuns: 25 },
    )
  })
})

async function take(
  step: Exclude<Step, { kind: 'restart' }>,
  { repository, context }: TemporaryRegistry,
  uploads: Uploads,
  { sessions, blobs }: Model,
): Promise<void> {
  if (step.kind === 'begin') {
    if (!sessions.has(step.slot)) sessions.set(step.slot, { id: await uploads.begin(repository), bytes: '' })
    return
  }
  const session = sessions.get(step.slot)
  if (session === undefined) return
  const { id } = session
  switch (step.kind) {
    case 'append': {
      const { cutOff } = step
      const body = (async function* () {
        yield Buffer.from(step.text)
        if (cutOff) throw new Error('the client went away')
      })()
      const appending = uploads.append(repository, id, { body, firstByte: session.bytes.length })
      session.bytes += step.text
      if (cutOff) await expect(appending).rejects.toThrow('went away')
      else expect(await appending).toBe(session.bytes.length)
      return
    }
    case 'complete': {
      const bytes = session.bytes + step.text
      const digest = digestOf(step.right ? bytes : `not ${bytes}`, step.algorithm)
      const chunk = {
        body: (async function* () {
          yield Buffer.from(step.text)
        })(),
      }
      const { refuseExisting } = step
      const completing = uploads.complete(repository, id, { digests: [digest], chunk, refuseExisting })
      sessions.delete(step.slot)
      if (!step.right) await expect(completing).rejects.toThrow('digestMismatch')
      else if (refuseExisting && blobs.has(digest)) await expect(completing).rejects.toThrow('layerExists')
      else {
        expect(await completing).toMatchObject({ digest, sizeBytes: bytes.length })
        blobs.set(digest, bytes)
      }
      return
    }
    case 'cancel':
      await uploads.cancel(repository, id)
      sessions.delete(step.slot)
      return
    case 'expire':
      context.clock.time += 3 * 24 * 60 * 60 * 1000
      await uploads.expire()
      sessions.clear()
  }
}

async function compare(registry: TemporaryRegistry, uploads: Uploads, { sessions, blobs }: Model): Promise<void> {
  const { repository, metadata, context } = registry
  const named = new Set<string>()
  for (const { id, bytes } of sessions.values()) {
    expect(await uploads.sizeBytes(repository, id)).toBe(bytes.length)
    named.add((await uploads.find(repository, id)).storageKey)
  }
  for (const [digest, bytes] of blobs) {
    const row = await metadata.rows.blobs.find(repository.id, digest)
    if (row === undefined) return expect.unreachable(`${digest} is gone`)
    const chunks: Buffer[] = []
    for await (const chunk of (await context.blobs.read(row.storageKey)) ?? []) chunks.push(Buffer.from(chunk))
    expect(Buffer.concat(chunks).toString()).toBe(bytes)
    expect(await context.blobs.sizeBytes(row.storageKey)).toBe(bytes.length)
    named.add(row.storageKey)
  }
  expect((await keysIn(context.blobs)).filter(key => !named.has(key))).toEqual([])
  expect(await journalledKeys(metadata.rows)).toEqual([])
}
