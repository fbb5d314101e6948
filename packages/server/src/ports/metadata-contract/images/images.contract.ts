import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AnyDigest, Digest } from '../../../domain/digest.ts'
import { parseRegistryAlias, parseRepositoryName } from '../../../domain/names.ts'
import type { Page } from '../../rows/common.ts'
import type { ManifestRow } from '../../rows/images/images.ts'
import {
  ACCOUNT,
  ALIAS,
  addRepository,
  digest,
  manifest,
  NAME,
  newRepository,
  putImage,
  referrer,
  tag,
  type WithStore,
  walk,
} from '../testing/fixtures.ts'
import { imageModelContract } from './images-model.contract.ts'

export function imageContract(withStore: WithStore): void {
  describe('images', () => {
    it(
      'come back as they were put, with their exact bytes',
      withStore(async store => {
        const { id } = await addRepository(store)
        const plain = manifest(id, digest('plain'))
        const full = manifest(id, digest('full'), {
          artifactType: 'application/spdx+json',
          configMediaType: 'application/vnd.oci.empty.v1+json',
          subject: digest('plain'),
          annotations: { 'org.example': 'ä' },
          sizeBytes: 2 ** 40,
          imageSizeBytes: 2 ** 45,
          pushedAt: 1_800_000_000_000,
        })
        const bytes = Buffer.from([0, 200, 10, 0])
        await store.transaction(async ({ images }) => {
          expect(await images.put(plain, Buffer.from('{}'), { blobs: [], children: [] })).toBe(true)
          expect(await images.put(full, bytes, { blobs: [], children: [] })).toBe(true)
        })
        const { images, references } = store.rows
        // Annotations may fill a manifest: the reads that may find thousands of rows leave them out.
        const { annotations: _, ...withoutAnnotations } = full
        const found = await images.find(id, [full.digest, plain.digest, digest('absent')])
        expect(found).toEqual(expect.arrayContaining([plain, withoutAnnotations]))
        expect(await images.list(id, { limit: 10 })).toEqual(found)
        expect(await references.referrers(id, plain.digest, { limit: 10, enoughBytes: 1 })).toEqual([referrer(full)])
        expect(await images.find(id, [])).toEqual([])
        expect(await images.read(id, full.digest)).toEqual(bytes)
        expect(Buffer.isBuffer(await images.read(id, full.digest))).toBe(true)
        expect(await images.read(id, digest('absent'))).toBeUndefined()
      }),
    )

    it(
      'stay as they are when they are put again',
      withStore(async store => {
        const { id } = await addRepository(store)
        const row = manifest(id, digest('image'))
        await store.transaction(async rows => {
          expect(await putImage(rows, row, { blobs: [digest('layer')] })).toBe(true)
          expect(await putImage(rows, { ...row, pushedAt: 99 }, { blobs: [digest('layer')] })).toBe(false)
        })
        expect(await store.rows.images.find(id, [row.digest])).toEqual([row])
        expect(await store.rows.repositories.find(ACCOUNT, NAME)).toMatchObject({ imageCount: 1 })
      }),
    )

    it(
      'may name one layer twice, and nothing that the repository does not hold',
      withStore(async store => {
        const { id } = await addRepository(store)
        const blobs = [digest('layer'), digest('layer')]
        await store.transaction(rows => putImage(rows, manifest(id, digest('image')), { blobs }))
        expect(await store.rows.blobs.isReferenced(id, digest('layer'))).toBe(true)

        const put = (references: { blobs?: typeof blobs; children?: typeof blobs }) =>
          store.transaction(({ images }) =>
            images.put(manifest(id, digest('bad')), Buffer.from('{}'), { blobs: [], children: [], ...references }),
          )
        await expect(put({ blobs: [digest('absent')] })).rejects.toThrow()
        await expect(put({ children: [digest('absent')] })).rejects.toThrow()
        expect(await store.rows.images.list(id, { limit: 10 })).toHaveLength(1)
        expect(await store.rows.repositories.find(ACCOUNT, NAME)).toMatchObject({ imageCount: 1 })
      }),
    )

    it(
      'are resolved by tag and by digest through every alias',
      withStore(async store => {
        const { id } = await addRepository(store)
        const [image, other] = [digest('image'), digest('other')]
        await store.transaction(async rows => {
          await putImage(rows, manifest(id, image))
          const neighbour = await rows.repositories.create(newRepository('neighbour'))
          await putImage(rows, manifest(neighbour.id, other))
          await rows.tags.put([{ repositoryId: id, tag: tag('v1'), digest: image, createdAt: 1 }])
          await rows.tags.put([{ repositoryId: neighbour.id, tag: tag('v2'), digest: other, createdAt: 1 }])
          await rows.registries.addAlias({
            alias: parseRegistryAlias('second'),
            accountId: ACCOUNT,
            primary: false,
            isDefault: false,
            createdAt: 2,
          })
        })
        const { images } = store.rows
        const { mediaType, sizeBytes } = manifest(id, image)
        const found = { repositoryId: id, manifest: { digest: image, mediaType, sizeBytes } }
        const absent = { repositoryId: id, manifest: undefined }
        expect(await images.resolve(ALIAS, NAME, { tag: tag('v1') })).toEqual(found)
        expect(await images.resolve(ALIAS, NAME, { digest: image })).toEqual(found)
        expect(await images.resolve(parseRegistryAlias('second'), NAME, { tag: tag('v1') })).toEqual(found)
        expect(await images.resolve(ALIAS, NAME, { tag: tag('v2') })).toEqual(absent)
        expect(await images.resolve(ALIAS, NAME, { digest: other })).toEqual(absent)
        expect(await images.resolve(ALIAS, parseRepositoryName('absent'), { tag: tag('v1') })).toBeUndefined()
        expect(await images.resolve(parseRegistryAlias('absent'), NAME, { digest: image })).toBeUndefined()
      }),
    )

    it(
      'queue their blobs for review when they go',
      withStore(async store => {
        const { id } = await addRepository(store)
        await store.transaction(async rows => {
          await putImage(rows, manifest(id, digest('a')), { blobs: [digest('shared'), digest('of a')] })
          await putImage(rows, manifest(id, digest('b')), { blobs: [digest('shared'), digest('of b')] })
          await rows.images.delete(id, [digest('a'), digest('absent')], 700)
        })
        const { blobs, reviews } = store.rows
        expect(await reviews.due(699, 10)).toEqual([digest('of b')])
        const due = [digest('shared'), digest('of a'), digest('of b')]
        expect((await reviews.due(700, 10)).sort()).toEqual(due.sort())
        expect(await blobs.isReferenced(id, digest('of a'))).toBe(false)
        expect(await blobs.isReferenced(id, digest('shared'))).toBe(true)
        expect(await blobs.find(id, digest('of a'))).toBeDefined()
      }),
    )

    it(
      'go together with the index that lists them, but not without it',
      withStore(async store => {
        const { id } = await addRepository(store)
        const [index, child] = [digest('index'), digest('child')]
        await store.transaction(async rows => {
          await putImage(rows, manifest(id, child))
          await putImage(rows, manifest(id, index), { children: [child] })
        })
        await expect(store.transaction(rows => rows.images.delete(id, [child], 0))).rejects.toThrow()
        expect(await store.rows.images.existing(id, [index, child])).toEqual(new Set([index, child]))
        await store.transaction(rows => rows.images.delete(id, [child, index], 0))
        expect(await store.rows.images.existing(id, [index, child])).toEqual(new Set())
      }),
    )

    it(
      'tell their parents, by child, then parent',
      withStore(async store => {
        const { id } = await addRepository(store)
        const [one, two, a, b] = [digest('one'), digest('two'), digest('a'), digest('b')]
        await store.transaction(async rows => {
          for (const child of [one, two]) await putImage(rows, manifest(id, child))
          await putImage(rows, manifest(id, a), { children: [one, two] })
          await putImage(rows, manifest(id, b), { children: [two] })
        })
        const pairs = [
          { child: one, parent: a },
          { child: two, parent: a },
          { child: two, parent: b },
        ]
        const order = (pair: { child: string; parent: string }) => pair.child + pair.parent
        const sorted = [...pairs].sort((x, y) => (order(x) < order(y) ? -1 : 1))
        expect(await store.rows.references.parents(id, [two, one, a])).toEqual(sorted)
        expect(await store.rows.references.parents(id, [])).toEqual([])
      }),
    )

    it(
      'are weighed by their tags and references, as far as anybody wants to know',
      withStore(async store => {
        const { id } = await addRepository(store)
        const children = [digest('one'), digest('two'), digest('three')]
        await store.transaction(async rows => {
          for (const child of children) await putImage(rows, manifest(id, child))
          await putImage(rows, manifest(id, digest('index')), { children })
          for (const name of ['v1', 'v2'])
            await rows.tags.put([{ repositoryId: id, tag: tag(name), digest: digest('index'), createdAt: 1 }])
        })
        const weigh = (enough: number, ...digests: Digest[]) => store.rows.references.weigh(id, digests, enough)
        expect(await weigh(100, digest('index'))).toBe(5)
        expect(await weigh(100, digest('one'), digest('absent'))).toBe(0)
        expect(await weigh(100)).toBe(0)
        expect(await weigh(2, digest('index'))).toBeGreaterThanOrEqual(2)
      }),
    )

    it(
      'name of each child as many indexes as anybody wants to know of',
      withStore(async store => {
        const { id } = await addRepository(store)
        const indexes = ['a', 'b', 'c', 'd'].map(name => digest(`index ${name}`)).sort()
        await store.transaction(async rows => {
          for (const child of ['one', 'two']) await putImage(rows, manifest(id, digest(child)))
          for (const [n, index] of indexes.entries())
            await putImage(rows, manifest(id, index), {
              children: n === 0 ? [digest('one'), digest('two')] : [digest('one')],
            })
        })
        const children = [digest('one'), digest('two')]
        const parentsOf = async (child: string, limit?: number) =>
          (await store.rows.references.parents(id, children, limit))
            .filter(pair => pair.child === digest(child))
            .map(pair => pair.parent)
        expect(await parentsOf('one')).toEqual(indexes)
        expect(await parentsOf('one', 2)).toEqual(indexes.slice(0, 2))
        expect(await parentsOf('two', 2)).toEqual(indexes.slice(0, 1))
        expect(await parentsOf('one', 9)).toEqual(indexes)
      }),
    )

    it(
      'are worked on in sets of any size',
      withStore(async store => {
        const { id } = await addRepository(store)
        const digests = Array.from({ length: 2500 }, (_, n) => digest(n))
        const index = digest('index')
        await store.transaction(async rows => {
          for (const each of digests) await putImage(rows, manifest(id, each))
          await rows.tags.put(
            digests.map((each, n) => ({ repositoryId: id, tag: tag(`v${n}`), digest: each, createdAt: 1 })),
          )
          await putImage(rows, manifest(id, index), { children: digests })
        })
        const { images, tags, references } = store.rows
        const names = digests.map((_, n) => tag(`v${n}`))
        expect(await images.find(id, digests)).toHaveLength(2500)
        expect((await images.existing(id, digests)).size).toBe(2500)
        expect((await tags.of(id, digests)).map(row => row.digest)).toEqual([...digests].sort())
        expect((await tags.of(id, digests)).map(row => row.tag).sort()).toEqual([...names].sort())
        expect((await tags.find(id, names)).map(row => row.tag)).toEqual([...names].sort())
        expect((await references.parents(id, digests)).map(pair => pair.child)).toEqual([...digests].sort())
        await store.transaction(async rows => {
          await rows.tags.delete(id, names.slice(0, 1200))
          // The index is in the last chunk, its children in those before.
          await rows.images.delete(id, [...digests, index], 0)
        })
        expect(await images.list(id, { limit: 10 })).toEqual([])
        expect(await store.rows.repositories.find(ACCOUNT, NAME)).toMatchObject({ imageCount: 0 })
      }),
    )

    it(
      'list the referrers of a digest by digest, filtered by artifact types, each once at any page size',
      withStore(async store => {
        const { id } = await addRepository(store)
        const subject = 'blake3:not-pushed-yet' as AnyDigest
        const referrers = Array.from({ length: 9 }, (_, n) =>
          manifest(id, digest(n), {
            subject,
            artifactType: [undefined, 'application/A', 'application/b+json', 'application/c'][n % 4],
          }),
        )
        await store.transaction(async rows => {
          for (const row of referrers) await putImage(rows, row)
          await putImage(rows, manifest(id, digest('of another'), { subject: digest('another') }))
        })
        await fc.assert(
          fc.asyncProperty(
            fc.integer({ min: 1, max: 10 }),
            fc.option(fc.subarray(['application/a', 'APPLICATION/B+json', 'application/d'], { minLength: 1 }), {
              nil: undefined,
            }),
            async (limit, artifactTypes) => {
              const list = (page: Page<Digest>) =>
                store.rows.references.referrers(id, subject, { ...page, enoughBytes: 1_000_000, artifactTypes })
              const all = await walk(list, row => row.digest, limit)
              const isAsked = ({ artifactType = '' }: ManifestRow) =>
                artifactTypes?.some(type => type.toLowerCase() === artifactType.toLowerCase()) ?? true
              const expected = referrers.filter(isAsked)
              expect(all).toEqual(expected.map(referrer).sort((a, b) => (a.digest < b.digest ? -1 : 1)))
            },
          ),
          { numRuns: 25 },
        )
      }),
    )

    it(
      'list no more referrers than bring their manifests to a size',
      withStore(async store => {
        const { id } = await addRepository(store)
        const subject = digest('subject')
        const referrers = Array.from({ length: 5 }, (_, n) => manifest(id, digest(n), { subject, sizeBytes: 100 }))
        await store.transaction(async rows => {
          for (const row of referrers) await putImage(rows, row)
        })
        const count = async (enoughBytes: number, limit = 10) =>
          (await store.rows.references.referrers(id, subject, { limit, enoughBytes })).length
        expect([await count(1), await count(100), await count(101), await count(500), await count(501)]).toEqual([
          1, 1, 2, 5, 5,
        ])
        expect(await count(501, 3)).toBe(3)
      }),
    )

    imageModelContract(withStore)
  })

  describe('pull times', () => {
    it(
      'are the latest that was told, of live images only',
      withStore(async store => {
        const { id } = await addRepository(store)
        const pull = (seed: string, at: number) => ({ repositoryId: id, digest: digest(seed), at })
        await store.transaction(async rows => {
          await putImage(rows, manifest(id, digest('a')))
          await putImage(rows, manifest(id, digest('b')))
          await rows.images.recordPulls([pull('a', 20), pull('a', 10), pull('absent', 30)])
        })
        const times = (await store.rows.images.find(id, [digest('a'), digest('b')])).map(row => [
          row.digest,
          row.lastPulledAt,
        ])
        expect(Object.fromEntries(times)).toEqual({ [digest('a')]: 20, [digest('b')]: undefined })
      }),
    )
  })
}
