import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ImageRef } from '../../domain/image-ref.ts'
import { parseTag } from '../../domain/names.ts'
import { forgetImageJobs } from '../../housekeeping/run-image-jobs.ts'
import type { MetadataStore } from '../../ports/metadata-store.ts'
import type { ImageJob } from '../../ports/rows/images/image-jobs.ts'
import { pushSceneImage } from '../../testing/deletion-scene.ts'
import { openTemporaryRegistry, type TemporaryRegistry } from '../../testing/temporary-registry.ts'
import { putSettings } from '../repositories/settings.ts'
import { beginDeletion, beginRestore, JOBS_RUNNING, newJobId, restoreJob } from './begin-image-job.ts'
import { readFailure } from './image-job-items.ts'
import type { JobUser } from './job-user.ts'
import { planDeletionOf } from './preview-deletion.ts'
import { STEP_ITEMS, stepImageJob } from './step-image-job.ts'

let registry: TemporaryRegistry
let user: JobUser
beforeEach(async () => {
  registry = await openTemporaryRegistry()
  const { accessKey } = await registry.addAdministrator()
  const { accountId, userName, accessKeyId } = accessKey
  const circumstances = { sourceIp: '127.0.0.1', secureTransport: false, userAgent: 'browser', region: 'us-east-1' }
  user = { accountId, userName, accessKeyId, circumstances }
})
afterEach(() => registry[Symbol.asyncDispose]())

const tag = (text: string): ImageRef => ({ tag: parseTag(text) })
const push = (image: Parameters<typeof pushSceneImage>[2]) => pushSceneImage(registry, registry.repository, image)
const begin = async (...refs: ImageRef[]) => {
  const { context, repository } = registry
  const preview = await planDeletionOf(context, repository, refs)
  return beginDeletion(context, user, repository, { refs, confirmed: preview?.name ?? '', id: newJobId() })
}
const find = async (begun: Awaited<ReturnType<typeof begin>>): Promise<ImageJob> => {
  if (begun.kind !== 'begun') throw new Error(begun.kind)
  const job = await registry.metadata.rows.imageJobs.find(begun.id)
  if (job === undefined) throw new Error('there is no such job')
  return job
}
const failuresOf = async ({ id }: ImageJob) => {
  const failed = await registry.metadata.rows.imageJobs.items(id, { limit: 500, only: 'failed' })
  return failed.map(({ tag: of, failure }) => [of, failure && readFailure(failure).failure.kind])
}
const step = (size = STEP_ITEMS, context = registry.context) => stepImageJob(context, { size })
const finish = async (size = STEP_ITEMS) => {
  for (;;) {
    const news = await step(size)
    if (news.kind === 'ended') return news
    if (news.kind !== 'stepped') throw new Error(news.kind)
  }
}
const tagsLeft = async () =>
  (await registry.metadata.rows.tags.list(registry.repository.id, { limit: 1000 })).map(row => row.tag)
const imagesLeft = async () =>
  (await registry.metadata.rows.images.list(registry.repository.id, { limit: 1000 })).map(row => row.digest)
/** More tags than go at once: images with forty tags each, and an index that lists the last two of them. */
const pushMany = async () => {
  const digests = []
  for (const name of ['a', 'b', 'c']) {
    const tags = Array.from({ length: 40 }, (_, number) => `${name}${number}`)
    digests.push(await push({ name, tags }))
  }
  const index = await push({ name: 'index', children: digests.slice(1), tags: ['index'] })
  return { digests, index, refs: [...(await tagsLeft())].map(tag) }
}

describe('a job of few images', () => {
  it('is done when it is begun, and brings back what went', async () => {
    const child = await push({ name: 'child' })
    const index = await push({ name: 'index', children: [child], tags: ['v1', 'v2'] })
    const beside = await push({ name: 'beside', tags: ['edge', 'other'] })
    const kept = await push({ name: 'kept', tags: ['kept', 'free'] })
    const settings = { protectedTags: ['kept'], immutableTags: [] }
    await putSettings(registry.context, { principal: 'owner', via: 'call' }, registry.repository, settings)
    const job = await find(await begin(tag('v1'), tag('v2'), tag('edge'), tag('absent'), tag('kept'), { digest: kept }))
    expect(job).toMatchObject({ state: 'done', items: 6, handled: 6, failed: 3, images: 2, tags: 3 })
    expect(await failuresOf(job)).toEqual([
      ['absent', 'unknown'],
      ['kept', 'protected'],
      ['free', 'protected'],
    ])
    expect([await imagesLeft(), await tagsLeft()]).toEqual([[beside, kept].sort(), ['free', 'kept', 'other']])

    const back = await find(
      await restoreJob(registry.context, user, registry.repository, { deletion: job, id: newJobId() }),
    )
    expect(back).toMatchObject({ kind: 'restore', state: 'done', failed: 0, images: 2, tags: 3 })
    expect(await imagesLeft()).toEqual([beside, child, index, kept].sort())
    expect(await tagsLeft()).toEqual(['edge', 'free', 'kept', 'other', 'v1', 'v2'])
    const audit = await registry.metadata.rows.audit.list({ accountId: user.accountId }, { limit: 100 })
    const ways = audit.filter(({ action }) => /^(?:Delete|Restore)/.test(action)).map(({ via }) => via)
    expect(new Set(ways)).toEqual(new Set(['gallery']))
  })

  it('is not begun where the plan is another one, and then nothing goes', async () => {
    await push({ name: 'a', tags: ['v1'] })
    const { context, repository } = registry
    const begun = await beginDeletion(context, user, repository, {
      refs: [tag('v1')],
      confirmed: 'another',
      id: newJobId(),
    })
    expect(begun).toEqual({ kind: 'changed' })
    expect(await tagsLeft()).toEqual(['v1'])
  })
})

