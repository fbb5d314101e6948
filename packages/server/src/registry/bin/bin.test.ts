import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Digest, digestOf } from '../../domain/digest.ts'
import type { ImageRef } from '../../domain/image-ref.ts'
import { parseTag } from '../../domain/names.ts'
import { Collector } from '../../housekeeping/collector.ts'
import type { RepositorySettings } from '../../ports/rows/repositories/repositories.ts'
import {
  ACCOUNT,
  CALLER,
  keysIn,
  openTemporaryRegistry,
  type TemporaryRegistry,
} from '../../testing/temporary-registry.ts'
import { Removals } from '../blobs/removals.ts'
import { BLOB_LEASE_MS, type Quotas, type RegistryContext } from '../context.ts'
import { deleteImages } from '../images/delete-images.ts'
import { deleteRepository } from '../repositories/delete-repository.ts'
import { putRegistrySettings, putSettings } from '../repositories/settings.ts'
import { type Deleted, listDeleted, listDeletedOfRegistry } from './list-deleted.ts'
import { purgeDueImages, purgeImages } from './purge-images.ts'
import { restoreImages } from './restore-images.ts'

const DAY = 24 * 60 * 60 * 1000

let registry: TemporaryRegistry
beforeEach(async () => {
  registry = await openTemporaryRegistry()
})
afterEach(() => registry[Symbol.asyncDispose]())

const id = () => registry.repository.id
const remove = (...ids: ImageRef[]) => deleteImages(registry.context, CALLER, registry.repository, ids)
const restore = (...ids: ImageRef[]) => restoreImages(registry.context, CALLER, registry.repository, ids)
const purge = (...ids: ImageRef[]) =>
  purgeImages(registry.context, CALLER, registry.repository, ids.length === 0 ? undefined : ids)
const wait = (ms: number) => {
  registry.context.clock.time += ms
}
const failing = (error: unknown) => expect.unreachable(`${error}`)
const collect = async () =>
  (await new Collector(registry.context, new Removals(registry.context, failing)).collect()).blobs
const imagesOf = (items: readonly Deleted[]) => items.flatMap(item => ('image' in item ? [item.image] : []))
const binned = async () => imagesOf((await listDeleted(registry.context, id(), { limit: 100 })).items)
const live = async () => (await registry.metadata.rows.images.list(id(), { limit: 100 })).map(row => row.digest).sort()
const tags = async () =>
  Object.fromEntries((await registry.metadata.rows.tags.list(id(), { limit: 100 })).map(row => [row.tag, row.digest]))
const audit = async () =>
  (await registry.metadata.rows.audit.list({ accountId: ACCOUNT }, { limit: 1000 })).map(row => row.action)
const choose = async (change: Partial<RepositorySettings>) => {
  return putSettings(registry.context, CALLER, registry.repository, { protectedTags: [], immutableTags: [], ...change })
}

