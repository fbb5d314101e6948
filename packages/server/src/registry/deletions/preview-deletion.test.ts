import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inFull } from '../../../../../testing/in-full.ts'
import type { Digest } from '../../domain/digest.ts'
import type { ImageRef } from '../../domain/image-ref.ts'
import { parseTag } from '../../domain/names.ts'
import { Collector } from '../../housekeeping/collector.ts'
import { anyScene, pushScene, pushSceneImage } from '../../testing/deletion-scene.ts'
import { CALLER, openTemporaryRegistry, type TemporaryRegistry } from '../../testing/temporary-registry.ts'
import { purgeImages } from '../bin/purge-images.ts'
import { Removals } from '../blobs/removals.ts'
import { BLOB_LEASE_MS, type RepositoryRef } from '../context.ts'
import { deleteImages } from '../images/delete-images.ts'
import { TagLists } from '../images/tag-lists.ts'
import { readAgain } from '../repositories/repository-ref.ts'
import { putSettings } from '../repositories/settings.ts'
import { countFreed, countHere } from './count-freed.ts'
import { deleteSelection } from './delete-selection.ts'
import { previewDeletion } from './preview-deletion.ts'

let registry: TemporaryRegistry
beforeAll(async () => {
  registry = await openTemporaryRegistry()
})
afterAll(() => registry[Symbol.asyncDispose]())

let repositories = 0
const addRepository = async () => (await registry.addRepository(`tools/r${repositories++}`)).repository
const push = (repository: RepositoryRef, image: Parameters<typeof pushSceneImage>[2]) =>
  pushSceneImage(registry, repository, image)
const preview = async (repository: RepositoryRef, ...refs: ImageRef[]) => {
  const found = await previewDeletion(registry.context, repository, refs, countHere(registry.context))
  if (found === undefined) throw new Error('the selection is too large')
  return found
}
const remove = (repository: RepositoryRef, refs: ImageRef[], confirmed: string | undefined, most = 100) =>
  registry.metadata.transaction(async rows => {
    const row = await readAgain(rows, repository)
    const options = { most, confirmed, lists: new TagLists() }
    return deleteSelection(registry.context, rows, { actor: CALLER, row, refs }, options)
  })
const tag = (text: string) => ({ tag: parseTag(text) })
const imagesOf = async (repository: RepositoryRef) =>
  (await registry.metadata.rows.images.list(repository.id, { limit: 100 })).map(row => row.digest)
const tagsOf = async (repository: RepositoryRef) =>
  (await registry.metadata.rows.tags.list(repository.id, { limit: 100 })).map(row => `${row.digest} ${row.tag}`)
const without = <T>(all: readonly T[], rest: readonly T[]) => all.filter(each => !rest.includes(each)).sort()
const unexpected = (error: unknown) => expect.unreachable(`${error}`)
const collect = () => new Collector(registry.context, new Removals(registry.context, unexpected)).collect()

