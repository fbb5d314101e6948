import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Harness, type Json, OWNER, STRANGER, startControl } from '../testing/harness.ts'
import { pushImage } from '../testing/images.ts'

/** Long enough for ECR, which wants a hundred characters. */
const policyOf = (...selections: object[]) =>
  JSON.stringify({
    rules: selections.map((selection, index) => ({
      rulePriority: index + 1,
      description: 'a rule that a test made, in words enough',
      selection,
      action: { type: 'expire' },
    })),
  })
const untagged = { tagStatus: 'untagged', countType: 'imageCountMoreThan', countNumber: 1 }
const any = { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 1 }

let control: Harness
let repositoryName: string
let made = 0

beforeAll(async () => {
  control = await startControl()
})
afterAll(() => control.close())
beforeEach(async () => {
  repositoryName = `rules/r${made++}`
  await control.ok('CreateRepository', { repositoryName })
})

const where = () => ({ registryId: OWNER, repositoryName })

describe('a lifecycle policy', () => {
  it('is set, read, replaced and deleted', async () => {
    const [first, second] = [policyOf(untagged), policyOf(any)]
    for (const lifecyclePolicyText of [first, second]) {
      const put = await control.ok('PutLifecyclePolicy', { repositoryName, lifecyclePolicyText })
      // The policy has not run yet, and so is due now.
      const nextEvaluationAt = control.clock.time / 1000
      expect(put).toEqual({ ...where(), lifecyclePolicyText, nextEvaluationAt })
      expect(await control.ok('GetLifecyclePolicy', { repositoryName })).toEqual(put)
    }
    const deleted = await control.ok('DeleteLifecyclePolicy', { repositoryName })
    expect(deleted).toEqual({ ...where(), lifecyclePolicyText: second })
  })

  it('tells when it was last run, and when it is run next', async () => {
    await control.ok('PutLifecyclePolicy', { repositoryName, lifecyclePolicyText: policyOf(any) })
    const { metadata } = control.context
    await metadata.transaction(async rows => {
      for (const { repositoryId } of await rows.lifecycle.due(0, { limit: 100 })) {
        await rows.lifecycle.setEvaluatedAt(repositoryId, 1_700_000_000_000)
      }
    })
    const { lastEvaluatedAt, nextEvaluationAt } = await control.ok('GetLifecyclePolicy', { repositoryName })
    expect([lastEvaluatedAt, nextEvaluationAt]).toEqual([1_700_000_000, 1_700_003_600])
  })

  it.each(['GetLifecyclePolicy', 'DeleteLifecyclePolicy', 'StartLifecyclePolicyPreview'] as const)(
    'is missed by %s',
    async operation => {
      expect(await control.fails(operation, { repositoryName })).toEqual({
        status: 400,
        name: 'LifecyclePolicyNotFoundException',
        message: expect.stringContaining(repositoryName),
      })
    },
  )

  it.each([
    ['no JSON', 'x'.repeat(100)],
    ['a rule without a count', policyOf({ tagStatus: 'any', countType: 'imageCountMoreThan' })],
    ['too short a text', '{}'],
  ])('is refused: %s', async (_, lifecyclePolicyText) => {
    for (const operation of ['PutLifecyclePolicy', 'StartLifecyclePolicyPreview'] as const) {
      const failure = await control.fails(operation, { repositoryName, lifecyclePolicyText })
      expect(failure).toMatchObject({ status: 400, name: 'InvalidParameterException' })
      expect(failure.message).toMatch(/lifecyclePolicyText/i)
    }
  })

  it('may be managed by others where the policy of the repository allows it', async () => {
    const input = { registryId: OWNER, repositoryName }
    expect(await control.fails('GetLifecyclePolicy', input, STRANGER)).toMatchObject({ name: 'AccessDeniedException' })
    await control.ok('SetRepositoryPolicy', {
      repositoryName,
      policyText: JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { AWS: STRANGER }, Action: 'ecr:GetLifecyclePolicy' }],
      }),
    })
    expect(await control.fails('GetLifecyclePolicy', input, STRANGER)).toMatchObject({
      name: 'LifecyclePolicyNotFoundException',
    })
  })
})

describe('a preview', () => {
  const preview = (input: object = {}) => control.ok('GetLifecyclePolicyPreview', { repositoryName, ...input })
  const digests = (answer: Json) => (answer['previewResults'] as Json[]).map(result => result['imageDigest'])

  /** Four images, a second apart: the oldest has a tag, and so has the newest. */
  async function push(): Promise<string[]> {
    const pushed = []
    for (const tags of [['old'], [], [], ['new']]) {
      control.clock.time += 1_000
      pushed.push(await pushImage(control, repositoryName, `${repositoryName} ${pushed.length}`, ...tags))
    }
    return pushed
  }

  it('lists what would go, and by which rule', async () => {
    const [old, first] = await push()
    const lifecyclePolicyText = policyOf(untagged, any)
    const started = await control.ok('StartLifecyclePolicyPreview', { repositoryName, lifecyclePolicyText })
    expect(started).toMatchObject({ ...where(), lifecyclePolicyText, status: 'IN_PROGRESS' })
    const answer = await preview()
    expect(answer).toMatchObject({
      ...where(),
      lifecyclePolicyText,
      status: 'COMPLETE',
      nextEvaluationAt: control.clock.time / 1000,
      summary: { expiringImageTotalCount: digests(answer).length },
    })
    expect(answer['previewResults']).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          imageDigest: first,
          imageTags: [],
          appliedRulePriority: 1,
          action: { type: 'EXPIRE' },
        }),
        expect.objectContaining({ imageDigest: old, imageTags: ['old'], appliedRulePriority: 2 }),
      ]),
    )
    expect(await control.ok('DescribeImages', { repositoryName })).toMatchObject({ imageDetails: { length: 4 } })
  })

  it('goes through pages, and narrows to tags and images', async () => {
    const [old, first, second] = await push()
    await control.ok('PutLifecyclePolicy', { repositoryName, lifecyclePolicyText: policyOf(any) })
    await control.ok('StartLifecyclePolicyPreview', { repositoryName })
    const pages = [await preview({ maxResults: 2 })]
    pages.push(await preview({ nextToken: pages[0]?.['nextToken'] }))
    expect(pages.flatMap(digests).sort()).toEqual([old, first, second].sort())
    expect(pages[1]).not.toHaveProperty('nextToken')
    expect(digests(await preview({ filter: { tagStatus: 'TAGGED' } }))).toEqual([old])
    expect(digests(await preview({ filter: { tagStatus: 'UNTAGGED' } })).sort()).toEqual([first, second].sort())
    expect(digests(await preview({ imageIds: [{ imageTag: 'old' }, { imageTag: 'new' }] }))).toEqual([old])
    expect(digests(await preview({ imageIds: [{ imageDigest: first }, {}] }))).toEqual([first])
    const both = { repositoryName, imageIds: [{ imageTag: 'old' }], maxResults: 1 }
    expect(await control.fails('GetLifecyclePolicyPreview', both)).toMatchObject({ name: 'InvalidParameterException' })
  })

  it('is missed where none was started', async () => {
    expect(await control.fails('GetLifecyclePolicyPreview', { repositoryName })).toMatchObject({
      name: 'LifecyclePolicyPreviewNotFoundException',
    })
  })
})
