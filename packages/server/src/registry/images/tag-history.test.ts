import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Digest } from '../../domain/digest.ts'
import type { ImageRef } from '../../domain/image-ref.ts'
import { parseTag } from '../../domain/names.ts'
import type { RepositorySettings } from '../../ports/rows/repositories/repositories.ts'
import { ACCOUNT, CALLER, openTemporaryRegistry, type TemporaryRegistry } from '../../testing/temporary-registry.ts'
import { listDeleted, listDeletedOfRegistry } from '../bin/list-deleted.ts'
import { purgeDueImages, purgeImages } from '../bin/purge-images.ts'
import { restoreImages } from '../bin/restore-images.ts'
import { putSettings } from '../repositories/settings.ts'
import { deleteImages } from './delete-images.ts'
import { removeTag } from './remove-tag.ts'
import { forgetTagMoves } from './tag-history.ts'

const DAY = 24 * 60 * 60 * 1000
const PAGE = { limit: 100 }

let registry: TemporaryRegistry
beforeEach(async () => {
  registry = await openTemporaryRegistry()
})
afterEach(() => registry[Symbol.asyncDispose]())

const id = () => registry.repository.id
const rows = () => registry.metadata.rows
const wait = (ms: number) => {
  registry.context.clock.time += ms
}
const untag = (tag: string) => removeTag(registry.context, CALLER, registry.repository, parseTag(tag))
const remove = (...ids: ImageRef[]) => deleteImages(registry.context, CALLER, registry.repository, ids)
const restore = async (...ids: ImageRef[]) => {
  const { restored, failures } = await restoreImages(registry.context, CALLER, registry.repository, ids)
  return { restored, failures: failures.map(({ failure }) => failure.kind) }
}
const tags = async () => Object.fromEntries((await rows().tags.list(id(), PAGE)).map(row => [row.tag, row.digest]))
/** What is listed: `digest [tags]`, with `tag` before it where only a tag was lost. */
const listed = async () => {
  const { items } = await listDeleted(registry.context, id(), PAGE)
  return items.map(item =>
    'image' in item ? [item.image.digest, ...item.image.tags] : ['lost', item.tag.from, item.tag.tag],
  )
}
const history = async (tag: string) => {
  const moves = await rows().tagHistory.list(id(), parseTag(tag), { ...PAGE, notDueAt: registry.context.clock.time })
  return moves.map(({ from, to }) => [from, to])
}
const choose = async (change: Partial<RepositorySettings>) => {
  await putSettings(registry.context, CALLER, registry.repository, { protectedTags: [], immutableTags: [], ...change })
}
const audit = async () =>
  (await rows().audit.list({ accountId: ACCOUNT }, PAGE))
    .slice(1)
    .map(({ action, tag, digest }) => [action, tag, digest])

describe('a tag that was pushed over', () => {
  let first: Digest
  let second: Digest
  beforeEach(async () => {
    first = await registry.addImage('a', 'latest')
    wait(1)
    second = await registry.addImage('b', 'latest')
  })

  it('is listed with the image that had it, which is there as ever', async () => {
    expect(await listed()).toEqual([['lost', first, 'latest']])
    expect(await tags()).toEqual({ latest: second })
    const { items } = await listDeletedOfRegistry(registry.context, ACCOUNT, PAGE)
    expect(items).toMatchObject([{ deleted: { tag: { from: first, to: second, movedBy: 'caller' } } }])
  })

  it('stays where it is when it is restored by itself or by its image, and that is said', async () => {
    const taken = { restored: [{ digest: first, tags: [], taken: [{ tag: 'latest', digest: second }] }], failures: [] }
    expect(await restore({ tag: parseTag('latest') })).toEqual(taken)
    expect(await restore({ digest: first })).toEqual(taken)
    expect(await tags()).toEqual({ latest: second })
    expect((await audit()).map(([action]) => action)).toEqual(['OverwriteTag'])
  })

  it('goes back to the image that it is named together with, and can be put forward again', async () => {
    const back = await restore({ digest: first, tag: parseTag('latest') })
    expect(back).toEqual({ restored: [{ digest: first, tags: ['latest'], taken: [] }], failures: [] })
    expect(await tags()).toEqual({ latest: first })
    expect(await listed()).toEqual([['lost', second, 'latest']])
    await restore({ digest: second, tag: parseTag('latest') })
    expect([await tags(), await listed()]).toEqual([{ latest: second }, [['lost', first, 'latest']]])
    expect(await history('latest')).toEqual([
      [first, second],
      [second, first],
      [first, second],
      [undefined, first],
    ])
    expect(await audit()).toEqual([
      ['OverwriteTag', 'latest', second],
      ['RestoreImage', undefined, first],
      ['OverwriteTag', 'latest', first],
      ['RestoreImage', undefined, second],
      ['OverwriteTag', 'latest', second],
    ])
  })

  it('stays where it is when it is immutable by now', async () => {
    await choose({ immutableTags: ['latest'] })
    const { restored } = await restore({ digest: first, tag: parseTag('latest') })
    expect(restored).toEqual([{ digest: first, tags: [], taken: [{ tag: 'latest', digest: second }] }])
    expect(await tags()).toEqual({ latest: second })
  })

  it('goes back by itself once the other image has gone', async () => {
    await remove({ digest: second })
    wait(1)
    // The newest of what was lost is the other image, and then the tag is taken.
    expect(await listed()).toEqual([
      [second, 'latest'],
      ['lost', first, 'latest'],
    ])
    expect((await restore({ digest: first })).restored).toEqual([{ digest: first, tags: ['latest'], taken: [] }])
    expect((await restore({ tag: parseTag('latest') })).restored).toEqual([
      { digest: second, tags: [], taken: [{ tag: 'latest', digest: first }] },
    ])
  })

  it('brings its image back from the bin, where that went since', async () => {
    await remove({ digest: first })
    expect(await listed()).toEqual([[first], ['lost', first, 'latest']])
    const { restored } = await restore({ digest: first, tag: parseTag('latest') })
    expect(restored).toEqual([{ digest: first, tags: ['latest'], taken: [] }])
    expect([await tags(), await listed()]).toEqual([{ latest: first }, [['lost', second, 'latest']]])
  })

  it('is listed no more, and not restored, once its image is gone for good, or its own time is over', async () => {
    await remove({ digest: first })
    await purgeImages(registry.context, CALLER, registry.repository, [{ digest: first }])
    expect(await listed()).toEqual([])
    expect((await restore({ digest: first, tag: parseTag('latest') })).failures).toEqual(['unknown'])
    await registry.addImage('c', 'latest')
    expect(await listed()).toHaveLength(1)
    wait(7 * DAY)
    expect(await listed()).toEqual([])
    expect((await restore({ digest: second, tag: parseTag('latest') })).failures).toEqual(['unknown'])
    expect(await purgeDueImages(registry.context)).toBe(0)
    expect([await forgetTagMoves(registry.context), await forgetTagMoves(registry.context)]).toEqual([3, 0])
  })

  it('cannot be put back after the bin was emptied, while its history goes on to be told', async () => {
    await purgeImages(registry.context, CALLER, registry.repository, undefined)
    expect([await listed(), (await history('latest')).length]).toEqual([[], 2])
    expect((await restore({ digest: first, tag: parseTag('latest') })).failures).toEqual(['unknown'])
    expect(await tags()).toEqual({ latest: second })
  })
})

