import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Aws, awsFor } from '../support/aws.ts'
import { berth } from '../support/berth.ts'
import { makeImage } from '../support/images.ts'
import { pushImage } from '../support/push.ts'
import { type Registry, startRegistry } from '../support/registry.ts'
import { describeWith } from '../support/tools.ts'

const REPOSITORY = ['--repository-name', 'team/web']
const FORMATS = ['json', 'text', 'table', 'yaml', 'yaml-stream']

/** Commands that change nothing, so that both programs meet the same registry. */
const commands: readonly (readonly string[])[] = [
  ...FORMATS.map(format => ['describe-images', ...REPOSITORY, '--output', format]),
  ...FORMATS.map(format => ['describe-registries', '--output', format]),
  ['describe-repositories'],
  ['describe-image-tags', ...REPOSITORY, '--max-items', '1'],
  ['describe-image-tags', ...REPOSITORY, '--page-size', '1', '--output', 'text'],
  ['describe-images', ...REPOSITORY, '--query', 'sort_by(imageDetails, &imageDigest)[].[imageDigest, imageTags]'],
  ['describe-images', ...REPOSITORY, '--image-ids', 'imageTag=v1'],
  ['describe-images', ...REPOSITORY, '--image-ids', 'imageTag=nope'],
  ['describe-images', '--repository-name', 'not/there'],
  ['batch-delete-image', ...REPOSITORY, '--image-ids', 'imageTag=nope', 'imageDigest=sha256:nope', '{}'],
  ['batch-delete-image', ...REPOSITORY, '--image-ids', 'imageTag=nope', 'imageDigest=sha256:nope'],
  ['batch-delete-image', ...REPOSITORY],
  ['create-repository', ...REPOSITORY],
  ['create-repository', '--repository-name', 'Not_Valid!'],
  ['get-repository-policy', ...REPOSITORY],
  ['get-repository-catalog-data', ...REPOSITORY],
  ['get-registry-catalog-data'],
  ['list-tags-for-resource', '--resource-arn', 'arn:aws:ecr-public::1:repository/x'],
]

describeWith(['aws'], 'berth beside aws', () => {
  let registry: Registry
  let aws: Aws

  beforeAll(async () => {
    registry = await startRegistry()
    aws = awsFor(registry)
    await registry.control('CreateRepository', { repositoryName: 'team/web' })
    for (const tag of ['v1', 'v2']) await pushImage(registry, 'team/web', makeImage(tag), tag)
  })
  afterAll(async () => {
    await registry?.[Symbol.asyncDispose]()
  })

  it.each(commands.map(command => [command.join(' '), command] as const))('%s', async (_, command) => {
    const [ours, theirs] = await Promise.all([berth(registry, command), aws.attempt(command)])
    const named = { ...ours, stderr: ours.stderr.replace(/(?<![\w/.-])berth(?![\w/-])/g, 'aws') }
    expect(named).toEqual(theirs)
  })
})
