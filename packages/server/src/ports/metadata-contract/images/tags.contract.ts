import { describe, expect, it } from 'vitest'
import type { TagRow } from '../../rows/images/tags.ts'
import {
  addRepository,
  digest,
  manifest,
  newRepository,
  putImage,
  tag,
  type WithStore,
  walk,
} from '../testing/fixtures.ts'

export function tagContract(withStore: WithStore): void {
  describe('tags', () => {
    it(
      'keep their time while they point to the same digest, and take a new one when they move',
      withStore(async store => {
        const { id } = await addRepository(store)
        const put = (target: string, createdAt: number) =>
          store.transaction(rows =>
            rows.tags.put([{ repositoryId: id, tag: tag('latest'), digest: digest(target), createdAt }]),
          )
        await store.transaction(async rows => {
          await putImage(rows, manifest(id, digest('a')))
          await putImage(rows, manifest(id, digest('b')))
        })
        const latest = async () => (await store.rows.tags.find(id, [tag('latest')]))[0]
        await put('a', 10)
        await put('a', 20)
        expect(await latest()).toEqual({ repositoryId: id, tag: 'latest', digest: digest('a'), createdAt: 10 })
        await put('b', 30)
        expect(await latest()).toEqual({ repositoryId: id, tag: 'latest', digest: digest('b'), createdAt: 30 })
        await put('a', 40)
        expect(await latest()).toMatchObject({ digest: digest('a'), createdAt: 40 })
        expect(await store.rows.tags.count(id, [digest('b')])).toBe(0)
      }),
    )

    it(
      'point to live manifests of their own repository only',
      withStore(async store => {
        const { id } = await addRepository(store)
        await store.transaction(async rows => {
          const neighbour = await rows.repositories.create(newRepository('neighbour'))
          await putImage(rows, manifest(neighbour.id, digest('elsewhere')))
        })
        const put = store.transaction(rows =>
          rows.tags.put([{ repositoryId: id, tag: tag('v1'), digest: digest('elsewhere'), createdAt: 1 }]),
        )
        await expect(put).rejects.toThrow()
        expect(await store.rows.tags.find(id, [tag('v1')])).toEqual([])
      }),
    )

    it(
      'stay apart when they differ in case, and go without their image',
      withStore(async store => {
        const { id } = await addRepository(store)
        await store.transaction(async rows => {
          await putImage(rows, manifest(id, digest('a')))
          for (const name of ['rc', 'RC']) {
            await rows.tags.put([{ repositoryId: id, tag: tag(name), digest: digest('a'), createdAt: 1 }])
          }
          await rows.tags.delete(id, [tag('rc'), tag('absent')])
        })
        expect((await store.rows.tags.list(id, { limit: 10 })).map(row => row.tag)).toEqual(['RC'])
        expect(await store.rows.tags.names(id, { limit: 10 })).toEqual(['RC'])
        expect(await store.rows.images.existing(id, [digest('a')])).toEqual(new Set([digest('a')]))
      }),
    )

    it(
      'are listed by time, the newest first, and the first of one image by name',
      withStore(async store => {
        const { id } = await addRepository(store)
        await store.transaction(async rows => {
          await putImage(rows, manifest(id, digest('a')))
          await putImage(rows, manifest(id, digest('b')))
          const row = (name: string, createdAt: number, target = 'a') => ({
            ...{ repositoryId: id, tag: tag(name), createdAt },
            digest: digest(target),
          })
          await rows.tags.put([row('v1', 10), row('v3', 30), row('v2', 20), row('w3', 30), row('b1', 5, 'b')])
        })
        const newest = await walk(
          page => store.rows.tags.newest(id, page),
          (row: TagRow) => row,
          2,
        )
        expect(newest.map(row => row.tag)).toEqual(['w3', 'v3', 'v2', 'v1', 'b1'])
        expect(await store.rows.tags.firstOf(id, digest('a'), 2)).toEqual(['v1', 'v2'])
        expect(await store.rows.tags.firstOf(id, digest('b'), 2)).toEqual(['b1'])
      }),
    )
  })
}
