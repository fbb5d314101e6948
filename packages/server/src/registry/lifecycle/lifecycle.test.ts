import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runLifecyclePolicies } from '../../housekeeping/lifecycle-runner.ts'
import type { RepositoryRow } from '../../ports/rows/repositories/repositories.ts'
import { ACCOUNT, CALLER, openTemporaryRegistry, type TemporaryRegistry } from '../../testing/temporary-registry.ts'
import type { RepositoryRef } from '../context.ts'
import { refTo } from '../repositories/repository-ref.ts'
import { putSettings } from '../repositories/settings.ts'
import { findExpiring } from './evaluation.ts'
import { deleteLifecyclePolicy, getLifecyclePolicy, parsePolicyText, putLifecyclePolicy } from './policies.ts'
import { LifecyclePreviews } from './previews.ts'

const HOUR = 60 * 60 * 1000
const DAY = 24 * HOUR

let registry: TemporaryRegistry
beforeEach(async () => {
  registry = await openTemporaryRegistry()
})
afterEach(() => registry[Symbol.asyncDispose]())

const policy = (...selections: object[]) =>
  JSON.stringify({
    rules: selections.map((selection, index) => ({ rulePriority: index + 1, selection, action: { type: 'expire' } })),
  })
const UNTAGGED = { tagStatus: 'untagged', countType: 'sinceImagePushed', countUnit: 'days', countNumber: 1 }
const KEEP_TWO = { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 2 }
const repository = async (): Promise<RepositoryRow & RepositoryRef> => {
  const row = await registry.metadata.rows.repositories.get(registry.repository.id)
  if (row === undefined) throw new Error('the repository is gone')
  return { ...refTo(row), ...row }
}
const put = async (text: string) => putLifecyclePolicy(registry.context, CALLER, await repository(), text)
const run = () => runLifecyclePolicies(registry.context, { onError: error => expect.unreachable(`${error}`) })
const wait = (ms: number) => {
  registry.context.clock.time += ms
}
const live = async () =>
  (await registry.metadata.rows.images.list(registry.repository.id, { limit: 100 })).map(row => row.digest).sort()

