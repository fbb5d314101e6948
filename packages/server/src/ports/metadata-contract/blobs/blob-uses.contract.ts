import { describe, expect, it } from 'vitest'
import { addRepository, blob, digest, manifest, newRepository, putImage, type WithStore } from '../testing/fixtures.ts'

export function blobUseContract(withStore: WithStore): void {
  describe('uses of blobs', () => {
    it(
      'are counted over all repositories up to a limit, with the bin and the lease',
      withStore(async store => {
        const { id } = await addRepository(store)
        const other = await store.transaction(rows => rows.repositories.create(newRepository('tools/other')))
        const [own, shared] = [digest('own'), digest('shared')]
        const [binned, unused] = [digest('binned'), digest('unused')]
        await store.transaction(async rows => {
          await putImage(rows, manifest(id, digest('a')), { blobs: [own, shared] })
          await putImage(rows, manifest(id, digest('b')), { blobs: [shared] })
          await putImage(rows, manifest(other.id, digest('a')), { blobs: [shared] })
          await putImage(rows, manifest(id, digest('c')), { blobs: [binned] })
          await rows.bin.add(id, [digest('c')], { deletedAt: 1, deletedBy: 'me', reason: 'call', purgeAfter: 9 })
          await rows.images.delete(id, [digest('c')], 1)
          await rows.blobs.commit(id, { ...blob('unused'), digest: unused }, 70)
        })
        const pairs = await store.rows.blobUses.of(id, [digest('b'), digest('a')], 9)
        const expected = [
          ...[own, shared].map(each => ({ manifest: digest('a'), blob: each })),
          { manifest: digest('b'), blob: shared },
        ]
        const inOrder = (list: typeof pairs) => list.map(each => `${each.manifest} ${each.blob}`)
        expect(inOrder(pairs)).toEqual(inOrder(expected).sort())
        expect(await store.rows.blobUses.of(id, [digest('b'), digest('a')], 2)).toEqual(pairs.slice(0, 2))

        const uses = async (limit: number) => {
          const found = await store.rows.blobUses.count([own, shared, binned, unused, digest('absent')], limit)
          return Object.fromEntries(found.map(({ digest: of, ...use }) => [of, use]))
        }
        expect(await uses(9)).toEqual({
          [own]: { sizeBytes: 10, leaseUntil: 0, manifests: 1, isBinned: false },
          [shared]: { sizeBytes: 10, leaseUntil: 0, manifests: 3, isBinned: false },
          [binned]: { sizeBytes: 10, leaseUntil: 0, manifests: 0, isBinned: true },
          [unused]: { sizeBytes: 10, leaseUntil: 70, manifests: 0, isBinned: false },
        })
        expect((await uses(2))[shared]).toMatchObject({ manifests: 2 })
      }),
    )
  })
}
