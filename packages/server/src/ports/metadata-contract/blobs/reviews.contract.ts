import { describe, expect, it } from 'vitest'
import type { Rows } from '../../metadata-store.ts'
import {
  addRepository,
  blob,
  digest,
  manifest,
  newRepository,
  putImage,
  upload,
  type WithStore,
} from '../testing/fixtures.ts'

const BINNED = { deletedAt: 1, deletedBy: 'ann', reason: 'call', purgeAfter: 900 }

export function reviewContract(withStore: WithStore): void {
  describe('what waits for the collector', () => {
    it(
      'is told as counts and times',
      withStore(async store => {
        const { id } = await addRepository(store)
        const { reviews, uploads, bin } = store.rows
        const times = { firstAt: undefined, lastAt: undefined }
        expect(await reviews.state(0)).toEqual({ waiting: 0, due: 0, ...times })
        expect(await uploads.state(0)).toEqual({ open: 0, expired: 0 })
        expect(await bin.state(0)).toEqual({ images: 0, bytes: 0, due: 0, ...times })
        await store.transaction(async ({ blobs, uploads }) => {
          await blobs.commit(id, blob('a'), 100)
          await blobs.commit(id, blob('b'), 200)
          await blobs.commit(id, blob('c'), 300)
          await uploads.create(upload(id, 'soon', { expiresAt: 10 }))
          await uploads.create(upload(id, 'late', { expiresAt: 20 }))
        })
        expect(await reviews.state(200)).toEqual({ waiting: 3, due: 2, firstAt: 100, lastAt: 300 })
        expect(await uploads.state(10)).toEqual({ open: 1, expired: 1 })
      }),
    )

    it(
      'names by digest what a review would remove, and changes nothing',
      withStore(async store => {
        const { id } = await addRepository(store)
        const other = await store.transaction(async rows => {
          const { id: elsewhere } = await rows.repositories.create(newRepository('other'))
          await putImage(rows, manifest(id, digest('image')), { blobs: [digest('needed')] })
          await rows.blobs.link(elsewhere, digest('needed'), 0)
          await putImage(rows, manifest(id, digest('deleted')), { blobs: [digest('binned')] })
          await rows.bin.add(id, [digest('deleted')], BINNED)
          await rows.images.delete(id, [digest('deleted')], 1)
          for (const seed of ['a', 'b', 'c', 'leased', 'leased elsewhere']) await rows.blobs.commit(id, blob(seed), 100)
          await rows.blobs.link(id, digest('leased'), 500)
          await rows.blobs.link(elsewhere, digest('leased elsewhere'), 500)
          return elsewhere
        })
        expect(other).not.toBe(id)
        const unused = ['a', 'b', 'c'].map(blob).sort((one, two) => (one.digest < two.digest ? -1 : 1))
        const listed = (now: number, after?: (typeof unused)[0]) =>
          store.rows.reviews.collectable(now, { after: after?.digest, limit: 2 })
        expect(await listed(99)).toEqual([])
        expect(await listed(100)).toEqual(unused.slice(0, 2))
        expect(await listed(100, unused[1])).toEqual(unused.slice(2))
        const leased = async (now: number) =>
          (await store.rows.reviews.leased(now, { limit: 10 })).map(({ digest, reviewAfter }) => [digest, reviewAfter])
        const late = ['leased', 'leased elsewhere'].map(seed => [digest(seed), 500]).sort()
        expect(await leased(99)).toEqual([...unused.map(row => [row.digest, 100]), ...late].sort())
        expect(await leased(100)).toEqual(late)
        expect(await leased(500)).toEqual([])
        const unneeded = async (repositoryId: typeof id) =>
          (await store.rows.reviews.unneededOf(repositoryId, 0, { limit: 10 })).map(row => row.digest)
        expect(await unneeded(id)).toEqual([...unused.map(row => row.digest), ...late.map(([of]) => of)].sort())
        expect(await unneeded(other)).toEqual([digest('leased elsewhere')])
        await store.transaction(async ({ blobs, reviews }) => {
          for (const each of await reviews.due(100, 10))
            expect(await blobs.collect(each, 100)).toEqual(unused.find(row => row.digest === each))
        })
        expect(await listed(100)).toEqual([])
      }),
    )
  })

  describe('what goes with images whose time in the bin is over', () => {
    it(
      'counts, and is named by digest, once each',
      withStore(async store => {
        const { id } = await addRepository(store)
        const binImage = async (rows: Rows, seed: string, blobs: readonly string[], purgeAfter: number) => {
          await putImage(rows, manifest(id, digest(seed)), { blobs: blobs.map(digest) })
          await rows.bin.add(id, [digest(seed)], { ...BINNED, purgeAfter })
          await rows.images.delete(id, [digest(seed)], 1)
        }
        await store.transaction(async rows => {
          await binImage(rows, 'one', ['own', 'shared', 'kept longer', 'queued'], 900)
          await binImage(rows, 'two', ['shared', 'live'], 900)
          await binImage(rows, 'three', ['kept longer'], 901)
          await putImage(rows, manifest(id, digest('live image')), { blobs: [digest('live')] })
          for (const each of await rows.reviews.due(1, 10)) await rows.blobs.collect(each, 1)
          await rows.blobs.link(id, digest('queued'), 0)
        })
        const { bin, reviews } = store.rows
        const sorted = (...seeds: string[]) => seeds.map(digest).sort()
        const listed = async (list: typeof reviews.collectable, now: number) =>
          (await list(now, { limit: 10 })).map(row => row.digest)
        expect(await bin.state(899)).toMatchObject({ images: 3, due: 0, firstAt: 900 })
        expect(await bin.state(900)).toMatchObject({ images: 3, due: 2, firstAt: 900, lastAt: 901 })
        expect(await listed(reviews.collectableOfBin, 899)).toEqual([])
        expect(await listed(reviews.collectableOfBin, 900)).toEqual(sorted('own', 'shared'))
        expect(await listed(reviews.collectable, 899)).toEqual([])
        expect(await listed(reviews.collectable, 900)).toEqual(sorted('queued'))
        const [first] = sorted('own', 'shared')
        expect(await reviews.collectableOfBin(900, { limit: 1 })).toMatchObject([{ digest: first }])
        expect(await reviews.collectableOfBin(900, { after: first, limit: 9 })).toHaveLength(1)
      }),
    )
  })
}
