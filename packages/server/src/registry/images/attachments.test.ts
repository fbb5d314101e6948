import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Digest, digestOf } from '../../domain/digest.ts'
import { OCI_INDEX, OCI_MANIFEST } from '../../domain/manifest/media-types.ts'
import { parseTag } from '../../domain/names.ts'
import { runLifecyclePolicies } from '../../housekeeping/lifecycle-runner.ts'
import { CALLER, openTemporaryRegistry, type TemporaryRegistry } from '../../testing/temporary-registry.ts'
import { purgeDueImages, purgeImages } from '../bin/purge-images.ts'
import { restoreImages } from '../bin/restore-images.ts'
import { findExpiring } from '../lifecycle/evaluation.ts'
import { parsePolicyText, putLifecyclePolicy } from '../lifecycle/policies.ts'
import { deleteImages } from './delete-images.ts'
import { pushManifest } from './push-manifest.ts'

const HOUR_MS = 60 * 60 * 1000
const DAY_MS = 24 * HOUR_MS

let registry: TemporaryRegistry
beforeEach(async () => {
  registry = await openTemporaryRegistry()
})
afterEach(() => registry[Symbol.asyncDispose]())

const CONFIG = Buffer.from('{}')
const descriptor = (mediaType: string, digest: string, size: number) => ({ mediaType, digest, size })
const documentOf = (seed: string, subject?: Digest, list?: Digest[]) => ({
  schemaVersion: 2,
  ...(list === undefined
    ? {
        mediaType: OCI_MANIFEST,
        config: descriptor('application/vnd.oci.empty.v1+json', digestOf(CONFIG), 2),
        layers: [],
      }
    : { mediaType: OCI_INDEX, manifests: list.map(digest => descriptor(OCI_MANIFEST, digest, 1)) }),
  annotations: { seed },
  ...(subject && { subject: descriptor(OCI_MANIFEST, subject, 1) }),
})
const digestFor = (...args: Parameters<typeof documentOf>) => digestOf(JSON.stringify(documentOf(...args)))

async function push(of: { seed: string; subject?: Digest; list?: Digest[]; tags?: string[] }): Promise<Digest> {
  await registry.addBlob(CONFIG)
  const { seed, subject, list, tags = [] } = of
  const bytes = Buffer.from(JSON.stringify(documentOf(seed, subject, list)))
  const { repository, context } = registry
  const { digest } = await pushManifest(context, CALLER, {
    repository,
    bytes,
    contentType: undefined,
    tags: tags.map(parseTag),
  })
  context.clock.time += 1
  return digest
}

const pass = (ms: number) => {
  registry.context.clock.time += ms
}
const KEEP = (countNumber: number, more: object = {}) =>
  JSON.stringify({
    rules: [
      {
        ...{ rulePriority: 1, description: 'as short as a description may be, for a text of a hundred characters' },
        selection: { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber, ...more },
        action: { type: 'expire' },
      },
    ],
  })
const rowOf = async () => {
  const row = await registry.metadata.rows.repositories.get(registry.repository.id)
  if (row === undefined) throw new Error('no repository')
  return row
}
const put = async (text: string) =>
  putLifecyclePolicy(registry.context, CALLER, { ...registry.repository, ...(await rowOf()) }, text)
const run = (): Promise<number> =>
  runLifecyclePolicies({ ...registry.context, lifecycleMs: 0 }, { onError: error => expect.unreachable(String(error)) })
const preview = async (text: string) =>
  (await findExpiring(registry.metadata, await rowOf(), parsePolicyText(text), registry.context.clock.time)).map(
    ({ digest }) => digest,
  )
const live = async (...digests: Digest[]) => {
  const found = await registry.metadata.rows.images.existing(registry.repository.id, digests)
  return digests.map(digest => found.has(digest))
}
const remove = (...digests: Digest[]) =>
  deleteImages(
    registry.context,
    CALLER,
    registry.repository,
    digests.map(imageDigest => ({ digest: imageDigest })),
  )
const restore = (digest: Digest) => restoreImages(registry.context, CALLER, registry.repository, [{ digest }])
const emptyBin = async () => {
  pass(8 * DAY_MS)
  await purgeDueImages(registry.context)
}