describe('a job of many images', () => {
  it('goes step by step, an index that comes late included, and comes back as a whole', async () => {
    const { digests, index, refs } = await pushMany()
    const job = await find(await begin(...refs))
    expect(job).toMatchObject({ state: 'running', items: 121, handled: 0 })
    expect(await tagsLeft()).toHaveLength(121)
    expect(await finish(40)).toMatchObject({ kind: 'ended', state: 'done' })
    expect(await find({ kind: 'begun', id: job.id })).toMatchObject({
      ...{ handled: 121, failed: 0, images: 4, tags: 121 },
    })
    expect([await imagesLeft(), await tagsLeft()]).toEqual([[], []])

    const back = await find(
      await restoreJob(registry.context, user, registry.repository, { deletion: job, id: newJobId() }),
    )
    if (back.state === 'running') await finish()
    expect(await imagesLeft()).toEqual([...digests, index].sort())
    expect(await tagsLeft()).toHaveLength(121)
  })

  it('takes nothing that came since it was begun', async () => {
    const { refs } = await pushMany()
    const untagged = await push({ name: 'untagged' })
    const job = await find(await begin(...refs, { digest: untagged }))
    await push({ name: 'moved', tags: ['a0'] })
    await push({ name: 'b', tags: ['more'] })
    await push({ name: 'untagged', tags: ['got'] })
    await finish()
    expect(await failuresOf(job)).toEqual(
      expect.arrayContaining([
        ['a0', 'tagElsewhere'],
        [undefined, 'taggedSince'],
      ]),
    )
    expect(await tagsLeft()).toEqual(['a0', 'got', 'more'])
  })

  it('heeds protection that came since', async () => {
    const { refs } = await pushMany()
    const job = await find(await begin(...refs))
    const settings = { protectedTags: ['a1'], immutableTags: [] }
    await putSettings(registry.context, { principal: 'owner', via: 'call' }, registry.repository, settings)
    await finish()
    expect(await failuresOf(job)).toEqual([['a1', 'protected']])
    expect(await tagsLeft()).toEqual(['a1'])
  })

  const ENDS: readonly [string, () => Promise<unknown>, RegExp][] = [
    ['its key is revoked', () => registry.accounts.revokeAccessKey(user.accessKeyId), /key/],
    [
      'the right is gone',
      () => registry.accounts.deletePolicy(user.accountId, user.userName, 'all'),
      /user\/admin may no longer do ecr-public:BatchDeleteImage on .*tools\/web/,
    ],
  ]
  it.each(ENDS)('stops with its next step when %s', async (_, change, reason) => {
    const { refs } = await pushMany()
    const job = await find(await begin(...refs))
    await step(1)
    const left = await tagsLeft()
    expect(left).toHaveLength(120)
    await change()
    expect(await step()).toMatchObject({ kind: 'ended', state: 'stopped' })
    expect(await find({ kind: 'begun', id: job.id })).toMatchObject({ state: 'stopped', handled: 1 })
    expect((await find({ kind: 'begun', id: job.id })).reason).toMatch(reason)
    expect(await tagsLeft()).toEqual(left)
  })

  it('does a step whole or not at all', async () => {
    const { refs } = await pushMany()
    await begin(...refs)
    const failing: MetadataStore = {
      ...registry.metadata,
      rows: registry.metadata.rows,
      transaction: (work, options) =>
        registry.metadata.transaction(async rows => {
          await work(rows)
          throw new Error('the power is cut')
        }, options),
    }
    const before = await tagsLeft()
    await expect(step(40, { ...registry.context, metadata: failing })).rejects.toThrow('the power is cut')
    expect(await tagsLeft()).toEqual(before)
    await finish()
    expect(await tagsLeft()).toEqual([])
  })

  it('is bounded by account, and takes turns', async () => {
    const { refs } = await pushMany()
    for (let count = 0; count < JOBS_RUNNING; count += 1) expect((await begin(...refs)).kind).toBe('begun')
    expect((await begin(...refs)).kind).toBe('tooManyJobs')
    const many = Array.from({ length: 101 }, (_, number) => tag(`x${number}`))
    const restore = await beginRestore(registry.context, user, registry.repository, { refs: many, id: newJobId() })
    expect(restore.kind).toBe('tooManyJobs')
    const stepped = new Set<string>()
    for (let count = 0; count < JOBS_RUNNING; count += 1) {
      registry.context.clock.time += 1
      const news = await step(1)
      if (news.kind === 'stepped') stepped.add(news.job.id)
    }
    expect(stepped.size).toBe(JOBS_RUNNING)
  })

  it('is forgotten a week after its end', async () => {
    await push({ name: 'a', tags: ['v1'] })
    const job = await find(await begin(tag('v1')))
    const isThere = async () => (await registry.metadata.rows.imageJobs.find(job.id)) !== undefined
    await forgetImageJobs(registry.context)
    expect(await isThere()).toBe(true)
    registry.context.clock.time += 8 * 24 * 60 * 60 * 1000
    await forgetImageJobs(registry.context)
    expect(await isThere()).toBe(false)
  })
})
