import { describe, expect, it } from 'vitest'
import type { Rows } from '../../metadata-store.ts'
import type { DeletionId, Page, RepositoryId } from '../../rows/common.ts'
import type { Deletion } from '../../rows/images/bin.ts'
import {
  ACCOUNT,
  addRepository,
  blob,
  digest,
  manifest,
  newRepository,
  OTHER_ACCOUNT,
  putImage,
  referrer,
  tag,
  type WithStore,
  walk,
} from '../testing/fixtures.ts'

const deletion = (change: Partial<Deletion> = {}): Deletion => ({
  deletedAt: 1_000,
  deletedBy: 'ada',
  reason: 'call',
  purgeAfter: 2_000,
  ...change,
})

/** As a delete does it: into the bin, and away. */
async function bin(rows: Rows, id: RepositoryId, seeds: readonly string[], change: Partial<Deletion> = {}) {
  const digests = seeds.map(digest)
  await rows.bin.add(id, digests, deletion(change))
  await rows.images.delete(id, digests, 1_000)
}

export function binContract(withStore: WithStore): void {
  describe('the bin', () => {
    it(
      'keeps what makes an image live again, and shows it nowhere else',
      withStore(async store => {
        const { id } = await addRepository(store)
        const row = manifest(id, digest('index'), {
          artifactType: 'application/spdx+json',
          configMediaType: 'application/vnd.oci.empty.v1+json',
          subject: digest('other'),
          annotations: { 'org.example': 'ä' },
          imageSizeBytes: 2 ** 45,
          lastPulledAt: 77,
        })
        await store.transaction(async rows => {
          await putImage(rows, manifest(id, digest('child')))
          await putImage(rows, row, { blobs: [digest('layer')], children: [digest('child')] })
          for (const each of ['v1', 'latest'])
            await rows.tags.put([{ repositoryId: id, tag: tag(each), digest: row.digest, createdAt: 1 }])
          await bin(rows, id, ['index'])
        })
        const [binned] = await store.rows.bin.list(id, { limit: 10 })
        const { annotations: _, ...withoutAnnotations } = row
        expect(binned).toEqual({ ...withoutAnnotations, ...deletion(), id: binned?.id, tags: ['latest', 'v1'] })
        expect(await store.rows.restorable.children(binned?.id as DeletionId)).toEqual([digest('child')])
        expect(await store.rows.images.find(id, [row.digest])).toEqual([])
        expect(await store.rows.tags.find(id, [tag('v1')])).toEqual([])
        expect(await store.rows.repositories.get(id)).toMatchObject({
          imageCount: 1,
          binCount: 1,
          binBytes: 2 ** 45,
        })
        expect(await store.rows.bin.state(0)).toMatchObject({ images: 1, bytes: 2 ** 45 })
      }),
    )

    it(
      'gives back an image as it was, with its blobs and references, and counts it in',
      withStore(async store => {
        const { id } = await addRepository(store)
        const row = manifest(id, digest('index'), {
          artifactType: 'application/spdx+json',
          subject: digest('other'),
          annotations: { 'org.example': 'ä' },
          imageSizeBytes: 2 ** 45,
          lastPulledAt: 77,
        })
        await store.transaction(async rows => {
          await putImage(rows, manifest(id, digest('child')))
          await putImage(rows, row, { blobs: [digest('layer'), digest('more')], children: [digest('child')] })
          for (const each of ['v1', 'latest'])
            await rows.tags.put([{ repositoryId: id, tag: tag(each), digest: row.digest, createdAt: 1 }])
          await bin(rows, id, ['index'])
        })
        const collect = (now: number) => store.transaction(rows => rows.blobs.collect(digest('layer'), now))
        await collect(5_000)
        expect(await store.rows.blobs.find(id, digest('layer'))).toBeUndefined()
        const [binned] = await store.rows.bin.list(id, { limit: 10 })
        const held = await store.transaction(rows => rows.bin.restore(binned?.id as DeletionId, 6_000, 9_000))
        expect(held).toEqual([])
        const { images, blobs, references, tags } = store.rows
        const page = { limit: 10, enoughBytes: 1_000_000 }
        expect(await references.referrers(id, digest('other'), page)).toEqual([referrer(row)])
        const { annotations: _, ...withoutAnnotations } = row
        expect(await images.find(id, [row.digest])).toEqual([withoutAnnotations])
        expect(await images.read(id, row.digest)).toEqual(Buffer.from('{}\n'))
        expect(await references.parents(id, [digest('child')])).toEqual([
          { child: digest('child'), parent: row.digest },
        ])
        expect(await tags.of(id, [row.digest])).toEqual(
          ['latest', 'v1'].map(each => ({ repositoryId: id, tag: each, digest: row.digest, createdAt: 6_000 })),
        )
        expect(await blobs.find(id, digest('layer'))).toMatchObject({ digest: digest('layer') })
        expect(await blobs.isReferenced(id, digest('more'))).toBe(true)
        expect(await store.rows.repositories.get(id)).toMatchObject({ imageCount: 2, binCount: 0, binBytes: 0 })
        expect(await store.rows.bin.list(id, { limit: 10 })).toEqual([])
      }),
    )

    it(
      'leases the blobs of what it gives back, and has them looked at when the lease is over',
      withStore(async store => {
        const { id } = await addRepository(store)
        await store.transaction(async rows => {
          await putImage(rows, manifest(id, digest('a')), { blobs: [digest('layer')] })
          await bin(rows, id, ['a'])
        })
        const [binned] = await store.rows.bin.list(id, { limit: 10 })
        await store.transaction(async rows => {
          await rows.bin.restore(binned?.id as DeletionId, 6_000, 9_000)
          await rows.images.delete(id, [digest('a')], 7_000)
        })
        const collect = (now: number) => store.transaction(rows => rows.blobs.collect(digest('layer'), now))
        expect(await collect(8_000)).toBeUndefined()
        expect(await store.rows.blobs.find(id, digest('layer'))).toBeDefined()
        expect(await store.rows.reviews.due(8_999, 10)).toEqual([])
        expect(await collect(9_000)).toMatchObject({ digest: digest('layer') })
      }),
    )

    it(
      'leaves tags where they lead meanwhile, and gives an image that was pushed again its tags only',
      withStore(async store => {
        const { id } = await addRepository(store)
        const point = (rows: Rows, name: string, seed: string, createdAt: number) =>
          rows.tags.put([{ repositoryId: id, tag: tag(name), digest: digest(seed), createdAt }])
        await store.transaction(async rows => {
          await putImage(rows, manifest(id, digest('a')))
          for (const name of ['kept', 'moved', 'free']) await point(rows, name, 'a', 1)
          await bin(rows, id, ['a'])
          for (const seed of ['a', 'b']) await putImage(rows, manifest(id, digest(seed)))
          await point(rows, 'kept', 'a', 2)
          await point(rows, 'moved', 'b', 2)
        })
        const [binned] = await store.rows.bin.list(id, { limit: 10 })
        const held = await store.transaction(rows => rows.bin.restore(binned?.id as DeletionId, 3, 4))
        expect(held).toEqual([
          { tag: 'kept', digest: digest('a') },
          { tag: 'moved', digest: digest('b') },
        ])
        const times = (await store.rows.tags.of(id, [digest('a')])).map(row => [row.tag, row.createdAt])
        expect(times).toEqual([
          ['free', 3],
          ['kept', 2],
        ])
        expect(await store.rows.repositories.get(id)).toMatchObject({ imageCount: 2, binCount: 0 })
      }),
    )

    it(
      'keeps the blobs of its images stored, not linked, until they leave it',
      withStore(async store => {
        const { id } = await addRepository(store)
        const collect = (now: number) => store.transaction(rows => rows.blobs.collect(digest('layer'), now))
        await store.transaction(async rows => {
          await putImage(rows, manifest(id, digest('a')), { blobs: [digest('layer')] })
          await bin(rows, id, ['a'])
        })
        expect(await collect(5_000)).toBeUndefined()
        expect(await store.rows.blobs.find(id, digest('layer'))).toBeUndefined()
        expect(await store.transaction(rows => rows.blobs.link(id, digest('layer'), 0))).toBe(true)
        const [row] = await store.rows.bin.list(id, { limit: 1 })
        await store.transaction(rows => rows.bin.remove([row?.id as DeletionId], 6_000))
        expect(await store.rows.reviews.due(6_000, 10)).toEqual([digest('layer')])
        expect(await collect(6_000)).toMatchObject({ digest: digest('layer') })
        expect(await store.rows.repositories.get(id)).toMatchObject({ binCount: 0, binBytes: 0 })
      }),
    )

    it(
      'finds the newest deletion of a digest and of a tag, and all of a digest, unless their time is over',
      withStore(async store => {
        const { id } = await addRepository(store)
        await store.transaction(async rows => {
          for (const [round, purgeAfter] of [2_000, 3_000].entries()) {
            for (const seed of ['a', 'b']) {
              await putImage(rows, manifest(id, digest(seed)))
              await rows.tags.put([{ repositoryId: id, tag: tag('v1'), digest: digest(seed), createdAt: round }])
            }
            await bin(rows, id, ['a', 'b'], { purgeAfter })
          }
        })
        const newest = async (now: number) =>
          (await store.rows.restorable.newest(id, [digest('a'), digest('c')], now)).map(row => row.purgeAfter)
        expect([await newest(0), await newest(2_999), await newest(3_000)]).toEqual([[3_000], [3_000], []])
        const all = async (now: number) =>
          (await store.rows.restorable.deletions(id, [digest('a'), digest('c')], now)).map(row => row.purgeAfter)
        expect([await all(0), await all(2_000), await all(3_000)]).toEqual([[2_000, 3_000], [3_000], []])
        const tagged = await store.rows.restorable.newestTagged(id, [tag('v1'), tag('v2')], 0)
        expect([...tagged.keys()]).toEqual(['v1'])
        expect(tagged.get(tag('v1'))).toMatchObject({ digest: digest('b'), purgeAfter: 3_000, tags: ['v1'] })
        expect(await store.rows.restorable.newestTagged(id, [tag('v1')], 3_000)).toEqual(new Map())
      }),
    )

    it(
      'is listed newest first, by repository and by account, and due by time',
      withStore(async store => {
        const { id } = await addRepository(store)
        const ids = await store.transaction(async rows => {
          const second = await rows.repositories.create(newRepository('second'))
          for (const [index, repositoryId] of [id, second.id, id, second.id, id].entries()) {
            await putImage(rows, manifest(repositoryId, digest(`image ${index}`)))
            await bin(rows, repositoryId, [`image ${index}`], { purgeAfter: 100 - index })
          }
          return [id, second.id]
        })
        const of = (rows: readonly { digest: string }[]) => rows.map(row => row.digest)
        const digests = (...images: number[]) => images.map(image => digest(`image ${image}`))
        const { bin: rows } = store.rows
        expect(
          of(
            await walk(
              (page: Page<DeletionId>) => rows.list(id, page),
              row => row.id,
              2,
            ),
          ),
        ).toEqual(digests(4, 2, 0))
        expect(
          of(
            await walk(
              (page: Page<DeletionId>) => rows.listAll(ACCOUNT, page),
              row => row.id,
              2,
            ),
          ),
        ).toEqual(digests(4, 3, 2, 1, 0))
        expect(await rows.listAll(OTHER_ACCOUNT, { limit: 10 })).toEqual([])
        expect(of(await rows.list(id, { limit: 2, notDueAt: 96 }))).toEqual(digests(2, 0))
        expect(of(await rows.listAll(ACCOUNT, { limit: 10, notDueAt: 97 }))).toEqual(digests(2, 1, 0))
        const [{ binCount = 0, binBytes = 0 } = {}, other] = await Promise.all(
          ids.map(each => store.rows.repositories.get(each)),
        )
        expect([binCount, other?.binCount]).toEqual([3, 2])
        const totals = { images: 5, bytes: binBytes + (other?.binBytes ?? 0) }
        expect(await store.rows.repositories.binTotals(ACCOUNT)).toEqual(totals)
        expect(await store.rows.repositories.binTotals(OTHER_ACCOUNT)).toEqual({ images: 0, bytes: 0 })
        expect(of(await rows.due(98, 2))).toEqual(digests(4, 3))
        expect(of(await rows.due(98, 10))).toEqual(digests(4, 3, 2))
        expect(of(await store.transaction(each => each.bin.claimDue(98, 2)))).toEqual(digests(4, 3))
        expect(ids).toHaveLength(2)
      }),
    )

    it(
      'tells which binned indexes list an image',
      withStore(async store => {
        const { id } = await addRepository(store)
        await store.transaction(async rows => {
          await putImage(rows, manifest(id, digest('child')))
          for (const [seed, purgeAfter] of [
            ['one', 10],
            ['two', 20],
          ] as const) {
            await putImage(rows, manifest(id, digest(seed)), { children: [digest('child')] })
            await bin(rows, id, [seed], { purgeAfter })
          }
        })
        const parents = await store.rows.restorable.parents(id, [digest('child'), digest('one')], 10)
        const [two] = await store.rows.restorable.newest(id, [digest('two')], 10)
        expect(parents).toEqual([{ child: digest('child'), parent: digest('two'), id: two?.id, purgeAfter: 20 }])
      }),
    )

    it(
      'goes with its repository, and frees its blobs then',
      withStore(async store => {
        const { id } = await addRepository(store)
        await store.transaction(async rows => {
          await putImage(rows, manifest(id, digest('a')), { blobs: [digest('layer')] })
          await bin(rows, id, ['a'])
          await rows.hiddenRepositories.delete(id, 3_000)
        })
        expect(await store.rows.bin.due(9_999, 10)).toEqual([])
        const collected = await store.transaction(rows => rows.blobs.collect(digest('layer'), 9_999))
        expect(collected).toMatchObject({ digest: digest('layer') })
      }),
    )

    it(
      'knows what was attached to an image without tags, and went with it or after it',
      withStore(async store => {
        const { id } = await addRepository(store)
        const other = await store.transaction(rows => rows.repositories.create(newRepository('tools/other')))
        const attach = (rows: Rows, seed: string, of = 'image', to = id) =>
          putImage(rows, manifest(to, digest(seed), { subject: digest(of) }))
        await store.transaction(async rows => {
          for (const seed of ['before', 'with', 'after', 'tagged', 'due']) await attach(rows, seed)
          await attach(rows, 'of another', 'another')
          await attach(rows, 'with', 'image', other.id)
          await putImage(rows, manifest(id, digest('image')))
          await rows.tags.put([{ repositoryId: id, tag: tag('sig'), digest: digest('tagged'), createdAt: 1 }])
          await bin(rows, id, ['before'], { deletedAt: 900 })
          await bin(rows, id, ['with', 'image', 'tagged', 'of another'])
          await bin(rows, id, ['due'], { purgeAfter: 1_500 })
          await bin(rows, other.id, ['with'])
          await attach(rows, 'with')
          await bin(rows, id, ['with', 'after'], { deletedAt: 999 })
        })
        const [image] = await store.rows.restorable.newest(id, [digest('image')], 1_500)
        if (image === undefined) throw new Error('nothing in the bin')
        const attached = await store.rows.restorable.attached(image, 1_500)
        expect(attached.map(row => row.digest).sort()).toEqual([digest('with'), digest('after')].sort())
        expect(attached.every(row => row.deletedAt === 999 && row.tags.length === 0)).toBe(true)
      }),
    )

    it(
      'takes any number of images at once',
      withStore(async store => {
        const { id } = await addRepository(store)
        const seeds = Array.from({ length: 1_100 }, (_, index) => `image ${index}`)
        await store.transaction(async rows => {
          await rows.blobs.commit(id, blob('layer'), 0)
          for (const seed of seeds)
            await rows.images.put(manifest(id, digest(seed)), Buffer.from('{}'), {
              blobs: [digest('layer')],
              children: [],
            })
          await bin(rows, id, seeds)
        })
        const all = await walk(
          (page: Page<DeletionId>) => store.rows.bin.list(id, page),
          row => row.id,
          500,
        )
        expect(all).toHaveLength(seeds.length)
        await store.transaction(rows =>
          rows.bin.remove(
            all.map(row => row.id),
            0,
          ),
        )
        expect(await store.rows.repositories.get(id)).toMatchObject({ binCount: 0, binBytes: 0, imageCount: 0 })
      }),
    )
  })
}