describe('a tag that was deleted while its image stayed', () => {
  it.each([
    ['by itself', () => untag('v1')],
    ['by one that has others', () => remove({ tag: parseTag('v1') })],
  ])('%s, comes back by itself, by its image, and by both', async (_, lose) => {
    const digest = await registry.addImage('a', 'v1', 'v2')
    for (const ask of [{ tag: parseTag('v1') }, { digest }, { digest, tag: parseTag('v1') }]) {
      await lose()
      expect([await tags(), await listed()]).toEqual([{ v2: digest }, [['lost', digest, 'v1']]])
      expect(await restore(ask)).toEqual({ restored: [{ digest, tags: ['v1'], taken: [] }], failures: [] })
      expect([await tags(), await listed()]).toEqual([{ v1: digest, v2: digest }, []])
    }
  })

  it('is not confused with others that its image has or had', async () => {
    const digest = await registry.addImage('a', 'v1')
    expect((await restore({ digest, tag: parseTag('v1') })).failures).toEqual(['unknown'])
    expect((await restore({ digest, tag: parseTag('v9') }, { digest })).failures).toEqual(['unknown', 'unknown'])
    await untag('v1')
    expect((await restore({ tag: parseTag('v2') })).failures).toEqual(['unknown'])
  })

  it('is not remembered where there is no bin', async () => {
    await choose({ binDays: 0 })
    await registry.addImage('a', 'v1')
    await untag('v1')
    expect([await listed(), await history('v1')]).toEqual([[], []])
  })
})

it('lists images and tags in one order, page by page', async () => {
  const image = async (seed: string, tag: string) => {
    wait(1)
    return registry.addImage(seed, tag)
  }
  const [a, b] = [await image('a', 'v1'), await image('b', 'v1')]
  wait(1)
  await remove({ digest: a })
  const c = await image('c', 'v2')
  wait(1)
  await untag('v2')
  wait(1)
  await remove({ digest: b })
  const all = await listed()
  expect(all).toEqual([[b, 'v1'], ['lost', c, 'v2'], [a], ['lost', a, 'v1']])
  const seen = []
  for (let after: Parameters<typeof listDeleted>[2]['after'] | 'first' = 'first'; after !== undefined; ) {
    const page = { limit: 1, ...(after !== 'first' && { after }) }
    const { items, next } = await listDeleted(registry.context, id(), page)
    seen.push(...items)
    after = next
  }
  expect(seen).toEqual((await listDeleted(registry.context, id(), PAGE)).items)
})

it('moves the tag of an image in the bin where both are named, too', async () => {
  const first = await registry.addImage('a', 'v1', 'v2')
  await remove({ digest: first })
  const second = await registry.addImage('b', 'v1', 'v2')
  const { restored } = await restore({ digest: first, tag: parseTag('v1') })
  expect(restored).toEqual([{ digest: first, tags: ['v1'], taken: [{ tag: 'v2', digest: second }] }])
  expect(await tags()).toEqual({ v1: first, v2: second })
})
