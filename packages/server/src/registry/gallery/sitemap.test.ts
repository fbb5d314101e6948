import { afterEach, beforeEach, expect, it } from 'vitest'
import { mayRead } from '../../domain/may-read.ts'
import { parseRegistryAlias, parseRepositoryName } from '../../domain/names.ts'
import { MemoryBudget } from '../../http/memory-budget.ts'
import type { RepositoryId } from '../../ports/rows/common.ts'
import type { ListedRepository } from '../../ports/rows/gallery/search.ts'
import { ACCOUNT, openTemporaryRegistry, type TemporaryRegistry } from '../../testing/temporary-registry.ts'
import { FactsOfImages } from './facts-of-images.ts'
import type { GalleryServices } from './services.ts'
import { listSitemaps, readSitemap } from './sitemap.ts'

let registry: TemporaryRegistry
beforeEach(async () => {
  registry = await openTemporaryRegistry()
})
afterEach(() => registry[Symbol.asyncDispose]())

/** Services over repositories with these ids, and what was asked of the rows. */
function servicesOver(ids: readonly number[]): { services: GalleryServices; asked: number[] } {
  const asked: number[] = []
  const list = async (page: { after?: number; upTo?: number; limit: number }): Promise<ListedRepository[]> => {
    const { after = 0, upTo = Number.MAX_SAFE_INTEGER, limit } = page
    const found = ids.filter(id => id > after && id <= upTo).slice(0, limit)
    asked.push(found.length)
    return found.map(id => ({
      ...{ id: id as RepositoryId, accountId: ACCOUNT, alias: parseRegistryAlias(`p${id % 7}`) },
      ...{ name: parseRepositoryName(`web-${id}`), lastPushedAt: undefined },
    }))
  }
  const { context } = registry
  const rows = { ...context.metadata.rows, search: { ...context.metadata.rows.search, list } }
  const over = { ...context, metadata: { ...context.metadata, rows } } as GalleryServices['context']
  return { services: { context: over, mayRead, facts: new FactsOfImages(over) }, asked }
}

const share = () => new MemoryBudget({ limitBytes: 2 ** 27 }).share({})

it('has files of a bounded length, and looks once for each', async () => {
  const ids = [...Array.from({ length: 25_000 }, (_, at) => at + 1), 70_001, 2_000_000_000]
  const { services, asked } = servicesOver(ids)
  expect(await listSitemaps(services)).toEqual([1, 2, 3, 8, 200_000])
  expect(asked).toEqual([1, 1, 1, 1, 0])
  const found = new Set<string>()
  for (const file of await listSitemaps(services)) {
    asked.length = 0
    const entries = await readSitemap(services, 'nobody', file, share())
    expect(entries.length).toBeLessThanOrEqual(20_001)
    expect(Math.max(...asked)).toBeLessThanOrEqual(500)
    for (const { page } of entries) if (page !== 'home' && page.name !== undefined) found.add(page.name)
  }
  expect(found.size).toBe(ids.length)
})

it('has the home page alone where there is nothing, and refuses what memory is too short for', async () => {
  const { services } = servicesOver([])
  expect(await listSitemaps(services)).toEqual([1])
  expect(await readSitemap(services, 'nobody', 1, share())).toEqual([{ page: 'home' }])
  const { services: many } = servicesOver(Array.from({ length: 10_000 }, (_, at) => at + 1))
  const small = new MemoryBudget({ limitBytes: 2 ** 20 * 4 }).share({})
  await expect(readSitemap(many, 'nobody', 1, small)).rejects.toThrow('unavailable')
})