describe('the preview of a deletion', () => {
  it('says what the deletion then does, and the bytes that come free', () =>
    fc.assert(
      fc.asyncProperty(anyScene(), fc.array(fc.nat(20), { minLength: 1, maxLength: 4 }), async (scene, picks) => {
        const [repository, other] = [await addRepository(), await addRepository()]
        const prefix = repository.name
        await putSettings(registry.context, CALLER, repository, { protectedTags: ['k*'], immutableTags: [] })
        const digests = await pushScene(registry, { repository, other }, { scene, prefix })
        registry.context.clock.time += 2 * BLOB_LEASE_MS
        await collect()
        const names: ImageRef[] = [
          ...digests.map((digest): ImageRef => ({ digest })),
          ...scene.flatMap(image => image.tags.map(tag)),
        ]
        const refs = picks.map(pick => names[pick % names.length]).filter(ref => ref !== undefined)

        const said = await preview(repository, ...refs)
        const before = { images: await imagesOf(repository), tags: await tagsOf(repository) }
        const outcome = await remove(repository, refs, said.name)
        if (outcome.kind !== 'done') throw new Error(outcome.kind)
        const after = { images: await imagesOf(repository), tags: await tagsOf(repository) }

        expect(without(before.images, after.images)).toEqual([...said.plan.images].sort())
        expect(said.images.map(image => image.digest).sort()).toEqual([...said.plan.images].sort())
        const told = said.plan.deleted.flatMap(each => (each.tag === undefined ? [] : `${each.digest} ${each.tag}`))
        expect(without(before.tags, after.tags)).toEqual(told.sort())
        expect(outcome.done.plan.failures).toEqual(said.plan.failures)
        for (const { digest, of } of said.along) {
          expect(said.plan.images).toContain(digest)
          expect(said.plan.images).toContain(of)
        }
        for (const { digest, of } of said.staying) {
          expect(after.images).toContain(digest)
          expect(said.plan.images).toContain(of)
        }

        await purgeImages(registry.context, CALLER, repository, undefined)
        registry.context.clock.time += 2 * BLOB_LEASE_MS
        const { blobs, bytes } = await collect()
        expect(said.freed).toMatchObject({ blobs, bytes, isAtMost: false })
      }),
      { numRuns: inFull(10, 500) },
    ))

  it('changes nothing, and plans what BatchDeleteImage does where nothing belongs to anything', async () => {
    const repository = await addRepository()
    await push(repository, { name: 'a', tags: ['v1', 'v2'] })
    const { plan } = await preview(repository, tag('v1'), tag('absent'))
    expect(await tagsOf(repository)).toHaveLength(2)
    expect(await deleteImages(registry.context, CALLER, repository, [tag('v1'), tag('absent')])).toEqual(plan)
  })

  it('takes along what an index lists and what is attached, unless it has a tag or another index lists it', async () => {
    const repository = await addRepository()
    const [free, shared, tagged] = [
      await push(repository, { name: 'free' }),
      await push(repository, { name: 'shared' }),
      await push(repository, { name: 'tagged', tags: ['arm'] }),
    ]
    const index = await push(repository, { name: 'index', children: [free, shared, tagged], tags: ['v1'] })
    const stays = await push(repository, { name: 'stays', children: [shared], tags: ['v2'] })
    const signature = await push(repository, { name: 'signature', subject: free })
    const sbom = await push(repository, { name: 'sbom', subject: index, tags: ['sbom'] })
    const said = await preview(repository, tag('v1'))
    expect([...said.plan.images].sort()).toEqual([index, free, signature].sort())
    expect(said.plan.failures).toEqual([])
    expect(said.along).toEqual([
      { digest: free, of: index, as: 'child' },
      { digest: signature, of: free, as: 'referrer' },
    ])
    expect(said.staying.map(({ digest, why, parents }) => ({ digest, why, parents }))).toEqual(
      expect.arrayContaining([
        { digest: tagged, why: 'tagged', parents: [] },
        { digest: sbom, why: 'tagged', parents: [] },
        { digest: shared, why: 'heldByIndexes', parents: [stays] },
      ]),
    )
    expect(said.staying).toHaveLength(3)
  })

  it('names the pattern that protects, and the index that holds', async () => {
    const repository = await addRepository()
    await putSettings(registry.context, CALLER, repository, { protectedTags: ['v*', '!v2', 'v2*'], immutableTags: [] })
    await push(repository, { name: 'a', tags: ['v1'] })
    const child = await push(repository, { name: 'b' })
    const index = await push(repository, { name: 'index', children: [child], tags: ['v2'] })
    const said = await preview(repository, tag('v1'), tag('v2'), { digest: child })
    expect(said.plan.failures.map(({ failure }) => failure)).toEqual([
      { kind: 'protected', tags: ['v1'] },
      { kind: 'protected', tags: ['v2'] },
      { kind: 'heldByIndexes', parents: [index] },
    ])
    expect(said.rules).toEqual(
      new Map([
        ['v1', 'v*'],
        ['v2', 'v2*'],
      ]),
    )
  })

  it('says from when bytes may be free: after the bin, and after the lease', async () => {
    const repository = await addRepository()
    await push(repository, { name: 'a', seeds: [`own ${repository.name}`], tags: ['v1'] })
    const now = registry.context.clock.time
    const days = 24 * 60 * 60 * 1000
    const at = async (binDays: number) => {
      await putSettings(registry.context, CALLER, repository, { protectedTags: [], immutableTags: [], binDays })
      const { binUntil, freed } = await preview(repository, tag('v1'))
      return { binUntil, from: freed.from }
    }
    expect(await at(3)).toEqual({ binUntil: now + 3 * days, from: now + 3 * days })
    expect(await at(0)).toEqual({ binUntil: undefined, from: now + BLOB_LEASE_MS })
  })
})

