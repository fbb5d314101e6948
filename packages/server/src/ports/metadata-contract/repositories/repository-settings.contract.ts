import { describe, expect, it } from 'vitest'
import { ACCOUNT, addRepository, type WithStore } from '../testing/fixtures.ts'

export function repositorySettingsContract(withStore: WithStore): void {
  describe('choices about deletions', () => {
    it(
      'are kept for a repository and for a registry',
      withStore(async store => {
        const { id } = await addRepository(store)
        const settings = { binDays: 0, protectedTags: ['v*', '!v0*'], immutableTags: ['*'] }
        await store.transaction(async rows => {
          await rows.repositorySettings.set(id, settings)
          await rows.registries.update(ACCOUNT, { binDays: 30 })
        })
        expect((await store.rows.repositories.get(id))?.settings).toEqual(settings)
        expect((await store.rows.registries.find(ACCOUNT))?.binDays).toBe(30)
        await store.transaction(rows => rows.registries.update(ACCOUNT, { verified: true }))
        expect((await store.rows.registries.find(ACCOUNT))?.binDays).toBe(30)
        await store.transaction(rows => rows.registries.update(ACCOUNT, { binDays: undefined }))
        expect((await store.rows.registries.find(ACCOUNT))?.binDays).toBeUndefined()
      }),
    )
  })
}