describe('the bin', () => {
  it('gives a deleted image back with its tags, and its bytes outlast the collector meanwhile', async () => {
    const digest = await registry.addImage('a', 'v1', 'latest')
    await remove({ digest })
    expect([await live(), await tags()]).toEqual([[], {}])
    wait(BLOB_LEASE_MS * 2)
    await collect()
    expect(await registry.metadata.rows.blobs.find(id(), digestOf('a'))).toBeUndefined()
    expect(await restore({ tag: parseTag('v1') })).toEqual({
      restored: [{ digest, tags: ['latest', 'v1'], taken: [] }],
      failures: [],
    })
    expect([await live(), await tags(), await binned()]).toEqual([[digest], { latest: digest, v1: digest }, []])
    wait(BLOB_LEASE_MS * 2)
    await collect()
    const blob = await registry.metadata.rows.blobs.find(id(), digestOf('a'))
    expect(await keysIn(registry.context.blobs)).toEqual([blob?.storageKey])
  })

  it('reports a tag that another image has taken, and leaves it there', async () => {
    const first = await registry.addImage('a', 'v1', 'v2')
    await remove({ digest: first })
    const second = await registry.addImage('b', 'v1')
    const { restored } = await restore({ digest: first })
    expect(restored).toEqual([{ digest: first, tags: ['v2'], taken: [{ tag: 'v1', digest: second }] }])
    expect(await tags()).toEqual({ v1: second, v2: first })
  })

  it('gives an image that was deleted twice the tags of each deletion that is named', async () => {
    const digest = await registry.addImage('a', 'v1')
    await remove({ digest })
    await registry.addImage('a', 'v2')
    await remove({ digest })
    const { failures } = await restore({ digest }, { tag: parseTag('v1') })
    expect(failures).toEqual([])
    expect([await tags(), await binned()]).toEqual([{ v1: digest, v2: digest }, []])
  })

  it('brings the children of an index back with it', async () => {
    const children = [await registry.addImage('a'), await registry.addImage('b')]
    const inner = await registry.addIndex(children)
    const index = await registry.addIndex([inner, ...children], 'v1')
    await remove({ digest: index })
    await remove(...[inner, ...children].map(imageDigest => ({ digest: imageDigest })))
    expect(await live()).toEqual([])
    const { restored } = await restore({ tag: parseTag('v1') })
    expect(restored.map(image => image.digest).sort()).toEqual([index, inner, ...children].sort())
    expect(await live()).toEqual([index, inner, ...children].sort())
  })

  it('is emptied when its time is over, and the bytes follow', async () => {
    const digest = await registry.addImage('a', 'v1')
    await remove({ tag: parseTag('v1') })
    wait(7 * DAY - 1)
    expect(await purgeDueImages(registry.context)).toBe(0)
    wait(1)
    expect((await restore({ digest })).failures).toMatchObject([{ failure: { kind: 'unknown' } }])
    expect(await purgeDueImages(registry.context)).toBe(1)
    expect([await binned(), await collect()]).toEqual([[], 1])
    expect(await keysIn(registry.context.blobs)).toEqual([])
    expect(await audit()).toEqual(['CreateAccount', 'DeleteImage', 'PurgeImage'])
  })

  it('lists no image whose time is over, also before it is emptied', async () => {
    await remove({ digest: await registry.addImage('a') })
    wait(DAY)
    const second = await registry.addImage('b')
    await remove({ digest: second })
    const all = async () => {
      const { items } = await listDeletedOfRegistry(registry.context, ACCOUNT, { limit: 10 })
      return imagesOf(items.map(({ deleted }) => deleted))
    }
    expect([(await binned()).length, (await all()).length]).toEqual([2, 2])
    wait(6 * DAY)
    expect((await binned()).map(row => row.digest)).toEqual([second])
    expect((await all()).map(image => image.digest)).toEqual([second])
  })

  it('is emptied on demand in small steps, and as a whole', async () => {
    // Deleted in turn and with each other: some children come into the bin before their index, and some twice.
    const twice = await registry.addImage('child 0')
    await remove({ digest: twice })
    for (let each = 0; each < 80; each += 1) {
      const child = await registry.addImage(`child ${each}`)
      const index = await registry.addIndex([child], `v${each}`)
      await remove({ digest: index }, ...(each % 2 === 0 ? [{ digest: child }] : []))
      if (each % 2 === 1) await remove({ digest: child })
    }
    const steps: number[] = []
    const context: RegistryContext = {
      ...registry.context,
      metadata: {
        ...registry.metadata,
        transaction: work =>
          registry.metadata.transaction(async rows => {
            const before = (await rows.repositories.get(id()))?.binCount ?? 0
            const answer = await work(rows)
            steps.push(before - ((await rows.repositories.get(id()))?.binCount ?? 0))
            return answer
          }),
      },
    }
    const { purged, failures } = await purgeImages(context, CALLER, registry.repository, undefined)
    expect([purged.length, failures, await binned()]).toEqual([161, [], []])
    expect(steps.reduce((sum, step) => sum + step)).toBe(161)
    expect(Math.max(...steps)).toBeLessThanOrEqual(101)
  })

  it('is emptied of all but what an index needs that came into it meanwhile', async () => {
    const child = await registry.addImage('a')
    const other = await registry.addImage('b')
    await remove({ digest: child }, { digest: other })
    let isFirst = true
    const context: RegistryContext = {
      ...registry.context,
      metadata: {
        ...registry.metadata,
        async transaction(work) {
          if (isFirst) {
            isFirst = false
            const index = await registry.addIndex([await registry.addImage('a')], 'multi')
            await remove({ digest: index }, { digest: child })
          }
          return registry.metadata.transaction(work)
        },
      },
    }
    const { purged, failures } = await purgeImages(context, CALLER, registry.repository, undefined)
    expect(purged.map(row => row.digest)).toEqual([other])
    expect(failures).toMatchObject([{ ref: { digest: child }, failure: { kind: 'heldByIndexes' } }])
    expect((await restore({ tag: parseTag('multi') })).restored).toHaveLength(2)
  })

  it('has the days of the repository, else of the registry, else of the server; 0 turns it off', async () => {
    const daysOf = async (seed: string) => {
      const digest = await registry.addImage(seed)
      await remove({ digest })
      const row = (await binned()).find(each => each.digest === digest)
      return row && (row.purgeAfter - row.deletedAt) / DAY
    }
    expect(await daysOf('a')).toBe(7)
    await putRegistrySettings(registry.context, CALLER, ACCOUNT, { binDays: 30 })
    expect(await daysOf('b')).toBe(30)
    expect(await choose({ binDays: 0 })).toMatchObject({ effectiveBinDays: 0 })
    expect(await daysOf('c')).toBeUndefined()
    await choose({})
    await putRegistrySettings(registry.context, CALLER, ACCOUNT, { binDays: undefined })
    expect(await daysOf('d')).toBe(7)
  })

  it('keeps what a binned index lists as long as the index, whatever was chosen since', async () => {
    const child = await registry.addImage('a')
    const index = await registry.addIndex([child], 'v1')
    await remove({ digest: index })
    await choose({ binDays: 0 })
    await remove({ digest: child })
    expect((await binned()).map(row => row.digest).sort()).toEqual([child, index].sort())
    wait(7 * DAY - 1)
    await purgeDueImages(registry.context)
    await restore({ tag: parseTag('v1') })
    expect(await live()).toEqual([child, index].sort())
  })

  it('keeps what an index lists that itself stays for the sake of another, to whatever depth', async () => {
    const child = await registry.addImage('a')
    const inner = await registry.addIndex([child])
    const outer = await registry.addIndex([inner], 'v1')
    await remove({ digest: outer })
    await choose({ binDays: 1 })
    await remove({ digest: child }, { digest: inner })
    wait(2 * DAY)
    await purgeDueImages(registry.context)
    await restore({ digest: outer })
    expect(await live()).toEqual([child, inner, outer].sort())
  })

  it('is purged on demand, an index before or with what it lists', async () => {
    const child = await registry.addImage('a')
    const index = await registry.addIndex([child], 'v1')
    const other = await registry.addImage('b', 'v2')
    await remove({ digest: index }, { digest: child }, { tag: parseTag('v2') })
    expect(await purge({ digest: child })).toMatchObject({
      purged: [],
      failures: [{ failure: { kind: 'heldByIndexes', parents: [index] } }],
    })
    const digestsOf = (rows: { purged: readonly { digest: Digest }[] }) => rows.purged.map(row => row.digest).sort()
    expect(digestsOf(await purge({ digest: child }, { digest: index }))).toEqual([child, index].sort())
    expect(digestsOf(await purge())).toEqual([other])
    wait(BLOB_LEASE_MS)
    await collect()
    expect(await keysIn(registry.context.blobs)).toEqual([])
  })

  it('is purged of every deletion of an image, so that no older one is left without what it lists', async () => {
    const child = await registry.addImage('a')
    const pushIndex = () => registry.addIndex([child], 'v1')
    const both = [{ digest: await pushIndex() }, { digest: child }]
    await remove(...both)
    await restore({ digest: child })
    const index = await pushIndex()
    await remove(...both)
    // Two deletions of the index, and one of what it lists.
    expect((await binned()).map(row => row.digest).sort()).toEqual([child, index, index].sort())
    expect(await purge({ digest: child })).toMatchObject({
      purged: [],
      failures: [{ failure: { parents: [index] } }],
    })
    expect((await purge(...both)).purged).toHaveLength(3)
    expect(await binned()).toEqual([])
    expect((await restore({ digest: index })).failures).toMatchObject([{ failure: { kind: 'unknown' } }])
  })

  it('says why a reference names nothing in it', async () => {
    const digest = await registry.addImage('a', 'v1')
    await remove({ tag: parseTag('v1') })
    const { restored, failures } = await restore(
      { tag: parseTag('v2') },
      { digest, tag: parseTag('v2') },
      { digest: digestOf('other') },
    )
    expect(restored).toEqual([])
    expect(failures.map(({ failure }) => failure.kind)).toEqual(['unknown', 'tagElsewhere', 'unknown'])
  })

  it('gives an image that was pushed again its tags only', async () => {
    const digest = await registry.addImage('a', 'v1')
    await remove({ tag: parseTag('v1') })
    await registry.addImage('a', 'v2')
    expect((await restore({ digest })).restored).toEqual([{ digest, tags: ['v1'], taken: [] }])
    expect([await live(), await tags(), await binned()]).toEqual([[digest], { v1: digest, v2: digest }, []])
  })

  it('gives an index back with hundreds of images, and lets others write in between', async () => {
    const children: Digest[] = []
    for (let each = 0; each < 101; each += 1) children.push(await registry.addImage(`child ${each}`, `c${each}`))
    const index = await registry.addIndex(children, 'v1')
    await remove({ digest: index }, ...children.slice(0, 99).map(digest => ({ digest })))
    await remove(...children.slice(99).map(digest => ({ digest })))
    expect(await live()).toEqual([])

    const over = { ...registry.context, quotas: { ...registry.context.quotas, imagesPerRepository: 101 } }
    await expect(restoreImages(over, CALLER, registry.repository, [{ digest: index }])).rejects.toMatchObject({
      problem: { kind: 'quotaExceeded', quota: 'images' },
    })
    expect(await live()).toEqual([])

    const writes: string[] = []
    const { transaction } = registry.metadata
    const counting = (work: Parameters<typeof transaction>[0], options?: Parameters<typeof transaction>[1]) => {
      writes.push(options?.isLarge === true ? 'large' : 'small')
      return transaction(work, options)
    }
    const metadata = Object.assign(Object.create(registry.metadata), { transaction: counting })
    const unknown = { digest: digestOf('nothing') }
    const counted = { ...registry.context, metadata }
    const { restored, failures } = await restoreImages(counted, CALLER, registry.repository, [
      { digest: index },
      unknown,
    ])
    expect(failures).toMatchObject([{ ref: unknown }])
    expect(restored.at(-1)?.digest).toBe(index)
    expect(new Set(restored.map(({ digest }) => digest))).toEqual(new Set([...children, index]))
    expect(restored.flatMap(image => image.tags)).toHaveLength(102)
    expect(await registry.metadata.rows.repositories.imageCount(id())).toBe(102)
    // A look, two pieces at least, and what was named.
    expect(writes.length).toBeGreaterThanOrEqual(4)
    expect(await binned()).toEqual([])
    expect((await audit()).filter(action => action === 'RestoreImage')).toHaveLength(102)
  })

  it('gives nothing back that is over a quota', async () => {
    const digest = await registry.addImage('a', 'v1')
    await remove({ tag: parseTag('v1') })
    await registry.addImage('a', 'v2')
    const restoring = (quotas: Partial<Quotas>) => {
      const context = { ...registry.context, quotas: { ...registry.context.quotas, ...quotas } }
      return restoreImages(context, CALLER, registry.repository, [{ digest }])
    }
    await expect(restoring({ tagsPerImage: 1 })).rejects.toMatchObject({
      problem: { kind: 'quotaExceeded', quota: 'tags', limit: 1 },
    })
    await expect(restoring({ imagesPerRepository: 0 })).rejects.toMatchObject({
      problem: { kind: 'quotaExceeded', quota: 'images', limit: 0 },
    })
    expect([await tags(), (await binned()).length]).toEqual([{ v2: digest }, 1])
    expect((await restoring({ tagsPerImage: 2, imagesPerRepository: 1 })).restored).toHaveLength(1)
  })
})