describe('a lifecycle policy', () => {
  it('is set, read and taken away', async () => {
    const missing = { problem: { kind: 'lifecyclePolicyNotFound', name: 'tools/web', registryId: ACCOUNT } }
    await expect(getLifecyclePolicy(registry.metadata, await repository())).rejects.toMatchObject(missing)
    await put(policy(UNTAGGED))
    const row = { policyText: policy(UNTAGGED), evaluatedAt: undefined }
    expect(await getLifecyclePolicy(registry.metadata, await repository())).toMatchObject(row)
    expect(await deleteLifecyclePolicy(registry.context, CALLER, await repository())).toMatchObject(row)
    await expect(deleteLifecyclePolicy(registry.context, CALLER, await repository())).rejects.toMatchObject(missing)
  })

  it('is refused with every fault that it has', async () => {
    await expect(put('{"rules":[{"rulePriority":0},{"rulePriority":1}]}')).rejects.toMatchObject({
      problem: {
        kind: 'parameterInvalid',
        member: 'LifecyclePolicyText',
        constraint: expect.stringMatching(/^Lifecycle policy validation failure: rules\[0\]\.\S+ .*; rules\[1\]\.\S+ /),
      },
    })
  })

  it('takes what its rules say, into the bin, and leaves a record that names the rule', async () => {
    const old = await registry.addImage('old')
    const child = await registry.addImage('child')
    const index = await registry.addIndex([child])
    wait(DAY + 1)
    const fresh = await registry.addImage('fresh')
    const tagged = await registry.addImage('tagged', 'v1')
    await put(policy(UNTAGGED))
    expect(await run()).toBe(3)
    expect(await live()).toEqual([fresh, tagged].sort())
    const records = await registry.metadata.rows.audit.list({ action: 'DeleteImage' }, { limit: 10 })
    expect(records.map(({ via, principal, detail, digest }) => ({ via, principal, detail, digest }))).toEqual(
      expect.arrayContaining(
        [old, index, child].map(digest => ({ via: 'rule', principal: 'berth', detail: 'lifecycle rule 1', digest })),
      ),
    )
    expect((await registry.metadata.rows.bin.list(registry.repository.id, { limit: 10 })).length).toBe(3)
  })

  it('runs again after its interval, or when it was changed', async () => {
    await put(policy(KEEP_TWO))
    for (const seed of ['a', 'b', 'c']) await registry.addImage(seed, seed)
    expect(await run()).toBe(1)
    await registry.addImage('d', 'd')
    expect(await run()).toBe(0)
    wait(HOUR)
    expect(await run()).toBe(1)
    await registry.addImage('e', 'e')
    await put(policy({ ...KEEP_TWO, countNumber: 1 }))
    expect(await run()).toBe(2)
  })

  it('leaves protected images and what they list', async () => {
    const child = await registry.addImage('child')
    const index = await registry.addIndex([child], 'keep')
    await put(policy({ ...KEEP_TWO, countNumber: 1 }))
    const row = await repository()
    await putSettings(registry.context, CALLER, row, { protectedTags: ['keep'], immutableTags: [] })
    wait(1)
    const newest = await registry.addImage('newest', 'v1')
    expect(await run()).toBe(0)
    expect(await live()).toEqual([child, index, newest].sort())
  })

  it('leaves an image that came to have a tag since the rules looked at it', async () => {
    const digest = await registry.addImage('a')
    wait(DAY + 1)
    await put(policy(UNTAGGED))
    const { metadata } = registry
    // The tag comes between the look and the delete.
    const transaction: typeof metadata.transaction = async work => {
      if ((await metadata.rows.tags.find(registry.repository.id, [])).length === 0)
        await metadata.transaction(rows =>
          rows.tags.put([{ repositoryId: registry.repository.id, tag: 'v1' as never, digest, createdAt: 1 }]),
        )
      return metadata.transaction(work)
    }
    const context = { ...registry.context, metadata: { ...metadata, transaction } }
    const looked = await findExpiring(
      metadata,
      await repository(),
      parsePolicyText(policy(UNTAGGED)),
      context.clock.now(),
    )
    expect(looked).toHaveLength(1)
    expect(await runLifecyclePolicies(context, { onError: error => expect.unreachable(`${error}`) })).toBe(0)
    expect(await live()).toEqual([digest])
  })

  it('is carried out by one process at a time, and one that fails holds up no other', async () => {
    await registry.addImage('a')
    wait(DAY + 1)
    await put(policy(UNTAGGED))
    const { repository: other } = await registry.addRepository('other')
    await registry.metadata.transaction(rows => rows.lifecycle.set(other.id, 'no policy'))
    const errors: unknown[] = []
    const runs = await Promise.all(
      [1, 2].map(() => runLifecyclePolicies(registry.context, { onError: error => errors.push(error) })),
    )
    expect(runs.sort()).toEqual([0, 1])
    expect(errors).toHaveLength(1)
  })
})

describe('carrying out', () => {
  it('stays with the process that does it, however long it takes', async () => {
    for (let n = 0; n < 250; n++) await registry.addImage(`image ${n}`)
    wait(DAY + 1)
    await put(policy(UNTAGGED))
    const { metadata } = registry
    const others: number[] = []
    // Each transaction takes twelve seconds, and after it another process asks for the work.
    const transaction: typeof metadata.transaction = async work => {
      wait(12_000)
      const done = await metadata.transaction(work)
      others.push(await run())
      return done
    }
    const context = { ...registry.context, metadata: { ...metadata, transaction } }
    expect(await runLifecyclePolicies(context, { onError: error => expect.unreachable(`${error}`) })).toBe(250)
    expect(others.length).toBeGreaterThan(3)
    expect(Math.max(...others)).toBe(0)
  })
})

describe('a preview', () => {
  it('shows what would go, of a policy that is given or of the one in force, and changes nothing', async () => {
    const previews = new LifecyclePreviews(registry.context)
    await expect(previews.read(await repository())).rejects.toMatchObject({
      problem: { kind: 'lifecyclePreviewNotFound' },
    })
    await expect(previews.start(await repository(), undefined)).rejects.toMatchObject({
      problem: { kind: 'lifecyclePolicyNotFound' },
    })
    const first = await registry.addImage('a', 'a')
    wait(1)
    const second = await registry.addImage('b', 'b')
    await previews.start(await repository(), policy({ ...KEEP_TWO, countNumber: 1 }))
    expect((await previews.read(await repository())).images).toMatchObject([{ digest: first, rulePriority: 1 }])
    await put(policy(KEEP_TWO))
    wait(1)
    await previews.start(await repository(), undefined)
    expect(await previews.read(await repository())).toMatchObject({
      preview: { policyText: policy(KEEP_TWO) },
      images: [],
    })
    expect(await live()).toEqual([first, second].sort())
  })
})
