import { describe, expect, it } from 'vitest'
import type { MetadataStore } from '../../metadata-store.ts'
import type { RepositoryId } from '../../rows/common.ts'
import { addRepository, digest, manifest, newRepository, putImage, type WithStore } from '../testing/fixtures.ts'

const [owner, index, entry] = [digest('owner'), digest('index'), digest('entry')]

export function departureContract(withStore: WithStore): void {
  const put = (store: MetadataStore, id: RepositoryId) => store.transaction(rows => putImage(rows, manifest(id, owner)))

  describe('images that departed', () => {
    it(
      'are remembered, also when they are there again, but not after their repository',
      withStore(async store => {
        const { id } = await addRepository(store)
        const other = await store.transaction(rows => rows.repositories.create(newRepository('tools/other')))
        for (const each of [id, other.id]) await put(store, each)
        expect(await store.rows.departures.find(id, [owner])).toEqual(new Set())
        await store.transaction(rows => rows.images.delete(id, [owner], 9))
        await put(store, id)
        await store.transaction(rows => rows.departures.note(id, [index, index, owner]))
        expect(await store.rows.departures.find(id, [owner, index, entry])).toEqual(new Set([owner, index]))
        expect(await store.rows.departures.find(other.id, [owner])).toEqual(new Set())
        await store.transaction(rows => rows.hiddenRepositories.delete(id, 9))
        expect(await store.rows.departures.find(id, [owner])).toEqual(new Set())
      }),
    )
  })
}