describe('protection', () => {
  it('keeps protected tags and their images, and says so', async () => {
    const digest = await registry.addImage('a', 'latest', 'v1')
    await choose({ protectedTags: ['*', '!v*'] })
    const { deleted, failures } = await remove({ digest }, { tag: parseTag('latest') }, { tag: parseTag('v1') })
    expect(deleted).toEqual([{ digest, tag: 'v1' }])
    expect(failures.map(({ failure }) => failure)).toEqual([
      { kind: 'protected', tags: ['latest'] },
      { kind: 'protected', tags: ['latest'] },
    ])
    expect(await tags()).toEqual({ latest: digest })
  })

  it('keeps a repository that has a protected tag, also from force', async () => {
    await registry.addImage('a', 'latest')
    await choose({ protectedTags: ['latest'] })
    const removals = new Removals(registry.context, failing)
    const deleting = () => deleteRepository(registry.context, CALLER, removals, registry.repository, { force: true })
    await expect(deleting()).rejects.toMatchObject({ problem: { kind: 'repositoryProtected', tags: ['latest'] } })
    await choose({})
    await deleting()
  })

  it('keeps immutable tags where they are, until they are deleted', async () => {
    const first = await registry.addImage('a', 'v1', 'latest')
    await choose({ immutableTags: ['*', '!latest'] })
    await expect(registry.addImage('b', 'v1')).rejects.toMatchObject({
      problem: { kind: 'imageTagImmutable', tag: 'v1', digest: first },
    })
    expect(await registry.addImage('a', 'v1')).toBe(first)
    const second = await registry.addImage('c', 'latest')
    expect(await tags()).toEqual({ latest: second, v1: first })
    await remove({ tag: parseTag('v1') })
    expect(await registry.addImage('d', 'v1')).toBe((await tags())[parseTag('v1')])
  })

  it('takes only patterns that it understands', async () => {
    await expect(choose({ protectedTags: ['!x'] })).rejects.toMatchObject({
      problem: { kind: 'parameterInvalid', member: 'settings.protectedTags' },
    })
    await expect(choose({ binDays: 1.5 })).rejects.toMatchObject({ problem: { member: 'settings.binDays' } })
  })
})
