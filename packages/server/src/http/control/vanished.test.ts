import { operations as model } from '@berth/model'
import { berthOperations } from '@berth/model/berth'
import { ecrOperations } from '@berth/model/ecr'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { digestOf } from '../../domain/digest.ts'
import { OCI_MANIFEST } from '../../domain/manifest/media-types.ts'
import { parseRepositoryName } from '../../domain/names.ts'
import { type Harness, OWNER, startControl } from './testing/harness.ts'

let control: Harness
beforeEach(async () => {
  control = await startControl()
})
afterEach(() => control.close())

const repositoryName = 'tools/web'
const resourceArn = `arn:aws:ecr-public::${OWNER}:repository/${repositoryName}`
const allow = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: '*', Action: 'ecr-public:DescribeImages' }],
})
const rule = JSON.stringify({
  rules: [
    {
      rulePriority: 1,
      selection: { tagStatus: 'untagged', countType: 'imageCountMoreThan', countNumber: 1 },
      action: { type: 'expire' },
    },
  ],
})
const config = { mediaType: 'application/vnd.oci.image.config.v1+json', digest: digestOf('{}'), size: 2 }
const imageManifest = JSON.stringify({ schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers: [] })
const imageIds = [{ imageTag: 'v1' }]

/** Every operation on one repository. */
const operations = {
  BatchCheckLayerAvailability: { layerDigests: [config.digest] },
  BatchDeleteImage: { imageIds },
  CompleteLayerUpload: { layerDigests: [config.digest] },
  DeleteLifecyclePolicy: {},
  DeleteRepository: { force: true },
  DeleteRepositoryPolicy: {},
  DescribeImagePulls: {},
  DescribeImageTags: {},
  DescribeImages: {},
  GetLifecyclePolicy: {},
  GetLifecyclePolicyPreview: {},
  GetRepositoryCatalogData: {},
  GetRepositoryPolicy: {},
  GetRepositorySettings: {},
  InitiateLayerUpload: {},
  ListDeletedImages: {},
  ListTagsForResource: { resourceArn },
  PurgeDeletedImages: { all: true },
  PutImage: { imageManifest, imageTag: 'v2' },
  PutLifecyclePolicy: { lifecyclePolicyText: rule },
  PutRepositoryCatalogData: { catalogData: { description: 'x' } },
  PutRepositorySettings: { settings: { binDays: 1 } },
  RestoreImages: { imageIds },
  SetRepositoryPolicy: { policyText: allow },
  StartLifecyclePolicyPreview: { lifecyclePolicyText: rule },
  TagResource: { resourceArn, tags: [{ Key: 'a', Value: 'b' }] },
  UntagResource: { resourceArn, tagKeys: ['a'] },
  UploadLayerPart: { partFirstByte: 0, partLastByte: 1, layerPartBlob: Buffer.from('{}').toString('base64') },
} as const
type Name = keyof typeof operations

/** Deletes the repository as soon as it was looked up. */
function deleteOnceFound(): void {
  const { metadata, clock } = control.context
  const { repositories } = metadata.rows
  const find = repositories.find.bind(repositories)
  Object.assign(repositories, {
    async find(...args: Parameters<typeof find>) {
      const row = await find(...args)
      Object.assign(repositories, { find })
      if (row !== undefined) await metadata.transaction(rows => rows.hiddenRepositories.delete(row.id, clock.now()))
      return row
    },
  })
}

it.each(Object.keys(operations) as Name[])('%s hears of a repository that vanished under it', async name => {
  const input = operations[name]
  await control.ok('CreateRepository', { repositoryName })
  const { uploadId } = await control.ok('InitiateLayerUpload', { repositoryName })
  const part = { uploadId, repositoryName, ...operations.UploadLayerPart }
  await control.ok('UploadLayerPart', part)
  await control.ok('CompleteLayerUpload', { uploadId, repositoryName, ...operations.CompleteLayerUpload })
  await control.ok('PutImage', { repositoryName, imageManifest, imageTag: 'v1' })
  await control.ok('SetRepositoryPolicy', { repositoryName, policyText: allow })
  await control.ok('PutLifecyclePolicy', { repositoryName, lifecyclePolicyText: rule })
  await control.ok('StartLifecyclePolicyPreview', { repositoryName })
  await control.ok('PutRepositoryCatalogData', { repositoryName, ...operations.PutRepositoryCatalogData })
  const another = await control.ok('InitiateLayerUpload', { repositoryName })
  await control.ok('UploadLayerPart', { ...part, uploadId: another['uploadId'] })

  deleteOnceFound()
  const named = 'resourceArn' in input ? {} : { repositoryName, uploadId: another['uploadId'] }
  const { name: exception, message } = await control.fails(name, { ...named, ...input })
  expect([exception, message]).toEqual([
    'RepositoryNotFoundException',
    `The repository with name '${repositoryName}' does not exist in the registry with id '${OWNER}'`,
  ])
  expect(
    await control.context.metadata.rows.repositories.find(OWNER, parseRepositoryName(repositoryName)),
  ).toBeUndefined()
})

it('walks every operation that must name a repository', () => {
  const all = Object.entries({ ...model, ...berthOperations, ...ecrOperations })
  const named = all.filter(([, { input }]) => 'repositoryName' in input.members || 'resourceArn' in input.members)
  const walked = new Set<string>([...Object.keys(operations), 'CreateRepository', 'ListAuditRecords'])
  expect(named.map(([name]) => name).filter(name => !walked.has(name))).toEqual([])
})
