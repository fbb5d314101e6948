import { describe, expect, it } from 'vitest'
import type { Digest } from '../../../domain/digest.ts'
import type { MetadataStore } from '../../metadata-store.ts'
import type { RepositoryId } from '../../rows/common.ts'
import { addRepository, blob, digest, manifest, newRepository, putImage, type WithStore } from '../testing/fixtures.ts'

const [owner, index, layer, entry] = [digest('owner'), digest('index'), digest('layer'), digest('entry')]
const NONE = { blobs: [], children: [] }

/** What manifests name before it is there. */
export function referenceContract(withStore: WithStore): void {
  const recorded = (store: MetadataStore, id: RepositoryId, of: Digest) => store.rows.references.of(id, of)
  const sizeOf = async (store: MetadataStore, id: RepositoryId, of: Digest) =>
    (await store.rows.images.find(id, [of]))[0]?.imageSizeBytes
  const put = (
    store: MetadataStore,
    id: RepositoryId,
    of: Digest,
    awaited: Partial<Record<'blobs' | 'children', Digest[]>>,
  ) =>
    store.transaction(rows =>
      rows.images.put(manifest(id, of, { imageSizeBytes: 0 }), Buffer.from('{}'), {
        ...NONE,
        awaited: { blobs: [], children: [], ...awaited },
      }),
    )

  describe('references', () => {
    it(
      'are recorded of a manifest that is put again, and its size with that of its indexes',
      withStore(async store => {
        const { id } = await addRepository(store)
        await store.transaction(rows => putImage(rows, manifest(id, owner, { imageSizeBytes: 0 }), NONE))
        await store.transaction(rows =>
          putImage(rows, manifest(id, index, { imageSizeBytes: 0 }), { children: [owner] }),
        )
        const again = () => store.transaction(rows => putImage(rows, manifest(id, owner), { blobs: [layer] }))
        expect([await again(), await again()]).toEqual([false, false])
        expect(await recorded(store, id, owner)).toEqual({ blobs: [layer], children: [] })
        expect([await sizeOf(store, id, owner), await sizeOf(store, id, index)]).toEqual([10, 10])
        expect((await store.rows.repositories.get(id))?.imageCount).toBe(2)
      }),
    )

    it.each(['commit', 'link'] as const)(
      'that are awaited are recorded by the %s of a blob, in its repository alone, and hold it',
      how =>
        withStore(async store => {
          const { id } = await addRepository(store)
          const other = await store.transaction(rows => rows.repositories.create(newRepository('tools/other')))
          for (const each of [id, other.id]) await put(store, each, owner, { blobs: [layer] })
          await store.transaction(async rows => {
            const holder = how === 'commit' ? id : (await rows.repositories.create(newRepository('tools/third'))).id
            await rows.blobs.commit(holder, blob('layer'), 0)
            if (how === 'link') await rows.blobs.link(id, layer, 0)
          })
          expect(await recorded(store, id, owner)).toEqual({ blobs: [layer], children: [] })
          expect(await recorded(store, other.id, owner)).toEqual(NONE)
          expect([await sizeOf(store, id, owner), await sizeOf(store, other.id, owner)]).toEqual([10, 0])
          expect(await store.rows.blobs.isReferenced(id, layer)).toBe(true)
          expect(await store.transaction(rows => rows.blobs.collect(layer, 10))).toBeUndefined()
          expect((await store.rows.blobs.find(id, layer))?.digest).toBe(layer)
        })(),
    )

    it(
      'of an index are awaited as manifests, though a blob of that digest comes first',
      withStore(async store => {
        const { id } = await addRepository(store)
        await put(store, id, index, { children: [entry] })
        await store.transaction(rows => rows.blobs.commit(id, blob('entry'), 0))
        expect(await recorded(store, id, index)).toEqual({ blobs: [entry], children: [] })
        await store.transaction(rows => putImage(rows, manifest(id, entry, { imageSizeBytes: 70 }), NONE))
        expect(await recorded(store, id, index)).toEqual({ blobs: [entry], children: [entry] })
        expect(await store.rows.references.parents(id, [entry])).toEqual([{ child: entry, parent: index }])
        expect(await sizeOf(store, id, index)).toBe(70)
      }),
    )

    it(
      'of a layer are not met by a manifest',
      withStore(async store => {
        const { id } = await addRepository(store)
        await put(store, id, owner, { blobs: [entry] })
        await store.transaction(rows => putImage(rows, manifest(id, entry), NONE))
        expect(await recorded(store, id, owner)).toEqual(NONE)
      }),
    )

    it(
      'are met for any number of manifests that await the same',
      withStore(async store => {
        const { id } = await addRepository(store)
        const owners = Array.from({ length: 450 }, (_, at) => digest(`owner ${at}`))
        await store.transaction(async rows => {
          for (const each of owners)
            await rows.images.put(manifest(id, each), Buffer.from('{}'), {
              ...NONE,
              awaited: { blobs: [layer], children: [] },
            })
        })
        await store.transaction(rows => rows.blobs.commit(id, blob('layer'), 0))
        for (const each of owners) expect((await recorded(store, id, each)).blobs).toEqual([layer])
      }),
    )

    it(
      'that were awaited go with their manifest, and with the repository',
      withStore(async store => {
        const { id } = await addRepository(store)
        await put(store, id, owner, { blobs: [layer], children: [entry] })
        await store.transaction(rows => rows.images.delete(id, [owner], 9))
        await store.transaction(rows => rows.blobs.commit(id, blob('layer'), 0))
        expect(await store.rows.blobs.isReferenced(id, layer)).toBe(false)
        await put(store, id, index, { children: [entry] })
        await store.transaction(rows => rows.hiddenRepositories.delete(id, 9))
        expect(await store.rows.repositories.get(id)).toBeUndefined()
      }),
    )
  })

  describe('manifests of all repositories', () => {
    it(
      'are listed page by page',
      withStore(async store => {
        const { id } = await addRepository(store)
        const other = await store.transaction(rows => rows.repositories.create(newRepository('tools/other')))
        for (const each of [id, other.id]) for (const of of [owner, index]) await put(store, each, of, {})
        const found = []
        for (let after: { repositoryId: RepositoryId; digest: Digest } | undefined; ; ) {
          const [row] = await store.rows.inventory.manifests({ after, limit: 1 })
          if (row === undefined) break
          found.push([row.repositoryId, row.digest])
          after = row
        }
        const digests = [owner, index].sort()
        expect(found).toEqual([id, other.id].flatMap(each => digests.map(of => [each, of])))
      }),
    )
  })
}
