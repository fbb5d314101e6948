import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Client, Parameters } from '../../../client/client.ts'
import { CommandError } from '../../../errors.ts'
import { isDict, isList, type Value } from '../../../python/value.ts'
import { image, NOTHING, NOW, repositories } from '../clean.arbitrary.ts'
import { type Image, NO_FAMILY } from '../inventory/image.ts'
import { planRemovals, type RepositoryPlan } from '../plan/plan.ts'
import { selectImages } from '../selection/select.ts'
import type { Outcome } from './call-delete.ts'
import { type Execution, execute, mayPass } from './execute-plan.ts'

const repository = { name: 'team/web', registryId: '1', uri: '', names: new Map([['repositoryName', 'team/web']]) }

interface Id {
  imageDigest?: string
  imageTag?: string
}
const idsIn = (parameters: Parameters): Id[] => {
  const list = parameters.get('imageIds')
  return isList(list) ? list.filter(isDict).map(id => Object.fromEntries(id)) : []
}
const serviceError = (code: string) => new CommandError('service', 'no', { code })
const dict = (members: Record<string, Value | undefined>) =>
  new Map(Object.entries(members).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])))

/** A registry with these images, that deletes as documented and takes some turns of the event loop to answer. */
function registryWith(images: readonly Image[], refuses: (id: Id) => string | undefined = () => undefined) {
  const tags = new Map(images.map(each => [each.digest, new Set(each.tags)]))
  const calls: { readonly ids: readonly Id[]; answered: boolean }[] = []
  const pause = async (turns: number) => {
    for (let i = 0; i < turns; i++) await new Promise(resolve => setImmediate(resolve))
  }
  const remove = (id: Id): string | undefined => {
    const digest = id.imageDigest ?? [...tags].find(([, own]) => own.has(id.imageTag ?? ''))?.[0] ?? ''
    const own = tags.get(digest)
    if (!own || (id.imageTag !== undefined && !own.has(id.imageTag))) return 'ImageNotFound'
    if (id.imageTag !== undefined) own.delete(id.imageTag)
    if (id.imageTag === undefined || own.size === 0) tags.delete(digest)
    return undefined
  }
  const client: Client = {
    prepare: (_, parameters) => parameters,
    async call({ name }, parameters) {
      const ids = idsIn(parameters)
      if (name === 'DescribeImages') {
        if (ids.some(({ imageDigest = '' }) => !tags.has(imageDigest))) throw serviceError('ImageNotFoundException')
        const details = ids.map(({ imageDigest = '' }) =>
          dict({ imageDigest, imageTags: [...(tags.get(imageDigest) ?? [])] }),
        )
        return dict({ imageDetails: details })
      }
      const call = { ids, answered: false }
      calls.push(call)
      await pause(calls.length % 3)
      const imageIds: Value[] = []
      const failures: Value[] = []
      for (const id of ids) {
        const code = refuses(id) ?? remove(id)
        if (code === undefined) imageIds.push(dict({ ...id }))
        else failures.push(dict({ imageId: dict({ ...id }), failureCode: code, failureReason: 'no' }))
      }
      call.answered = true
      return dict({ imageIds, failures })
    },
  }
  return { client, calls, tags }
}

const planFor = (images: readonly Image[]): RepositoryPlan => {
  const family = NO_FAMILY
  return planRemovals(images, family, selectImages(images, family, { ...NOTHING, olderThanMs: 0 }, NOW))
}

async function run(plan: RepositoryPlan, client: Client, more: Partial<Execution> = {}) {
  const outcomes = new Map<string, Outcome>()
  const failure = await execute({
    ...{ client, repository, plan, concurrency: 4, pairs: true, stopped: () => false, pause: async () => {}, ...more },
    onOutcome: (removal, outcome) => outcomes.set(removal.image.digest, outcome),
  }).then(
    () => undefined,
    (error: unknown) => error,
  )
  return { outcomes, failure }
}

