import { describe, expect, it } from 'vitest'
import type { TagRow } from '../../rows/images/tags.ts'
import { addRepository, digest, manifest, putImage, tag, type WithStore, walk } from '../testing/fixtures.ts'

export function tagOrderContract(withStore: WithStore): void {
  describe('tags in the order of versions', () => {
    it(
      'are listed by pages, each once, and go on behind a tag that was deleted',
      withStore(async store => {
        const { id } = await addRepository(store)
        const names = ['1.8', '1.09', '1.9', '1.10', '1.10-rc1', '2', '2_a', 'V1.2', 'v1.2', 'v1.11', 'z']
        await store.transaction(async rows => {
          await putImage(rows, manifest(id, digest('a')))
          await rows.tags.put(
            names.toReversed().map(name => ({ repositoryId: id, tag: tag(name), digest: digest('a'), createdAt: 1 })),
          )
        })
        const { tagOrder } = store.rows
        const all = await walk(
          page => tagOrder.list(id, page),
          (row: TagRow) => row.tag,
          2,
        )
        expect(all.map(row => row.tag)).toEqual(names)
        expect(all[0]).toEqual({ repositoryId: id, tag: '1.8', digest: digest('a'), createdAt: 1 })
        await store.transaction(rows => rows.tags.delete(id, [tag('1.10')]))
        expect((await tagOrder.list(id, { after: tag('1.10'), limit: 1 })).map(row => row.tag)).toEqual(['1.10-rc1'])
      }),
    )

    it(
      'have their place again when they come back with their image, and a moved tag keeps its own',
      withStore(async store => {
        const { id } = await addRepository(store)
        const put = (name: string, target: string) =>
          store.transaction(rows =>
            rows.tags.put([{ repositoryId: id, tag: tag(name), digest: digest(target), createdAt: 1 }]),
          )
        await store.transaction(async rows => {
          await putImage(rows, manifest(id, digest('a')))
          await putImage(rows, manifest(id, digest('b')))
        })
        for (const name of ['1.10', '1.9', '1.100']) await put(name, 'a')
        await put('1.9', 'b')
        await store.transaction(async rows => {
          await rows.bin.add(id, [digest('a')], { deletedAt: 1, deletedBy: 'ada', reason: 'call', purgeAfter: 9 })
          await rows.images.delete(id, [digest('a')], 1)
        })
        const [binned] = await store.rows.bin.list(id, { limit: 1, notDueAt: 1 })
        if (binned === undefined) throw new Error('the bin is empty')
        await store.transaction(rows => rows.bin.restore(binned.id, 2, 3))
        expect((await store.rows.tagOrder.list(id, { limit: 9 })).map(row => row.tag)).toEqual(['1.9', '1.10', '1.100'])
        expect(await store.rows.tagOrder.isLacking()).toBe(false)
        expect(await store.transaction(rows => rows.tagOrder.fill(9))).toBe(0)
      }),
    )
  })
}
