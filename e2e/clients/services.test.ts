/** What Amazon ECR Public does not have: lifecycle policies by `aws ecr`, and undo by the commands of berth. */
import { writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { BERTH, berthEnvironment } from '../support/berth.ts'
import { type Registry, startRegistry } from '../support/registry.ts'
import { run, succeed } from '../support/run.ts'
import { makeScratch, type Scratch } from '../support/scratch.ts'
import { describeWith, toolPath } from '../support/tools.ts'

const repositoryName = 'team/web'
const REPOSITORY = ['--repository-name', repositoryName]
const INDEX = 'application/vnd.oci.image.index.v1+json'

const policy = (tagPrefix: string) =>
  JSON.stringify({
    rules: [
      {
        rulePriority: 7,
        description: `the newest image whose tag begins with ${tagPrefix} is kept`,
        selection: {
          ...{ tagStatus: 'tagged', tagPrefixList: [tagPrefix] },
          ...{ countType: 'imageCountMoreThan', countNumber: 1 },
        },
        action: { type: 'expire' },
      },
    ],
  })

describeWith(['aws'], 'the services beside ECR Public', () => {
  let registry: Registry
  let scratch: Scratch
  let policyFile: string
  const digests: string[] = []

  beforeAll(async () => {
    registry = await startRegistry()
    scratch = await makeScratch()
    policyFile = `file://${scratch.path('policy.json')}`
    await writeFile(scratch.path('policy.json'), policy('v'))
    await registry.control('CreateRepository', { repositoryName })
    for (const imageTag of ['v1', 'v2']) {
      const annotations = { name: imageTag }
      const imageManifest = JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests: [], annotations })
      const { image } = await registry.control('PutImage', { repositoryName, imageManifest, imageTag })
      digests.push(image.imageId.imageDigest)
    }
  })
  afterAll(async () => {
    await scratch?.[Symbol.asyncDispose]()
    await registry?.[Symbol.asyncDispose]()
  })

  const env = () => berthEnvironment(registry)
  const ecr = (args: readonly string[]) =>
    run(toolPath('aws'), ['ecr', ...args, ...REPOSITORY, '--endpoint-url', registry.url], { env: env() })
  const ecrJson = async (args: readonly string[]) => {
    const { exitCode, stdout, stderr } = await ecr(args)
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    return JSON.parse(stdout)
  }
  const berth = (args: readonly string[]) => succeed(process.execPath, [BERTH, ...args], { env: env() })
  const berthJson = async (args: readonly string[]) => JSON.parse(await berth([...args, '--output', 'json']))

  it('have aws ecr set, read and preview a lifecycle policy', async () => {
    const named = { registryId: registry.accountId, repositoryName }
    // The policy runs within seconds, and takes nothing here.
    const put = await ecrJson(['put-lifecycle-policy', '--lifecycle-policy-text', policy('nothing-')])
    expect(put).toEqual({ ...named, lifecyclePolicyText: policy('nothing-') })
    expect(await ecrJson(['get-lifecycle-policy'])).toMatchObject(put)
    const started = await ecrJson(['start-lifecycle-policy-preview', '--lifecycle-policy-text', policyFile])
    expect(started).toEqual({ ...named, lifecyclePolicyText: policy('v'), status: 'IN_PROGRESS' })
    expect((await ecr(['wait', 'lifecycle-policy-preview-complete'])).exitCode).toBe(0)
    expect(await ecrJson(['get-lifecycle-policy-preview'])).toMatchObject({
      status: 'COMPLETE',
      previewResults: [{ imageTags: ['v1'], imageDigest: digests[0], appliedRulePriority: 7 }],
      summary: { expiringImageTotalCount: 1 },
    })
  })

  it('have aws sts tell who the caller is, and aws ecr where to go instead', async () => {
    const aws = (...args: string[]) =>
      run(toolPath('aws'), [...args, '--endpoint-url', registry.url], { env: berthEnvironment(registry) })
    const { stdout } = await aws('sts', 'get-caller-identity', '--output', 'json')
    expect(JSON.parse(stdout)).toEqual({
      UserId: expect.stringMatching(/^AIDA[A-Z2-7]+$/),
      Account: registry.accountId,
      Arn: `arn:aws:iam::${registry.accountId}:user/admin`,
    })
    expect((await aws('sts', 'get-session-token')).stderr).toContain('(InvalidAction)')
    expect((await aws('ecr', 'describe-repositories')).stderr).toContain('use `aws ecr-public` in place of `aws ecr`')
  })

  it('have berth show the same preview, as a table and as JSON', async () => {
    const table = await berth(['lifecycle', 'preview', ...REPOSITORY, '--lifecycle-policy-text', policyFile])
    expect(table).toMatch(new RegExp(`^7 +${digests[0]} +v1 `, 'm'))
    expect(table).toMatch(
      /^1 image of team\/web would be deleted\.\nThe next run of the policy, once it is put, is due at 2/m,
    )
    expect(await berthJson(['lifecycle', 'preview', ...REPOSITORY])).toMatchObject({
      previewResults: [],
      summary: { expiringImageTotalCount: 0 },
    })
  })

  it('have aws ecr delete the policy, and tell that there is none', async () => {
    expect(await ecrJson(['delete-lifecycle-policy'])).toMatchObject({ lifecyclePolicyText: policy('nothing-') })
    const { exitCode, stderr } = await ecr(['get-lifecycle-policy'])
    expect(exitCode).toBe(254)
    expect(stderr).toContain('An error occurred (LifecyclePolicyNotFoundException) when calling the GetLifecyclePolicy')
  })

  it('refuse the other operations of aws ecr', async () => {
    const { exitCode, stderr } = await ecr(['describe-images'])
    expect(exitCode).toBe(254)
    expect(stderr).toContain('UnknownOperationException')
  })

  it('have berth restore what was deleted, and tell who did what', async () => {
    await registry.control('BatchDeleteImage', { repositoryName, imageIds: [{ imageTag: 'v1' }] })
    const deleted = await berthJson(['images', 'deleted', ...REPOSITORY])
    expect(deleted).toMatchObject({ deletedImages: [{ imageDigest: digests[0], imageTags: ['v1'] }] })
    const restored = await berthJson(['images', 'restore', ...REPOSITORY, '--image-ids', 'imageTag=v1'])
    expect(restored).toMatchObject({ restoredImages: [{ imageDigest: digests[0], imageTags: ['v1'] }], failures: [] })
    const actions = await berth([
      ...['audit', '--repository-name', repositoryName],
      ...['--query', 'auditRecords[].action', '--output', 'text'],
    ])
    expect(actions.trim().split('\t')).toEqual([
      'CreateRepository',
      'PutLifecyclePolicy',
      'DeleteLifecyclePolicy',
      'DeleteImage',
      'RestoreImage',
    ])
  })

  it('have berth keep protected tags from being deleted', async () => {
    const settings = ['--settings', 'binDays=1,protectedTags=v*,!v2']
    expect(await berthJson(['settings', 'put', ...REPOSITORY, ...settings])).toMatchObject({ effectiveBinDays: 1 })
    const { failures, imageIds } = await registry.control('BatchDeleteImage', {
      repositoryName,
      imageIds: [{ imageTag: 'v1' }, { imageTag: 'v2' }],
    })
    expect(failures).toMatchObject([{ imageId: { imageTag: 'v1' } }])
    expect(imageIds).toMatchObject([{ imageTag: 'v2' }])
  })

  it('have berth take a tag back that was pushed over', async () => {
    const repository = { repositoryName: 'team/moved' }
    await registry.control('CreateRepository', repository)
    const push = async (name: string): Promise<string> => {
      const document = { schemaVersion: 2, mediaType: INDEX, manifests: [], annotations: { name } }
      const push = { ...repository, imageManifest: JSON.stringify(document), imageTag: 'latest' }
      return (await registry.control('PutImage', push)).image.imageId.imageDigest
    }
    const [older, newer] = [await push('older'), await push('newer')]
    const REPOSITORY = ['--repository-name', repository.repositoryName]
    const table = await berth(['images', 'deleted', ...REPOSITORY])
    expect(table).toMatch(new RegExp(`^team/moved +latest .* user/admin +tag moved to ${newer} +${older}$`, 'm'))
    expect(table).toContain('0 deleted images and 1 tag can be restored.')
    const restore = (ids: string) => berthJson(['images', 'restore', ...REPOSITORY, '--image-ids', ids])
    const taken = [{ imageTag: 'latest', imageDigest: newer }]
    expect(await restore('imageTag=latest')).toMatchObject({
      restoredImages: [{ imageDigest: older, imageTags: [], takenTags: taken }],
    })
    expect(await restore(`imageDigest=${older},imageTag=latest`)).toMatchObject({
      restoredImages: [{ imageDigest: older, imageTags: ['latest'], takenTags: [] }],
      failures: [],
    })
    const { imageDetails } = await registry.control('DescribeImages', {
      ...repository,
      imageIds: [{ imageTag: 'latest' }],
    })
    expect(imageDetails).toMatchObject([{ imageDigest: older }])
  })
})