describe('execution', () => {
  it('asks for no image before all that name it are gone, and never for one whose index stayed', async () => {
    await fc.assert(
      fc.asyncProperty(repositories, fc.nat(7), async ({ images, family }, unlucky) => {
        const wishes = selectImages(images, family, { ...NOTHING, olderThanMs: 0 }, NOW)
        const plan = planRemovals(images, family, wishes)
        const refused = images[unlucky]?.digest
        const { client, tags, calls } = registryWith(images, ({ imageDigest }) => {
          const removal = plan.removals.find(each => each.image.digest === imageDigest)
          for (const holder of removal?.holders ?? []) expect(tags.has(holder)).toBe(false)
          return imageDigest === refused ? 'KmsError' : undefined
        })
        const { outcomes, failure } = await run(plan, client)
        expect(failure).toBeUndefined()
        expect(outcomes.size).toBe(plan.removals.length)
        for (const { image: each } of plan.removals) {
          expect(tags.has(each.digest)).toBe(outcomes.get(each.digest)?.kind !== 'done')
        }
        for (const { ids } of calls) expect(ids.length).toBeLessThanOrEqual(100)
      }),
    )
  })

  it('leaves an image that was tagged anew, or lost a tag, since the plan', async () => {
    const images = [image('new', 1), image('moved', 1, ['a', 'b']), image('same', 1, ['c'])]
    const plan = planFor(images)
    const { client, tags } = registryWith(images)
    tags.get('sha256:new')?.add('prod')
    tags.get('sha256:moved')?.delete('a')
    const { outcomes } = await run(plan, client)
    expect([...tags.keys()]).toEqual(['sha256:new', 'sha256:moved'])
    expect(outcomes.get('sha256:new')).toMatchObject({ kind: 'skipped', code: 'ChangedSincePlan' })
  })

  it('takes what is gone for done', async () => {
    const images = Array.from({ length: 9 }, (_, i) => image(String(i)))
    const plan = planFor(images)
    const { client, tags } = registryWith(images)
    tags.delete('sha256:4')
    const { outcomes, failure } = await run(plan, client)
    expect(failure).toBeUndefined()
    expect(outcomes.get('sha256:4')).toEqual({ kind: 'gone' })
    expect(tags.size).toBe(0)
  })

  it('tries again what the registry holds on to for a while after its index is gone', async () => {
    const images = [image('index'), image('slow'), image('stuck')]
    const listedBy = new Map(['slow', 'stuck'].map(name => [`sha256:${name}`, ['sha256:index']]))
    const family = { ...NO_FAMILY, listedBy }
    const plan = planRemovals(images, family, selectImages(images, family, { ...NOTHING, untagged: true }, NOW))
    const pauses: number[] = []
    const { client, tags } = registryWith(images, ({ imageDigest }) =>
      imageDigest === 'sha256:stuck' || (imageDigest === 'sha256:slow' && pauses.length < 2)
        ? 'ImageReferencedByManifestList'
        : undefined,
    )
    const { outcomes } = await run(plan, client, { pause: async ms => pauses.push(ms) })
    expect(pauses).toEqual([2000, 4000])
    expect([...tags.keys()]).toEqual(['sha256:stuck'])
    expect(outcomes.get('sha256:slow')).toEqual({ kind: 'done' })
    expect(outcomes.get('sha256:stuck')).toMatchObject({ kind: 'failed' })
  })

  it('begins no batch once it is stopped', async () => {
    const images = Array.from({ length: 1000 }, (_, i) => image(String(i)))
    const { client, calls, tags } = registryWith(images)
    await run(planFor(images), client, { stopped: () => calls.length >= 2 })
    expect(calls.every(({ answered }) => answered)).toBe(true)
    expect(calls.length).toBeLessThanOrEqual(6)
    expect(tags.size).toBe(1000 - 100 * calls.length)
  })

  it('ends at an error that every batch would meet, and goes on after one that may pass', async () => {
    const images = Array.from({ length: 1000 }, (_, i) => image(String(i)))
    const failing = (code: string) => {
      const { client } = registryWith(images)
      let calls = 0
      const failed: Client = {
        ...client,
        call(operation, parameters) {
          if (operation.name === 'DescribeImages') return client.call(operation, parameters)
          if (calls++ === 0) throw serviceError(code)
          return client.call(operation, parameters)
        },
      }
      return failed
    }
    const denied = await run(planFor(images), failing('AccessDeniedException'))
    expect(denied.failure).toMatchObject({ code: 'AccessDeniedException' })
    expect(denied.outcomes.size).toBeLessThan(1000)
    const { failure, outcomes } = await run(planFor(images), failing('ServerException'))
    expect(failure).toBeUndefined()
    expect([...outcomes.values()].filter(({ kind }) => kind === 'failed')).toHaveLength(100)
  })

  it('takes all of a repository for gone that somebody deleted meanwhile', async () => {
    const images = Array.from({ length: 300 }, (_, i) => image(String(i)))
    const { client } = registryWith(images)
    const call = () => {
      throw serviceError('RepositoryNotFoundException')
    }
    const { failure, outcomes } = await run(planFor(images), { ...client, call })
    expect(failure).toBeUndefined()
    expect([...outcomes.values()]).toEqual(images.map(() => ({ kind: 'gone' })))
  })
})

it.each([
  ['ServerException', true],
  ['503', true],
  ['ChangedSincePlan', true],
  ['ImageProtected', false],
  ['AccessDeniedException', false],
  ['HolderStays', false],
])('a repeat after %s may succeed: %s', (code, may) => expect(mayPass(code)).toBe(may))
