import { describe, expect, it } from 'vitest'
import { journalledKeys } from '../../../testing/journalled-keys.ts'
import type { MetadataStore } from '../../metadata-store.ts'
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
  upload,
  type WithStore,
  walk,
} from '../testing/fixtures.ts'

export function inventoryContract(withStore: WithStore): void {
  const mark = (store: MetadataStore, seed: string, at: number | undefined) =>
    store.transaction(rows => rows.blobs.markDamaged(blob(seed), at))
  const damage = (store: MetadataStore, seed: string) => mark(store, seed, 7)

  describe('damaged blobs', () => {
    it(
      'are read, mounted and counted on by nobody, and stay in the inventory',
      withStore(async store => {
        const { id } = await addRepository(store)
        const layer = blob('layer')
        await store.transaction(rows => rows.blobs.commit(id, layer, 100))
        expect(await damage(store, 'layer')).toBe(true)
        expect(await damage(store, 'layer')).toBe(false)
        expect(await damage(store, 'absent')).toBe(false)

        const { blobs, inventory } = store.rows
        expect(await blobs.find(id, layer.digest)).toBeUndefined()
        expect(await blobs.resolve(ALIAS, NAME, layer.digest)).toEqual({ repositoryId: id, blob: undefined })
        expect(await blobs.sizes(id, [layer.digest])).toEqual(new Map())
        expect(await blobs.isLinked(layer.digest)).toBe(false)
        // An image that comes back from the bin is linked to what it has, and healed by the next push.
        expect(await store.transaction(rows => rows.blobs.link(id, layer.digest, 900))).toBe(true)
        expect(await blobs.find(id, layer.digest)).toBeUndefined()
        expect(await inventory.linked(id, [layer.digest, digest('absent')])).toEqual(new Set([layer.digest]))
        expect(await inventory.findBlob(layer.digest)).toEqual({ ...layer, damagedAt: 7 })
        expect(await inventory.countDamaged()).toBe(1)

        expect(await mark(store, 'layer', undefined)).toBe(true)
        expect(await mark(store, 'layer', undefined)).toBe(false)
        expect(await blobs.find(id, layer.digest)).toEqual(layer)
        expect(await blobs.isLinked(layer.digest)).toBe(true)
        expect(await inventory.countDamaged()).toBe(0)
      }),
    )

    it(
      'name the live images that need them',
      withStore(async store => {
        const { id } = await addRepository(store)
        const { inventory } = store.rows
        await store.transaction(async rows => {
          const { id: other } = await rows.repositories.create(newRepository('other'))
          for (const repositoryId of [id, other])
            await putImage(rows, manifest(repositoryId, digest('image')), { blobs: [digest('layer')] })
          await putImage(rows, manifest(id, digest('whole')), { blobs: [digest('sound')] })
        })
        expect(await inventory.damagedImages(10)).toEqual([])
        const layer = await inventory.findBlob(digest('layer'))
        if (layer === undefined) throw new Error('the layer is gone')
        expect(await store.transaction(rows => rows.blobs.markDamaged(layer, 7))).toBe(true)
        const image = { blob: digest('layer'), manifest: digest('image') }
        const found = await inventory.damagedImages(10)
        expect(found.sort((a, b) => (a.path < b.path ? -1 : 1))).toEqual(
          [`${ALIAS}/${NAME}`, `${ALIAS}/other`].sort().map(path => ({ ...image, path })),
        )
        expect(await inventory.damagedImages(1)).toHaveLength(1)
      }),
    )

    it(
      'take the bytes that are pushed next, and journal their own',
      withStore(async store => {
        const { id } = await addRepository(store)
        const pushed = { ...blob('layer'), sizeBytes: 11, storageKey: key('good') }
        await store.transaction(rows => rows.blobs.commit(id, blob('layer'), 100))
        await damage(store, 'layer')
        expect(await store.transaction(rows => rows.blobs.commit(id, pushed, 200))).toEqual(pushed)
        expect(await store.rows.blobs.find(id, pushed.digest)).toEqual(pushed)
        expect(await journalledKeys(store.rows)).toEqual([blob('layer').storageKey])
        expect(await store.rows.inventory.findBlob(pushed.digest)).toEqual({ ...pushed, damagedAt: undefined })
        // What was found out about the old bytes says nothing of the new ones.
        expect(await damage(store, 'layer')).toBe(false)
      }),
    )

    it(
      'are collected like others',
      withStore(async store => {
        const { id } = await addRepository(store)
        await store.transaction(rows => rows.blobs.commit(id, blob('layer'), 100))
        await damage(store, 'layer')
        expect(await store.transaction(rows => rows.blobs.collect(digest('layer'), 100))).toEqual(blob('layer'))
      }),
    )
  })

  describe('the inventory', () => {
    it(
      'lists all blobs by digest',
      withStore(async store => {
        const { id } = await addRepository(store)
        const seeds = Array.from({ length: 7 }, (_, index) => `blob ${index}`)
        await store.transaction(async ({ blobs }) => {
          for (const seed of seeds) await blobs.commit(id, blob(seed), 0)
        })
        await damage(store, 'blob 3')
        const all = await walk(store.rows.inventory.blobs, row => row.digest, 3)
        const expected = seeds.map(seed => ({ ...blob(seed), damagedAt: seed === 'blob 3' ? 7 : undefined }))
        expect(all).toEqual(expected.sort((one, two) => (one.digest < two.digest ? -1 : 1)))
      }),
    )

    it(
      'knows the keys that a blob, an upload or the journal names',
      withStore(async store => {
        const { id } = await addRepository(store)
        await store.transaction(async rows => {
          await rows.blobs.commit(id, blob('layer'), 0)
          await rows.uploads.create(upload(id, 'u'))
          await rows.journal.add(key('leaving'))
        })
        const named = [blob('layer').storageKey, upload(id, 'u').storageKey, key('leaving')]
        const { inventory } = store.rows
        expect(await inventory.knownKeys([...named, key('stray')])).toEqual(new Set(named))
        expect(await inventory.knownKeys([])).toEqual(new Set())
        expect(await Promise.all(named.map(inventory.isOfBlob))).toEqual([true, false, false])
      }),
    )

    it(
      "compares a repository's counter with its images, and counts anew",
      withStore(async store => {
        const { id } = await addRepository(store)
        const other = await store.transaction(async rows => {
          await putImage(rows, manifest(id, digest('a')))
          await putImage(rows, manifest(id, digest('b')))
          await putImage(rows, manifest(id, digest('c')))
          await rows.bin.add(id, [digest('c')], { deletedAt: 1, deletedBy: 'ann', reason: 'call', purgeAfter: 9 })
          await rows.images.delete(id, [digest('c')], 1)
          return rows.repositories.create(newRepository('other'))
        })
        const { inventory } = store.rows
        const totals = (images: number, binImages: number) => {
          const each = { images, binImages, binBytes: 30 * binImages }
          return { kept: each, counted: each }
        }
        const first = { id, path: `${ALIAS}/${NAME}`, ...totals(2, 1) }
        const second = { id: other.id, path: `${ALIAS}/other`, ...totals(0, 0) }
        expect(await inventory.counts({ limit: 10 })).toEqual([first, second])
        expect(await inventory.counts({ after: id, limit: 10 })).toEqual([second])
        expect(await inventory.counts({ limit: 1 })).toEqual([first])
        await store.transaction(rows => rows.inventory.recount(id))
        expect(await inventory.counts({ limit: 1 })).toEqual([first])
      }),
    )

    it(
      'tells what a manifest is recorded to refer to, and records more',
      withStore(async store => {
        const { id } = await addRepository(store)
        await store.transaction(async rows => {
          await putImage(rows, manifest(id, digest('child')), { blobs: [digest('layer')] })
          await putImage(rows, manifest(id, digest('index')), { blobs: [digest('config')] })
          const more = { blobs: [digest('config'), digest('layer')], children: [digest('child')] }
          await rows.references.add(id, digest('index'), more)
          await rows.references.add(id, digest('index'), more)
        })
        const { blobs, children } = await store.rows.references.of(id, digest('index'))
        expect(new Set(blobs)).toEqual(new Set([digest('config'), digest('layer')]))
        expect(children).toEqual([digest('child')])
        expect(await store.rows.references.of(id, digest('absent'))).toEqual({ blobs: [], children: [] })
      }),
    )
  })
}