describe('an artifact whose subject a rule takes', () => {
  it('goes with it and comes back with it, to whatever depth', async () => {
    const image = await push({ seed: 'A', tags: ['a'] })
    const sbom = await push({ seed: 'sbom', subject: image })
    const signature = await push({ seed: 'signature', subject: sbom })
    await push({ seed: 'B', tags: ['b'] })
    await put(KEEP(1))
    expect(await run()).toBe(3)
    expect(await live(image, sbom, signature)).toEqual([false, false, false])
    const { restored } = await restore(image)
    expect(restored.map(({ digest }) => digest)).toEqual([image, sbom, signature])
    expect(await live(image, sbom, signature)).toEqual([true, true, true])
  })

  it('comes back with what an index brings back', async () => {
    const child = await push({ seed: 'child' })
    const signature = await push({ seed: 'signature', subject: child })
    const index = await push({ seed: 'index', list: [child], tags: ['multi'] })
    const onIndex = await push({ seed: 'on the index', subject: index })
    await push({ seed: 'B', tags: ['b'] })
    await put(KEEP(1))
    expect(await run()).toBe(4)
    await restore(index)
    expect(await live(child, signature, index, onIndex)).toEqual([true, true, true, true])
  })

  it('stays in the bin as long as its subject, though the days were changed in between', async () => {
    const image = await push({ seed: 'A', tags: ['a'] })
    const signature = await push({ seed: 'signature', subject: image })
    await remove(image)
    const { id } = registry.repository
    await registry.metadata.transaction(rows =>
      rows.repositorySettings.set(id, { binDays: 0, protectedTags: [], immutableTags: [] }),
    )
    await remove(signature)
    pass(6 * DAY_MS)
    await purgeDueImages(registry.context)
    await restore(image)
    expect(await live(image, signature)).toEqual([true, true])
  })

  it('stays with one that stays: protected, or changed since the rules looked', async () => {
    const image = await push({ seed: 'A', tags: ['a'] })
    const signature = await push({ seed: 'signature', subject: image })
    await push({ seed: 'B', tags: ['b'] })
    const { id } = registry.repository
    await registry.metadata.transaction(rows =>
      rows.repositorySettings.set(id, { protectedTags: ['a'], immutableTags: [] }),
    )
    await put(KEEP(1))
    expect(await run()).toBe(0)
    expect(await live(image, signature)).toEqual([true, true])
  })
})

describe('an artifact that was deleted before its subject', () => {
  it('does not come back with it', async () => {
    const image = await push({ seed: 'A', tags: ['a'] })
    const wrong = await push({ seed: 'a wrong signature', subject: image })
    await remove(wrong)
    pass(1)
    await remove(image)
    await restore(image)
    expect(await live(image, wrong)).toEqual([true, false])
  })

  it('and was purged, is not missed', async () => {
    const image = await push({ seed: 'A', tags: ['a'] })
    const signature = await push({ seed: 'signature', subject: image })
    await remove(image, signature)
    await purgeImages(registry.context, CALLER, registry.repository, [{ digest: signature }])
    expect((await restore(image)).restored.map(({ digest }) => digest)).toEqual([image])
  })
})

describe('an artifact whose subject is gone', () => {
  it('counts for nothing, and displaces nothing', async () => {
    const image = await push({ seed: 'A', tags: ['a'] })
    const other = await push({ seed: 'B', tags: ['b'] })
    const signature = await push({ seed: 'signature', subject: image })
    await remove(image)
    await put(KEEP(1))
    expect([await preview(KEEP(1)), await run()]).toEqual([[], 0])
    expect(await preview(KEEP(1, { tagStatus: 'untagged' }))).toEqual([])
    expect(await live(other, signature)).toEqual([true, true])
  })

  it('goes by itself when the subject has left the bin, into the bin, with the reason in the audit log', async () => {
    const image = await push({ seed: 'A', tags: ['a'] })
    const sbom = await push({ seed: 'sbom', subject: image })
    const signature = await push({ seed: 'signature', subject: sbom })
    await put(KEEP(9))
    await remove(image)
    pass(2 * DAY_MS)
    expect(await run()).toBe(0)
    await emptyBin()
    expect(await preview(KEEP(9))).toEqual([sbom, signature])
    expect(await run()).toBe(2)
    const [record] = (await registry.metadata.rows.audit.list({ action: 'DeleteImage' }, { limit: 99 })).slice(-2)
    expect(record).toMatchObject({ digest: sbom, via: 'rule', detail: 'its subject is gone' })
    await restore(sbom)
    expect(await live(sbom, signature)).toEqual([true, true])
  })

  it.each(['by hand', 'by purge', 'without a bin'])('goes wherever the subject went: %s', async how => {
    const image = await push({ seed: 'A', tags: ['a'] })
    const signature = await push({ seed: 'signature', subject: image })
    await put(KEEP(9))
    if (how === 'without a bin') {
      const { id } = registry.repository
      const settings = { binDays: 0, protectedTags: [], immutableTags: [] }
      await registry.metadata.transaction(rows => rows.repositorySettings.set(id, settings))
    }
    await remove(image)
    if (how === 'by purge') await purgeImages(registry.context, CALLER, registry.repository, undefined)
    if (how === 'by hand') await emptyBin()
    if (how !== 'by hand') {
      pass(23 * HOUR_MS)
      expect(await run()).toBe(0)
      pass(2 * HOUR_MS)
    }
    expect(await run()).toBe(1)
    expect(await live(signature)).toEqual([false])
  })

  it('goes though it was pushed when the subject had left', async () => {
    const image = await push({ seed: 'A', tags: ['a'] })
    await remove(image)
    await emptyBin()
    const late = await push({ seed: 'late', subject: image })
    await put(KEEP(9))
    pass(DAY_MS - 1)
    expect(await run()).toBe(0)
    pass(1)
    expect(await run()).toBe(1)
    expect(await live(late)).toEqual([false])
  })

  it('waits for a subject that was never there, however long', async () => {
    const image = digestFor('A')
    const early = await push({ seed: 'early', subject: image })
    await put(KEEP(1))
    pass(99 * DAY_MS)
    expect(await run()).toBe(0)
    await push({ seed: 'A', tags: ['a'] })
    pass(99 * DAY_MS)
    expect([await run(), await live(early)]).toEqual([0, [true]])
  })

  it('stays without a policy, with a tag, or when the subject is there again', async () => {
    const image = await push({ seed: 'A', tags: ['a'] })
    const tagged = await push({ seed: 'tagged', subject: image, tags: ['sha256-sig'] })
    const signature = await push({ seed: 'signature', subject: image })
    await remove(image)
    await emptyBin()
    expect(await run()).toBe(0)
    await push({ seed: 'A', tags: ['a'] })
    await put(KEEP(9))
    expect(await run()).toBe(0)
    await remove(image)
    await emptyBin()
    expect(await run()).toBe(1)
    expect(await live(tagged, signature)).toEqual([true, false])
  })
})

