import { writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Aws, awsFor } from '../support/aws.ts'
import { makeImage } from '../support/images.ts'
import { type Anonymous, anonymous } from '../support/oci.ts'
import { pushImage } from '../support/push.ts'
import { type Registry, startRegistry } from '../support/registry.ts'
import { makeScratch, type Scratch } from '../support/scratch.ts'
import { describeWith } from '../support/tools.ts'

describeWith(['aws'], 'aws', () => {
  let registry: Registry
  let scratch: Scratch
  let reader: Anonymous
  let aws: Aws

  beforeAll(async () => {
    registry = await startRegistry()
    scratch = await makeScratch()
    reader = await anonymous(registry.url)
    aws = awsFor(registry)
  })
  afterAll(async () => {
    await scratch?.[Symbol.asyncDispose]()
    await registry?.[Symbol.asyncDispose]()
  })

  const named = (repositoryName: string) => ['--repository-name', repositoryName]
  const create = (repositoryName: string) => registry.control('CreateRepository', { repositoryName })

  it('creates a repository and describes it', async () => {
    const { repository, catalogData } = await aws.json(['create-repository', ...named('team/app')])
    expect(repository).toMatchObject({
      repositoryName: 'team/app',
      registryId: registry.accountId,
      repositoryArn: `arn:aws:ecr-public::${registry.accountId}:repository/team/app`,
    })
    expect(repository.repositoryUri).toMatch(/\/team\/app$/)
    expect(catalogData).toEqual({})
    const { repositories } = await aws.json(['describe-repositories', '--repository-names', 'team/app'])
    expect(repositories).toEqual([repository])
  })

  it('describes the registry', async () => {
    const { registries } = await aws.json(['describe-registries'])
    expect(registries).toHaveLength(1)
    expect(registries[0]).toMatchObject({ registryId: registry.accountId })
    expect(registries[0].aliases.map((alias: { name: string }) => alias.name)).toContain(registry.alias)
  })

  it('uploads layers from files and puts an image, which anyone can then pull', async () => {
    await create('layers')
    const { blobs, config, layers, manifest } = makeImage('layers')
    for (const { digest, size } of [config, ...layers]) {
      await writeFile(scratch.path('part'), blobs.get(digest) ?? '')
      const { uploadId } = await aws.json(['initiate-layer-upload', ...named('layers')])
      const upload = [...named('layers'), '--upload-id', uploadId]
      const range = ['--part-first-byte', '0', '--part-last-byte', String(size - 1)]
      const part = ['--layer-part-blob', `fileb://${scratch.path('part')}`]
      const { lastByteReceived } = await aws.json(['upload-layer-part', ...upload, ...range, ...part])
      expect(lastByteReceived).toBe(size - 1)
      const completed = await aws.json(['complete-layer-upload', ...upload, '--layer-digests', digest])
      expect(completed.layerDigest).toBe(digest)
    }
    await writeFile(scratch.path('manifest.json'), blobs.get(manifest.digest) ?? '')
    const image = ['--image-manifest', `file://${scratch.path('manifest.json')}`, '--image-tag', 'v1']
    const put = await aws.json(['put-image', ...named('layers'), ...image])
    expect(put.image.imageId).toEqual({ imageDigest: manifest.digest, imageTag: 'v1' })

    const digests = [...layers.map(layer => layer.digest), `sha256:${'0'.repeat(64)}`]
    const found = await aws.json(['batch-check-layer-availability', ...named('layers'), '--layer-digests', ...digests])
    expect(found.layers.map((layer: { layerAvailability: string }) => layer.layerAvailability).sort()).toEqual([
      'AVAILABLE',
      'AVAILABLE',
      'UNAVAILABLE',
    ])
    const { imageDetails } = await aws.json(['describe-images', ...named('layers')])
    expect(imageDetails).toHaveLength(1)
    expect(imageDetails[0]).toMatchObject({ imageDigest: manifest.digest, imageTags: ['v1'] })
    const { imageTagDetails } = await aws.json(['describe-image-tags', ...named('layers')])
    expect(imageTagDetails).toMatchObject([{ imageTag: 'v1', imageDetail: { imageDigest: manifest.digest } }])
    for (const { digest, size } of layers) {
      const blob = await reader.get(`${registry.alias}/layers/blobs/${digest}`)
      expect((await blob.arrayBuffer()).byteLength).toBe(size)
    }
  })

  it('deletes a batch, exits with 0 although part of it failed, and reports both parts', async () => {
    await create('batch')
    const image = makeImage('batch')
    await pushImage(registry, 'batch', image, 'v1')
    const ids = ['--image-ids', 'imageTag=v1', 'imageTag=absent']
    expect(await aws.json(['batch-delete-image', ...named('batch'), ...ids])).toMatchObject({
      imageIds: [{ imageDigest: image.manifest.digest, imageTag: 'v1' }],
      failures: [{ imageId: { imageTag: 'absent' }, failureCode: 'ImageNotFound' }],
    })
    expect(await reader.digestOf(`${registry.alias}/batch`, image.manifest.digest)).toBeUndefined()
  })

  it('prints a password that works as a bearer of the user', async () => {
    const password = await aws.text(['get-login-password'])
    expect(password).toMatch(/^ey[^:\s]+$/)
    const authorization = `Basic ${Buffer.from(`AWS:${password}`).toString('base64')}`
    const started = await fetch(`${registry.url}/v2/${registry.alias}/team/app/blobs/uploads/`, {
      method: 'POST',
      headers: { authorization },
    })
    expect(started.status).toBe(202)
  })

  it('pages through what is listed', async () => {
    for (const number of [1, 2, 3]) await create(`paged/${number}`)
    const all = await aws.json([
      'describe-repositories',
      '--page-size',
      '1',
      '--query',
      'repositories[].repositoryName',
    ])
    expect(all.filter((name: string) => name.startsWith('paged/'))).toEqual(['paged/1', 'paged/2', 'paged/3'])
  })

  it.each([
    ['a repository that is not there', ['describe-images', ...named('absent')], 'RepositoryNotFoundException'],
    ['a name that is taken', ['create-repository', ...named('team/app')], 'RepositoryAlreadyExistsException'],
    ['a name that breaks the rule', ['create-repository', ...named('Bad')], 'InvalidParameterException'],
    ['an upload that is not there', uploadPart(), 'UploadNotFoundException'],
  ])('exits with 254 for %s', async (_, args, code) => {
    const { exitCode, stderr, stdout } = await aws.attempt(args)
    expect(exitCode).toBe(254)
    expect(stdout).toBe('')
    expect(stderr).toContain(`An error occurred (${code}) when calling the `)
  })

  it('is refused with a secret that is not its own', async () => {
    const wrong = { accessKeyId: registry.accessKeyId, secretAccessKey: 'x'.repeat(40) }
    const { exitCode, stderr } = await aws.attempt(['describe-registries'], wrong)
    expect(exitCode).toBe(254)
    expect(stderr).toMatch(/\((InvalidSignatureException|SignatureDoesNotMatch)\)/)
  })

  it('deletes a repository with its images only when forced', async () => {
    await create('full')
    await pushImage(registry, 'full', makeImage('full'), 'v1')
    const { exitCode, stderr } = await aws.attempt(['delete-repository', ...named('full')])
    expect([exitCode, stderr]).toEqual([254, expect.stringContaining('(RepositoryNotEmptyException)')])
    const { repository } = await aws.json(['delete-repository', ...named('full'), '--force'])
    expect(repository.repositoryName).toBe('full')
    expect((await aws.attempt(['describe-images', ...named('full')])).exitCode).toBe(254)
  })
})

function uploadPart(): string[] {
  const upload = ['--repository-name', 'team/app', '--upload-id', '00000000-0000-4000-8000-000000000000']
  const range = ['--part-first-byte', '0', '--part-last-byte', '0', '--layer-part-blob', 'AA==']
  return ['upload-layer-part', ...upload, ...range]
}