describe('counting what comes free', () => {
  it('says at most how much where it takes too long, or is too much to hold', async () => {
    const repository = await addRepository()
    for (const name of ['a', 'b']) await push(repository, { name, seeds: [`shared ${repository.name}`], tags: [name] })
    const images = await registry.metadata.rows.images.list(repository.id, { limit: 10 })
    const { time: binUntil } = registry.context.clock
    const bound = await countFreed(registry.context, repository.id, images, { binUntil, withinMs: -1 })
    expect(await countFreed(registry.context, repository.id, images, { binUntil, withinMs: 60_000, most: 1 })).toEqual(
      bound,
    )
    const { freed } = await preview(repository, tag('a'), tag('b'))
    expect([bound.isAtMost, freed.isAtMost]).toEqual([true, false])
    expect(bound.bytes).toBeGreaterThan(freed.bytes)
  })
})

describe('a deletion that was confirmed', () => {
  let repository: RepositoryRef
  let [child, index]: [Digest | undefined, Digest | undefined] = [undefined, undefined]
  const prepare = async () => {
    repository = await addRepository()
    child = await push(repository, { name: 'child' })
    index = await push(repository, { name: 'index', children: [child], tags: ['v1'] })
    await push(repository, { name: 'beside', tags: ['other'] })
    return (await preview(repository, tag('v1'))).name
  }
  const CHANGES: readonly [string, () => Promise<unknown>][] = [
    ['a tag moved', () => push(repository, { name: 'next', tags: ['v1'] })],
    ['a signature came', () => push(repository, { name: 'signature', subject: index })],
    ['another index holds the child', () => push(repository, { name: 'two', children: child ? [child] : [] })],
    [
      'the tag was protected',
      () => putSettings(registry.context, CALLER, repository, { protectedTags: ['v1'], immutableTags: [] }),
    ],
    ['the child got a tag', () => push(repository, { name: 'child', tags: ['arm'] })],
    ['the image went', () => deleteImages(registry.context, CALLER, repository, [tag('v1')])],
  ]
  it.each(CHANGES)('is refused when %s since', async (_, change) => {
    const name = await prepare()
    await change()
    const before = [await imagesOf(repository), await tagsOf(repository)]
    expect(await remove(repository, [tag('v1')], name)).toEqual({ kind: 'changed' })
    expect([await imagesOf(repository), await tagsOf(repository)]).toEqual(before)
  })

  it('is done when something else of the repository changed', async () => {
    const name = await prepare()
    await push(repository, { name: 'unrelated', tags: ['unrelated'] })
    await deleteImages(registry.context, CALLER, repository, [tag('other')])
    expect(await remove(repository, [tag('v1')], name)).toMatchObject({ kind: 'done' })
    expect(await tagsOf(repository)).toHaveLength(1)
  })

  it('is refused as a whole where it takes more images than are taken at once', async () => {
    await prepare()
    expect(await remove(repository, [tag('v1')], undefined, 1)).toEqual({ kind: 'tooMany' })
    expect(await imagesOf(repository)).toHaveLength(3)
  })
})