it('attachments follow a small model through any pushes, deletions, restores, runs and days', async () => {
  const names = ['A', 'B', 'sA', 'ssA', 'sB', 'sN'] as const
  const subjectOf: Record<string, string> = { sA: 'A', ssA: 'sA', sB: 'B', sN: 'N' }
  const digests = new Map<string, Digest>()
  const digest = (name: string): Digest => {
    const known = digests.get(name)
    if (known !== undefined) return known
    const subject = subjectOf[name]
    const made = digestFor(name, subject === undefined ? undefined : digest(subject))
    digests.set(name, made)
    return made
  }
  const step = fc.oneof(
    fc.record({ do: fc.constantFrom('push', 'delete', 'restore'), name: fc.constantFrom(...names) }),
    fc.record({ do: fc.constantFrom('run', 'day', 'week'), name: fc.constant('A') }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 14 }), async steps => {
      await using temporary = await openTemporaryRegistry()
      registry = temporary
      await put(KEEP(99))
      const live = new Set<string>()
      const binnedUntil = new Map<string, number>()
      const departed = new Set<string>()
      const pushedAt = new Map<string, number>()
      const { clock } = registry.context
      const leave = (name: string) => {
        live.delete(name)
        departed.add(name)
        binnedUntil.set(name, clock.time + 7 * DAY_MS)
      }
      for (const { do: what, name } of steps) {
        const subject = subjectOf[name]
        if (what === 'push') {
          await push({ seed: name, ...(subject !== undefined && { subject: digest(subject) }) })
          if (!live.has(name)) pushedAt.set(name, clock.time - 1)
          live.add(name)
        } else if (what === 'delete') {
          await remove(digest(name))
          if (live.has(name)) leave(name)
        } else if (what === 'restore') {
          for (const each of (await restore(digest(name))).restored) {
            const back = [...digests].find(([, of]) => of === each.digest)?.[0] ?? ''
            expect(binnedUntil.has(back)).toBe(true)
            live.add(back)
            binnedUntil.delete(back)
          }
        } else if (what === 'run') {
          const alone = (each: string): boolean => {
            const of = subjectOf[each]
            if (of === undefined) return false
            if (live.has(of)) return alone(of)
            return departed.has(of) && !binnedUntil.has(of) && clock.time - (pushedAt.get(each) ?? 0) > DAY_MS
          }
          const going = [...live].filter(alone)
          expect((await preview(KEEP(99))).sort()).toEqual(going.map(digest).sort())
          expect(await run()).toBe(going.length)
          for (const each of going) leave(each)
        } else {
          pass(what === 'day' ? DAY_MS + 1 : 8 * DAY_MS)
          await purgeDueImages(registry.context)
          for (const [each, until] of binnedUntil) if (until <= clock.time) binnedUntil.delete(each)
        }
        const rows = await registry.metadata.rows.images.list(registry.repository.id, { limit: 99 })
        expect(rows.map(row => row.digest).sort()).toEqual([...live].map(digest).sort())
      }
    }),
    { numRuns: 30 },
  )
  registry = await openTemporaryRegistry()
})
