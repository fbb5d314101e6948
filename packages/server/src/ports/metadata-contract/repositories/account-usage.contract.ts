import { describe, expect, it } from 'vitest'
import type { MetadataStore } from '../../metadata-store.ts'
import type { UploadId } from '../../rows/common.ts'
import {
  ACCOUNT,
  addRegistry,
  addRepository,
  blob,
  digest,
  manifest,
  newRepository,
  OTHER_ACCOUNT,
  putImage,
  tag,
  upload,
  type WithStore,
} from '../testing/fixtures.ts'

const record = { recordedAt: 1, action: 'DeleteImage', principal: 'ada', via: 'call' } as const

export function usageContract(withStore: WithStore): void {
  describe('what an account has', () => {
    const usage = async (store: MetadataStore, accountId = ACCOUNT) => {
      expect(await store.rows.accountUsage.differences()).toEqual([])
      return store.rows.accountUsage.of(accountId)
    }

    it(
      'counts a blob once in each repository that may read it, with manifests and the bin, until they are gone',
      withStore(async store => {
        const row = await addRepository(store)
        const { id } = row
        const stored = async () => (await usage(store)).storedBytes
        const [layer, shared] = [blob('layer'), blob('shared')]
        const other = await store.transaction(rows => rows.repositories.create(newRepository('other')))
        const before = await stored()
        await store.transaction(async rows => {
          await rows.blobs.commit(id, layer, 10)
          await rows.blobs.commit(id, layer, 20)
          await rows.blobs.commit(id, shared, 10)
        })
        const own = layer.sizeBytes + shared.sizeBytes
        expect(await stored()).toBe(before + own)
        await store.transaction(async rows => {
          await rows.blobs.link(other.id, shared.digest, 10)
          await rows.blobs.link(other.id, shared.digest, 20)
        })
        expect(await stored()).toBe(before + own + shared.sizeBytes)
        await store.transaction(rows => rows.blobs.unlink(other.id, shared.digest, 1))
        expect(await stored()).toBe(before + own)

        const image = manifest(id, digest('image'), { sizeBytes: 7, imageSizeBytes: 1_000 })
        await store.transaction(rows => putImage(rows, image, { blobs: [layer.digest] }))
        const live = await stored()
        expect(live).toBe(before + own + 7)
        await store.transaction(async rows => {
          await rows.bin.add(id, [image.digest], { deletedAt: 1, deletedBy: 'ada', reason: 'call', purgeAfter: 9 })
          await rows.images.delete(id, [image.digest], 1)
        })
        expect(await stored()).toBe(live + 1_000)
        const [binned] = await store.rows.bin.list(id, { limit: 1 })
        await store.transaction(rows => rows.bin.restore(binned?.id ?? expect.unreachable(), 1, 30))
        expect(await stored()).toBe(live)
        await store.transaction(async rows => {
          await rows.bin.add(id, [image.digest], { deletedAt: 1, deletedBy: 'ada', reason: 'call', purgeAfter: 9 })
          await rows.images.delete(id, [image.digest], 1)
        })
        const [again] = await store.rows.bin.list(id, { limit: 1 })
        await store.transaction(rows => rows.bin.remove([again?.id ?? expect.unreachable()], 1))
        await store.transaction(rows => rows.blobs.collect(layer.digest, 1_000))
        expect(await stored()).toBe(before + shared.sizeBytes)
        await store.transaction(rows => rows.hiddenRepositories.delete(id, 1))
        expect(await stored()).toBe(before)
      }),
    )

    it(
      'counts open uploads until each has ended, however it ends',
      withStore(async store => {
        const { id } = await addRepository(store)
        const open = async () => (await usage(store)).openUploads
        const ids = ['one', 'two', 'three'].map(name => upload(id, name).id)
        await store.transaction(async rows => {
          for (const each of ['one', 'two', 'three']) await rows.uploads.create(upload(id, each))
        })
        expect(await open()).toBe(3)
        await store.transaction(rows => rows.uploads.complete(ids[0] as UploadId))
        expect(await open()).toBe(2)
        await expect(
          store.transaction(async rows => {
            await rows.uploads.cancel(ids[1] as UploadId)
            throw new Error('undone')
          }),
        ).rejects.toThrow('undone')
        expect(await open()).toBe(2)
        await store.transaction(rows => rows.hiddenRepositories.delete(id, 1))
        expect(await open()).toBe(0)
      }),
    )

    it(
      'counts what the log and the history of tags say of each account',
      withStore(async store => {
        const { id } = await addRepository(store)
        await store.transaction(rows => addRegistry(rows, OTHER_ACCOUNT, 'other'))
        const moved = { movedAt: 1, movedBy: 'ada', keepUntil: 2, from: digest('a'), to: undefined }
        await store.transaction(async rows => {
          await rows.audit.append([
            { ...record, accountId: ACCOUNT, detail: 'twelve chars' },
            { ...record, accountId: OTHER_ACCOUNT },
            record,
          ])
          await rows.tagHistory.append([{ repositoryId: id, accountId: ACCOUNT, tag: tag('v1'), ...moved }])
        })
        expect((await usage(store)).auditBytes).toBe(256 + 12 + 256)
        expect((await usage(store, OTHER_ACCOUNT)).auditBytes).toBe(256)
        await store.transaction(rows => rows.tagHistory.removeDue(2, 10))
        expect((await usage(store)).auditBytes).toBe(256 + 12)
      }),
    )

    it(
      'is counted anew where that is asked for',
      withStore(async store => {
        const { id } = await addRepository(store)
        await store.transaction(async rows => {
          await rows.blobs.commit(id, blob('layer'), 10)
          await rows.accountUsage.recount(ACCOUNT)
          await rows.accountUsage.recount(OTHER_ACCOUNT)
        })
        expect((await usage(store)).storedBytes).toBe(blob('layer').sizeBytes)
        expect(await usage(store, OTHER_ACCOUNT)).toEqual({ storedBytes: 0, auditBytes: 0, openUploads: 0 })
      }),
    )
  })
}
