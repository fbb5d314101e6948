import { beforeEach, expect, it, vi } from 'vitest'
import { parseTag } from '../../domain/names.ts'
import type { Rows, TransactionOptions } from '../../ports/metadata-store.ts'
import { CALLER, openTemporaryRegistry } from '../../testing/temporary-registry.ts'
import { putSettings } from '../repositories/settings.ts'
import { deleteImages } from './delete-images.ts'
import { TagLists } from './tag-lists.ts'

const { matched } = vi.hoisted(() => ({ matched: { count: 0 } }))
vi.mock(import('../../domain/tag-patterns.ts'), async original => {
  const { tagMatcher, ...rest } = await original()
  return {
    ...rest,
    tagMatcher: patterns => {
      const matches = tagMatcher(patterns)
      return tag => {
        matched.count += 1
        return matches(tag)
      }
    },
  }
})
beforeEach(() => {
  matched.count = 0
})

const tags = (...names: string[]) => names.map(name => parseTag(name))

it('finds the tags that patterns name', async () => {
  const lists = new TagLists()
  const found = await lists.matching(['v*', '!v2'], [tags('v1', 'v2', 'x'), tags('x', 'v3')])
  expect([...found]).toEqual(['v1', 'v3'])
  expect(await lists.matching([], [tags('v1')])).toEqual(new Set())
})

it('matches a list once, and again where it or the patterns have changed', async () => {
  const lists = new TagLists()
  const seen = Array.from({ length: 10 }, (_, at) => tags(...Array.from({ length: 100 }, (_, n) => `v${at}-${n}`)))
  await lists.matching(['*-7'], seen)
  expect(matched.count).toBe(1_000)
  expect((await lists.matching(['*-7'], seen)).size).toBe(10)
  expect(matched.count).toBe(1_000)
  expect((await lists.matching(['*-7'], [...seen.slice(1), tags('a', 'b-7')])).size).toBe(10)
  expect(matched.count).toBe(1_002)
  expect((await lists.matching(['*-8', '*-7'], seen)).size).toBe(20)
  expect(matched.count).toBe(2_002)
})

it('is done before a deletion of many tags, not in its transaction', async () => {
  await using registry = await openTemporaryRegistry()
  const { metadata, repository, context } = registry
  const digest = await registry.addImage('a', 'v')
  const many = Array.from({ length: 600 }, (_, at) => ({ tag: parseTag(`v${at}`), digest, createdAt: 1 }))
  await metadata.transaction(rows => rows.tags.put(many.map(row => ({ ...row, repositoryId: repository.id }))))
  await putSettings(context, CALLER, repository, { protectedTags: ['keep'], immutableTags: [] })
  const found = { ...repository, ...(await metadata.rows.repositories.get(repository.id)) }
  const inTransactions: number[] = []
  const counting = {
    ...metadata,
    async transaction<T>(work: (rows: Rows) => Promise<T>, how?: TransactionOptions) {
      const before = matched.count
      const done = await metadata.transaction(work, how)
      inTransactions.push(matched.count - before)
      return done
    },
  }
  const { images } = await deleteImages({ ...context, metadata: counting }, CALLER, found, [{ digest }])
  expect(images).toEqual([digest])
  expect(matched.count).toBe(601)
  expect(inTransactions).toEqual([0])
})
