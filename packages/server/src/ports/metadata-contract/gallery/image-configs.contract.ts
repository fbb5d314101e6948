import { describe, expect, it } from 'vitest'
import { addRepository, blob, digest, manifest, putImage, type WithStore } from '../testing/fixtures.ts'

export function imageConfigContract(withStore: WithStore): void {
  describe('what pages show of configurations', () => {
    it(
      'is noted once for each, with the platforms of the images, and goes with its blob',
      withStore(async store => {
        const { id } = await addRepository(store)
        const config = blob('config')
        await store.transaction(async rows => {
          for (const name of ['a', 'b', 'c', 'd']) await putImage(rows, manifest(id, digest(name)))
          await rows.blobs.commit(id, config, 1)
        })
        const { imageConfigs } = store.rows
        const lacking = await imageConfigs.lacking(9)
        expect(lacking.map(row => row.digest)).toEqual(['a', 'b', 'c', 'd'].map(digest).sort())
        expect(Object.keys(lacking[0] ?? {}).sort()).toEqual(['digest', 'mediaType', 'repositoryId', 'sizeBytes'])
        expect(await imageConfigs.lacking(2)).toHaveLength(2)

        const facts = { user: 'ada', words: { items: ['x'], total: 1 } }
        const note = (name: string, platform: string, of = config.digest) => ({
          ...{ repositoryId: id, digest: digest(name), platform },
          config: { digest: of, facts },
        })
        await store.transaction(rows =>
          rows.imageConfigs.note([
            note('a', 'linux/arm64/v8'),
            note('b', 'linux/amd64'),
            note('c', 'linux/amd64', digest('no blob')),
            note('gone', 'linux/s390x'),
          ]),
        )
        expect(await imageConfigs.find(config.digest)).toEqual(facts)
        expect(await imageConfigs.find(digest('no blob'))).toBeUndefined()
        expect(await imageConfigs.ofRepository(id, 9)).toEqual(['linux/amd64', 'linux/arm64/v8'])
        expect(await imageConfigs.ofRepository(id, 1)).toEqual(['linux/amd64'])
        expect(await imageConfigs.ofRepository((id + 1) as typeof id, 9)).toEqual([])
        expect((await imageConfigs.lacking(9)).map(row => row.digest)).toEqual([digest('d')])

        await store.transaction(rows =>
          rows.imageConfigs.note([{ repositoryId: id, digest: digest('d'), platform: '' }]),
        )
        expect(await imageConfigs.lacking(9)).toEqual([])
        expect(await imageConfigs.platforms(id, ['a', 'd', 'gone'].map(digest))).toEqual(
          new Map([[digest('a'), 'linux/arm64/v8']]),
        )

        await store.transaction(async rows => {
          await rows.blobs.unlink(id, config.digest, 1)
          await rows.blobs.collect(config.digest, 2)
        })
        expect(await imageConfigs.find(config.digest)).toBeUndefined()
      }),
    )
  })
}
