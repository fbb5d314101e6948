/** Walks all operations of the control API: each that changes what others see, or may do, leaves a record of it. */
import { operations } from '@berth/model'
import { berthOperations } from '@berth/model/berth'
import { ecrOperations } from '@berth/model/ecr'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Harness, type Json, OWNER, startControl } from './testing/harness.ts'
import { pushImage, seedManifest } from './testing/images.ts'

const repositoryName = 'walked/web'
const resourceArn = `arn:aws:ecr-public::${OWNER}:repository/${repositoryName}`
const rule = {
  rulePriority: 1,
  selection: { tagStatus: 'untagged', countType: 'imageCountMoreThan', countNumber: 9 },
  action: { type: 'expire' },
}
const lifecyclePolicyText = JSON.stringify({ rules: [rule] })
const policyText = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: '*', Action: 'ecr-public:DescribeImages' }],
})

let control: Harness
beforeEach(async () => {
  control = await startControl()
  await control.ok('CreateRepository', { repositoryName })
  await pushImage(control, repositoryName, 'a', 'v1')
})
afterEach(() => control.close())

type Walked = keyof typeof operations | keyof typeof berthOperations | keyof typeof ecrOperations

/** Reads, gives a password, or brings bytes that no tag leads to: nothing that anybody would look for in a log. */
const SILENT: readonly Walked[] = [
  ...(['BatchCheckLayerAvailability', 'DescribeImageTags', 'DescribeImages', 'DescribeRegistries'] as const),
  ...(['DescribeRepositories', 'GetAuthorizationToken', 'GetRegistryCatalogData', 'GetRepositoryCatalogData'] as const),
  ...(['GetRepositoryPolicy', 'ListTagsForResource'] as const),
  ...(['InitiateLayerUpload', 'UploadLayerPart', 'CompleteLayerUpload'] as const),
  ...(['DescribeImagePulls', 'GetRegistrySettings', 'GetRepositorySettings'] as const),
  ...(['ListAuditRecords', 'ListDeletedImages', 'CreateSignInLink'] as const),
  ...(['GetLifecyclePolicy', 'GetLifecyclePolicyPreview', 'StartLifecyclePolicyPreview'] as const),
]

/** What each of the others is called with, what comes before, and what the record of it says. */
const LOUD: Partial<
  Record<Walked, { before?: () => Promise<unknown>; input: () => Promise<object> | object; record: Json }>
> = {
  CreateRepository: {
    input: () => ({ repositoryName: 'walked/new', tags: [{ Key: 'env', Value: 'prod' }] }),
    record: { action: 'CreateRepository', repositoryName: 'walked/new', detail: 'with {"env":"prod"}' },
  },
  DeleteRepository: { input: () => ({ repositoryName, force: true }), record: { action: 'DeleteRepository' } },
  PutImage: {
    input: async () => ({
      repositoryName,
      imageManifest: await seedManifest(control, repositoryName, 'b'),
      imageTag: 'v1',
    }),
    record: {
      action: 'OverwriteTag',
      imageTag: 'v1',
      detail: expect.stringMatching(/^it was at sha256:[0-9a-f]{64}$/),
    },
  },
  BatchDeleteImage: {
    input: () => ({ repositoryName, imageIds: [{ imageTag: 'v1' }] }),
    record: { action: 'DeleteImage', imageTag: 'v1' },
  },
  SetRepositoryPolicy: {
    input: () => ({ repositoryName, policyText }),
    record: { action: 'SetRepositoryPolicy', detail: policyText },
  },
  DeleteRepositoryPolicy: {
    before: () => control.ok('SetRepositoryPolicy', { repositoryName, policyText }),
    input: () => ({ repositoryName }),
    record: { action: 'DeleteRepositoryPolicy' },
  },
  TagResource: {
    input: () => ({ resourceArn, tags: [{ Key: 'env', Value: 'prod' }] }),
    record: { action: 'TagResource', detail: '{"env":"prod"}' },
  },
  UntagResource: {
    before: () => control.ok('TagResource', { resourceArn, tags: [{ Key: 'env', Value: 'prod' }] }),
    input: () => ({ resourceArn, tagKeys: ['env'] }),
    record: { action: 'UntagResource', detail: '["env"]' },
  },
  PutRegistryCatalogData: {
    input: () => ({ displayName: 'Acme' }),
    record: { action: 'PutRegistryCatalogData', detail: '{"displayName":"Acme"}' },
  },
  PutRepositoryCatalogData: {
    input: () => ({ repositoryName, catalogData: { description: 'x' } }),
    record: { action: 'PutRepositoryCatalogData', detail: expect.stringContaining('"description":"x"') },
  },
  PutRegistrySettings: { input: () => ({ binDays: 3 }), record: { action: 'PutRegistrySettings' } },
  PutRepositorySettings: {
    input: () => ({ repositoryName, settings: { binDays: 3 } }),
    record: { action: 'PutRepositorySettings' },
  },
  RestoreImages: {
    before: () => control.ok('BatchDeleteImage', { repositoryName, imageIds: [{ imageTag: 'v1' }] }),
    input: () => ({ repositoryName, imageIds: [{ imageTag: 'v1' }] }),
    record: { action: 'RestoreImage' },
  },
  PurgeDeletedImages: {
    before: () => control.ok('BatchDeleteImage', { repositoryName, imageIds: [{ imageTag: 'v1' }] }),
    input: () => ({ repositoryName, all: true }),
    record: { action: 'PurgeImage' },
  },
  PutLifecyclePolicy: {
    input: () => ({ repositoryName, lifecyclePolicyText }),
    record: { action: 'PutLifecyclePolicy' },
  },
  DeleteLifecyclePolicy: {
    before: () => control.ok('PutLifecyclePolicy', { repositoryName, lifecyclePolicyText }),
    input: () => ({ repositoryName }),
    record: { action: 'DeleteLifecyclePolicy' },
  },
}

describe('the audit trail', () => {
  const all = Object.keys({ ...operations, ...berthOperations, ...ecrOperations }) as Walked[]

  it('has no operation that nobody has thought about', () => {
    expect([...SILENT, ...Object.keys(LOUD)].sort()).toEqual([...all].sort())
  })

  it.each(all.filter(name => LOUD[name] !== undefined))('records %s, once', async name => {
    const { before, input, record } = LOUD[name] ?? expect.unreachable()
    await before?.()
    const list = async () => (await control.ok('ListAuditRecords', {}))['auditRecords'] as Json[]
    const recorded = (await list()).length
    await control.ok(name, await input())
    const records = (await list()).slice(recorded)
    expect(records).toEqual([expect.objectContaining(record)])
    expect(records[0]).toMatchObject({
      principal: `arn:aws:iam::${OWNER}:user/tester`,
      via: 'call',
      sourceAddress: '127.0.0.1',
    })
  })

  it('keeps a long detail by its beginning and its hash', async () => {
    const Statement = { Effect: 'Allow', Principal: '*', Action: 'ecr-public:DescribeImages' }
    const long = JSON.stringify({ Version: '2012-10-17', Statement: Array.from({ length: 20 }, () => Statement) })
    await control.ok('SetRepositoryPolicy', { repositoryName, policyText: long })
    const records = (await control.ok('ListAuditRecords', { action: 'SetRepositoryPolicy' }))['auditRecords'] as Json[]
    const detail = String(records[0]?.['detail'])
    expect(detail).toMatch(/^\{"Version":"2012-10-17".*… \(\d+ bytes, sha256:[0-9a-f]{64}\)$/)
    expect(detail.length).toBeLessThan(300)
  })
})
