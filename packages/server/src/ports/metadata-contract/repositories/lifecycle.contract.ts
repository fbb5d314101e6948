import { describe, expect, it } from 'vitest'
import type { Page, RepositoryId } from '../../rows/common.ts'
import { addRepository, newRepository, type WithStore, walk } from '../testing/fixtures.ts'

export function lifecycleContract(withStore: WithStore): void {
  describe('keep rules', () => {
    it(
      'are set, carried out and taken away, and listed by repository',
      withStore(async store => {
        const { id } = await addRepository(store)
        const { lifecycle } = store.rows
        expect(await lifecycle.find(id)).toBeUndefined()
        const others = await store.transaction(async rows => {
          await rows.repositories.create(newRepository('without'))
          const { id: third } = await rows.repositories.create(newRepository('third'))
          await rows.lifecycle.set(id, '{"rules":[]}')
          await rows.lifecycle.setEvaluatedAt(id, 5)
          await rows.lifecycle.set(third, '{}')
          return [third]
        })
        const row = { repositoryId: id, policyText: '{"rules":[]}', evaluatedAt: 5 }
        expect(await lifecycle.find(id)).toEqual(row)
        expect(
          await walk(
            (page: Page<RepositoryId>) => lifecycle.due(5, page),
            each => each.repositoryId,
            1,
          ),
        ).toEqual([row, { repositoryId: others[0], policyText: '{}', evaluatedAt: undefined }])
        expect((await lifecycle.due(4, { limit: 9 })).map(each => each.repositoryId)).toEqual(others)
        expect(await lifecycle.dueIds(4, 9)).toEqual(others)
        expect((await lifecycle.dueIds(5, 9)).sort()).toEqual([id, ...others].sort())
        expect(await lifecycle.dueIds(5, 1)).toHaveLength(1)
        await store.transaction(rows => rows.lifecycle.set(id, 'new'))
        expect(await lifecycle.find(id)).toEqual({ repositoryId: id, policyText: 'new', evaluatedAt: undefined })
        await store.transaction(rows => rows.lifecycle.set(id, undefined))
        expect(await lifecycle.find(id)).toBeUndefined()
      }),
    )

    it(
      'have one preview a repository, which goes with it',
      withStore(async store => {
        const { id } = await addRepository(store)
        for (const startedAt of [1, 2]) {
          const row = { repositoryId: id, policyText: `policy ${startedAt}`, startedAt }
          await store.transaction(rows => rows.lifecycle.putPreview(row))
          expect(await store.rows.lifecycle.findPreview(id)).toEqual(row)
        }
        await store.transaction(rows => rows.hiddenRepositories.delete(id, 0))
        expect(await store.rows.lifecycle.findPreview(id)).toBeUndefined()
      }),
    )
  })
}
