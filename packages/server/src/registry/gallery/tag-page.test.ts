import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { mayRead } from '../../domain/may-read.ts'
import { parseTag } from '../../domain/names.ts'
import { MemoryBudget } from '../../http/memory-budget.ts'
import { openTemporaryRegistry, type TemporaryRegistry } from '../../testing/temporary-registry.ts'
import { describeImages } from './describe-images.ts'
import { FactsOfImages } from './facts-of-images.ts'
import { showTags, type TagKey, type TagQuery } from './tag-page.ts'

let registry: TemporaryRegistry
beforeEach(async () => {
  registry = await openTemporaryRegistry()
})
afterEach(() => registry[Symbol.asyncDispose]())

/** All pages of a list, one after the other. */
async function pagesOf(query: Partial<TagQuery>): Promise<string[][]> {
  const { context, path } = registry
  const services = { context, mayRead, facts: new FactsOfImages(context) }
  const share = new MemoryBudget({ limitBytes: 2 ** 27 }).share({})
  const pages: string[][] = []
  for (let after: TagKey | undefined; ; ) {
    const page = await showTags(services, 'nobody', path, { order: 'newest', filter: '', ...query, after }, share)
    pages.push(page.lines.map(line => line.tag))
    after = page.next
    if (after === undefined) return pages
  }
}

/** Tags of one image, each a moment after the one before. */
async function addTags(names: readonly string[]): Promise<void> {
  const digest = await registry.addImage('{"os":"linux","architecture":"amd64"}')
  await registry.metadata.transaction(rows =>
    rows.tags.put(
      names.map((name, at) => ({ repositoryId: registry.repository.id, tag: parseTag(name), digest, createdAt: at })),
    ),
  )
}

describe('pages of tags', () => {
  it.each(['newest', 'name'] as const)('have each tag once, latest first, by %s', async order => {
    const names = Array.from({ length: 120 }, (_, at) => `v1.${at}`)
    await addTags([...names.slice(0, 60), 'latest', ...names.slice(60)])
    const pages = await pagesOf({ order })
    expect(pages.map(page => page.length)).toEqual([50, 50, 21])
    expect(pages.flat()).toEqual(['latest', ...(order === 'name' ? names : names.toReversed())])
  })

  it('have whatever has a part of a name in it, whatever the case of its letters', async () => {
    await addTags(['Alpha', 'latest', 'beta', 'alphabet', 'x'])
    expect(await pagesOf({ filter: 'ALPHA', order: 'name' })).toEqual([['Alpha', 'alphabet']])
    expect(await pagesOf({ filter: 'late' })).toEqual([['latest']])
    expect(await pagesOf({ filter: 'none' })).toEqual([[]])
  })

  it('go on where a filter finds little among many', async () => {
    await addTags(Array.from({ length: 12_500 }, (_, at) => `t${at}`))
    const found = await pagesOf({ filter: 't12499' })
    expect(found.flat()).toEqual(['t12499'])
    expect(await pagesOf({ filter: 't0', order: 'name' })).toEqual([['t0'], []])
    const [first = []] = await pagesOf({ filter: '', order: 'name' })
    expect(first.slice(0, 4)).toEqual(['t0', 't1', 't2', 't3'])
  })

  it('say which other tags lead to the same image, and the platform that its configuration says', async () => {
    await addTags(Array.from({ length: 12 }, (_, at) => `t${at}`))
    const { context, path } = registry
    await describeImages(context)
    const services = { context, mayRead, facts: new FactsOfImages(context) }
    const share = new MemoryBudget({ limitBytes: 2 ** 27 }).share({})
    const query = { order: 'newest', filter: 't11', after: undefined } as const
    const [line] = (await showTags(services, 'nobody', path, query, share)).lines
    expect(line?.platforms).toEqual(['linux/amd64'])
    expect(line?.sameAs).toEqual(['t0', 't1', 't10', 't2', 't3', 't4', 't5', 't6', 't7'])
  })
})
