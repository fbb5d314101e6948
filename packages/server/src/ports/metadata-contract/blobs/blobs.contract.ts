import { describe, expect, it } from 'vitest'
import { parseRegistryAlias, parseRepositoryName } from '../../../domain/names.ts'
import { journalledKeys } from '../../../testing/journalled-keys.ts'
import type { MetadataStore, Rows } from '../../metadata-store.ts'
import type { RepositoryId } from '../../rows/common.ts'
import {
  ALIAS,
  addRepository,
  blob,
  digest,
  key,
  manifest,
  NAME,
  newRepository,
  putImage,
  type WithStore,
} from '../testing/fixtures.ts'

export function blobContract(withStore: WithStore): void {
  /** Two repositories of one registry. */
  const twoRepositories = async (store: MetadataStore) => {
    const { id } = await addRepository(store)
    const other = await store.transaction(rows => rows.repositories.create(newRepository('other')))
    return [id, other.id] as const
  }

  describe('blobs', () => {
    it(
      'are readable where they were committed, and nowhere else',
      withStore(async store => {
        const [here, elsewhere] = await twoRepositories(store)
        const layer = blob('layer')
        expect(await store.transaction(rows => rows.blobs.commit(here, layer, 100))).toEqual(layer)
        const { blobs } = store.rows
        expect(await blobs.find(here, layer.digest)).toEqual(layer)
        expect(await blobs.find(elsewhere, layer.digest)).toBeUndefined()
        expect(await blobs.resolve(ALIAS, NAME, layer.digest)).toEqual({ repositoryId: here, blob: layer })
        expect(await blobs.resolve(ALIAS, parseRepositoryName('other'), layer.digest)).toEqual({
          repositoryId: elsewhere,
          blob: undefined,
        })
        expect(await blobs.resolve(parseRegistryAlias('absent'), NAME, layer.digest)).toBeUndefined()
        expect(await blobs.resolve(ALIAS, parseRepositoryName('absent'), layer.digest)).toBeUndefined()
        expect(await blobs.sizes(here, [layer.digest, digest('absent')])).toEqual(new Map([[layer.digest, 10]]))
        expect(await blobs.sizes(elsewhere, [layer.digest])).toEqual(new Map())
        expect(await blobs.sizes(here, [])).toEqual(new Map())
      }),
    )

    it(
      'are leased to the repository that asked, and for as long as it asked',
      withStore(async store => {
        const [here, elsewhere] = await twoRepositories(store)
        const [layer, config] = [blob('layer'), blob('config')]
        await store.transaction(async rows => {
          await rows.blobs.commit(here, layer, 100)
          await rows.blobs.commit(here, config, 200)
          await rows.blobs.link(elsewhere, layer.digest, 50)
        })
        const all = [layer.digest, config.digest, digest('absent')]
        const leased = async (id: RepositoryId, until: number) => [
          ...(await store.rows.blobUses.leased(id, all, until)),
        ]
        expect((await leased(here, 100)).toSorted()).toEqual([layer.digest, config.digest].toSorted())
        expect(await leased(here, 101)).toEqual([config.digest])
        expect(await leased(elsewhere, 50)).toEqual([layer.digest])
        expect(await leased(elsewhere, 51)).toEqual([])
        expect(await store.rows.blobUses.leased(here, [], 0)).toEqual(new Set())
        await store.transaction(rows => rows.blobs.markDamaged(layer, 1))
        expect(await leased(here, 100)).toEqual([config.digest])
      }),
    )

    it(
      'keep the first key when a digest is committed again, and journal the new one',
      withStore(async store => {
        const [here, elsewhere] = await twoRepositories(store)
        const first = blob('layer')
        const second = { ...first, storageKey: key('second') }
        await store.transaction(async rows => {
          const { blobs } = rows
          await blobs.commit(here, first, 100)
          expect(await journalledKeys(rows)).toEqual([])
          expect(await blobs.commit(elsewhere, second, 100)).toEqual(first)
        })
        expect(await journalledKeys(store.rows)).toEqual([second.storageKey])
        expect(await store.rows.blobs.find(elsewhere, first.digest)).toEqual(first)
      }),
    )

    it(
      'are linked into another repository while they exist',
      withStore(async store => {
        const [here, elsewhere] = await twoRepositories(store)
        const layer = blob('layer')
        await store.transaction(async ({ blobs }) => {
          await blobs.commit(here, layer, 100)
          expect(await blobs.link(elsewhere, layer.digest, 100)).toBe(true)
          expect(await blobs.link(elsewhere, layer.digest, 200)).toBe(true)
          expect(await blobs.link(elsewhere, digest('absent'), 100)).toBe(false)
        })
        expect(await store.rows.blobs.find(elsewhere, layer.digest)).toEqual(layer)
        expect(await store.rows.blobs.find(elsewhere, digest('absent'))).toBeUndefined()
      }),
    )

    it(
      'leave a repository that no longer links them, for review at the given time',
      withStore(async store => {
        const [here, elsewhere] = await twoRepositories(store)
        const layer = blob('layer')
        await store.transaction(async ({ blobs }) => {
          await blobs.commit(here, layer, 100)
          await blobs.link(elsewhere, layer.digest, 100)
          await blobs.unlink(here, layer.digest, 300)
          await blobs.unlink(here, digest('absent'), 300)
        })
        const { blobs, reviews } = store.rows
        expect(await blobs.find(here, layer.digest)).toBeUndefined()
        expect(await blobs.find(elsewhere, layer.digest)).toEqual(layer)
        expect(await reviews.due(299, 10)).toEqual([])
        expect(await reviews.due(300, 10)).toEqual([layer.digest])
      }),
    )

    it(
      'are referred to within a repository',
      withStore(async store => {
        const [here, elsewhere] = await twoRepositories(store)
        await store.transaction(async rows => {
          await putImage(rows, manifest(here, digest('image')), { blobs: [digest('layer')] })
          await rows.blobs.link(elsewhere, digest('layer'), 0)
        })
        expect(await store.rows.blobs.isReferenced(here, digest('layer'))).toBe(true)
        expect(await store.rows.blobs.isReferenced(elsewhere, digest('layer'))).toBe(false)
        await expect(store.transaction(rows => rows.blobs.unlink(here, digest('layer'), 0))).rejects.toThrow()
      }),
    )
  })

  describe('collecting blobs', () => {
    it(
      'removes what no manifest needs once its lease is over, and journals the key',
      withStore(async store => {
        const [here] = await twoRepositories(store)
        const layer = blob('layer')
        await store.transaction(rows => rows.blobs.commit(here, layer, 100))
        expect(await store.rows.reviews.due(99, 10)).toEqual([])
        expect(await store.rows.reviews.due(100, 10)).toEqual([layer.digest])
        expect(await store.transaction(rows => rows.reviews.claim(99, 10))).toEqual([])
        expect(await store.transaction(rows => rows.reviews.claim(100, 10))).toEqual([layer.digest])

        expect(await store.transaction(rows => rows.blobs.collect(layer.digest, 99))).toBeUndefined()
        expect(await store.rows.blobs.find(here, layer.digest)).toEqual(layer)
        expect(await store.transaction(rows => rows.blobs.collect(layer.digest, 100))).toEqual(layer)
        expect(await store.rows.blobs.find(here, layer.digest)).toBeUndefined()
        expect(await journalledKeys(store.rows)).toEqual([layer.storageKey])
        expect(await store.rows.reviews.due(1000, 10)).toEqual([])
        expect(await store.transaction(rows => rows.blobs.collect(layer.digest, 100))).toBeUndefined()
      }),
    )

    it(
      'keeps what a manifest needs, where it needs it, until that goes',
      withStore(async store => {
        const [here, elsewhere] = await twoRepositories(store)
        const layer = digest('layer')
        await store.transaction(async rows => {
          await putImage(rows, manifest(here, digest('image')), { blobs: [layer] })
          await rows.blobs.link(elsewhere, layer, 50)
          expect(await rows.blobs.collect(layer, 100)).toBeUndefined()
        })
        expect(await store.rows.blobs.find(here, layer)).toBeDefined()
        expect(await store.rows.blobs.find(elsewhere, layer)).toBeUndefined()
        expect(await store.rows.reviews.due(1000, 10)).toEqual([])
        await store.transaction(async rows => {
          await rows.images.delete(here, [digest('image')], 100)
          expect(await rows.reviews.due(100, 10)).toEqual([layer])
          expect(await rows.blobs.collect(layer, 100)).toMatchObject({ digest: layer, sizeBytes: 10 })
        })
      }),
    )

    it(
      'reviews once what images that go together had in common',
      withStore(async store => {
        const [here] = await twoRepositories(store)
        const images = [digest('one'), digest('other')]
        await store.transaction(async rows => {
          for (const each of images) await putImage(rows, manifest(here, each), { blobs: [digest('layer')] })
          await rows.images.delete(here, images, 7)
        })
        expect(await store.rows.reviews.due(7, 10)).toEqual([digest('layer')])
      }),
    )

    it.each([
      ['link', ({ blobs }: Rows, id: RepositoryId) => blobs.link(id, digest('layer'), 500)],
      ['commit', ({ blobs }: Rows, id: RepositoryId) => blobs.commit(id, blob('layer'), 500)],
    ])('waits for the end of a lease that %s made longer, and no call makes shorter', (_, lengthen) =>
      withStore(async store => {
        const [here] = await twoRepositories(store)
        await store.transaction(rows => rows.blobs.commit(here, blob('layer'), 100))
        await store.transaction(async rows => {
          await lengthen(rows, here)
        })
        await store.transaction(async ({ blobs, reviews }) => {
          await blobs.link(here, digest('layer'), 200)
          await blobs.commit(here, blob('layer'), 200)
          expect(await blobs.collect(digest('layer'), 499)).toBeUndefined()
          expect(await blobs.find(here, digest('layer'))).toBeDefined()
          expect(await reviews.due(499, 10)).toEqual([])
          expect(await reviews.due(500, 10)).toEqual([digest('layer')])
          expect(await blobs.collect(digest('layer'), 500)).toEqual(blob('layer'))
        })
      })(),
    )

    it(
      'takes a new key for a blob that comes back',
      withStore(async store => {
        const [here] = await twoRepositories(store)
        const again = { ...blob('layer'), storageKey: key('again') }
        await store.transaction(async ({ blobs }) => {
          await blobs.commit(here, blob('layer'), 0)
          await blobs.collect(digest('layer'), 10)
          expect(await blobs.commit(here, again, 100)).toEqual(again)
        })
        expect(await journalledKeys(store.rows)).toEqual([blob('layer').storageKey])
        expect(await store.rows.blobs.find(here, digest('layer'))).toEqual(again)
      }),
    )
  })
}
