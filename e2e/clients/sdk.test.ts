import { randomBytes } from 'node:crypto'
import {
  BatchCheckLayerAvailabilityCommand,
  BatchDeleteImageCommand,
  CompleteLayerUploadCommand,
  CreateRepositoryCommand,
  DeleteRepositoryCommand,
  DeleteRepositoryPolicyCommand,
  DescribeImagesCommand,
  DescribeRegistriesCommand,
  DescribeRepositoriesCommand,
  ECRPUBLICClient,
  GetAuthorizationTokenCommand,
  GetRegistryCatalogDataCommand,
  GetRepositoryCatalogDataCommand,
  GetRepositoryPolicyCommand,
  InitiateLayerUploadCommand,
  LayerAlreadyExistsException,
  ListTagsForResourceCommand,
  PutImageCommand,
  PutRegistryCatalogDataCommand,
  PutRepositoryCatalogDataCommand,
  paginateDescribeImageTags,
  RepositoryAlreadyExistsException,
  RepositoryNotEmptyException,
  RepositoryNotFoundException,
  RepositoryPolicyNotFoundException,
  SetRepositoryPolicyCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UploadLayerPartCommand,
} from '@aws-sdk/client-ecr-public'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeImage, makeIndex, sha256 } from '../support/images.ts'
import { type Anonymous, anonymous } from '../support/oci.ts'
import { type Registry, startRegistry } from '../support/registry.ts'

/** Every operation through the official JavaScript client, each judged by what another operation or a reader sees. */
describe('the AWS SDK for JavaScript', () => {
  let registry: Registry
  let client: ECRPUBLICClient
  let reader: Anonymous

  beforeAll(async () => {
    registry = await startRegistry()
    const { accessKeyId, secretAccessKey } = registry
    client = new ECRPUBLICClient({
      endpoint: registry.url,
      region: 'us-east-1',
      credentials: { accessKeyId, secretAccessKey },
      maxAttempts: 1,
    })
    reader = await anonymous(registry.url)
  })
  afterAll(async () => {
    client?.destroy()
    await registry?.[Symbol.asyncDispose]()
  })

  const create = async (repositoryName: string) => {
    const { repository } = await client.send(new CreateRepositoryCommand({ repositoryName }))
    return { name: repositoryName, arn: repository?.repositoryArn ?? '', path: `${registry.alias}/${repositoryName}` }
  }
  const upload = async (repositoryName: string, bytes: Buffer, partSize = bytes.length) => {
    const { uploadId } = await client.send(new InitiateLayerUploadCommand({ repositoryName }))
    for (let first = 0; first < bytes.length; first += partSize) {
      const layerPartBlob = bytes.subarray(first, first + partSize)
      const last = first + layerPartBlob.length - 1
      const range = { partFirstByte: first, partLastByte: last, layerPartBlob }
      const part = await client.send(new UploadLayerPartCommand({ repositoryName, uploadId, ...range }))
      expect(part.lastByteReceived).toBe(last)
    }
    const layerDigests = [sha256(bytes)]
    return client.send(new CompleteLayerUploadCommand({ repositoryName, uploadId, layerDigests }))
  }
  const push = async (repositoryName: string, seed: string, ...tags: string[]) => {
    const image = makeImage(seed)
    const imageManifest = image.blobs.get(image.manifest.digest)?.toString()
    for (const { digest } of [image.config, ...image.layers]) {
      await upload(repositoryName, image.blobs.get(digest) ?? Buffer.alloc(0))
    }
    for (const imageTag of tags) await client.send(new PutImageCommand({ repositoryName, imageManifest, imageTag }))
    return image
  }

  it('CreateRepository and DescribeRepositories', async () => {
    const before = Date.now() - 1000
    await create('life/one')
    const found = await client.send(new DescribeRepositoriesCommand({ repositoryNames: ['life/one'] }))
    expect(found.repositories).toMatchObject([{ repositoryName: 'life/one', registryId: registry.accountId }])
    expect(found.repositories?.[0]?.createdAt?.getTime()).toBeGreaterThan(before)
    await expect(create('life/one')).rejects.toThrow(RepositoryAlreadyExistsException)
  })

  it('DeleteRepository', async () => {
    const { name: repositoryName, path } = await create('life/two')
    const { manifest } = await push(repositoryName, 'two', 'v1')
    await expect(client.send(new DeleteRepositoryCommand({ repositoryName }))).rejects.toThrow(
      RepositoryNotEmptyException,
    )
    await client.send(new DeleteRepositoryCommand({ repositoryName, force: true }))
    const lookUp = client.send(new DescribeRepositoriesCommand({ repositoryNames: [repositoryName] }))
    await expect(lookUp).rejects.toThrow(RepositoryNotFoundException)
    expect(await reader.digestOf(path, manifest.digest)).toBeUndefined()
  })

  it('DescribeRegistries', async () => {
    const { registries } = await client.send(new DescribeRegistriesCommand({}))
    const [own] = registries ?? []
    expect(own).toMatchObject({
      registryId: registry.accountId,
      registryArn: `arn:aws:ecr-public::${registry.accountId}:registry/${registry.accountId}`,
    })
    expect(own?.aliases?.filter(alias => alias.primaryRegistryAlias)).toMatchObject([
      { name: registry.alias, status: 'ACTIVE' },
    ])
  })

  it('GetAuthorizationToken', async () => {
    const { path } = await create('token')
    const { authorizationData } = await client.send(new GetAuthorizationTokenCommand({}))
    const token = authorizationData?.authorizationToken ?? ''
    expect(Buffer.from(token, 'base64').toString()).toMatch(/^AWS:ey[^:]+$/)
    const hours = ((authorizationData?.expiresAt?.getTime() ?? 0) - Date.now()) / 3_600_000
    expect(hours).toBeGreaterThan(11)
    expect(hours).toBeLessThanOrEqual(12.01)
    for (const authorization of [`Basic ${token}`, `Bearer ${token}`]) {
      const post = { method: 'POST', headers: { authorization } }
      expect((await fetch(`${registry.url}/v2/${path}/blobs/uploads/`, post)).status).toBe(202)
    }
  })

  it('InitiateLayerUpload, UploadLayerPart and CompleteLayerUpload', async () => {
    const { name, path } = await create('upload')
    const bytes = randomBytes(12 * 1024 * 1024)
    const done = await upload(name, bytes, 5 * 1024 * 1024)
    expect(done).toMatchObject({ layerDigest: sha256(bytes), repositoryName: name, registryId: registry.accountId })
    const stored = await reader.get(`${path}/blobs/${sha256(bytes)}`)
    expect(sha256(Buffer.from(await stored.arrayBuffer()))).toBe(sha256(bytes))
    await expect(upload(name, bytes, 5 * 1024 * 1024)).rejects.toThrow(LayerAlreadyExistsException)
  })

  it('BatchCheckLayerAvailability', async () => {
    const { name: repositoryName } = await create('check')
    const bytes = randomBytes(10)
    await upload(repositoryName, bytes)
    const absent = sha256('absent')
    const layerDigests = [sha256(bytes), absent]
    const { layers } = await client.send(new BatchCheckLayerAvailabilityCommand({ repositoryName, layerDigests }))
    const states = Object.fromEntries((layers ?? []).map(layer => [layer.layerDigest, layer.layerAvailability]))
    expect(states).toEqual({ [sha256(bytes)]: 'AVAILABLE', [absent]: 'UNAVAILABLE' })
  })

  it('PutImage, DescribeImages and DescribeImageTags', async () => {
    const { name: repositoryName, path } = await create('images')
    const { manifest, layers, config } = await push(repositoryName, 'images', 'b', 'a')
    expect(await reader.digestOf(path, 'b')).toBe(manifest.digest)

    const { imageDetails } = await client.send(
      new DescribeImagesCommand({ repositoryName, imageIds: [{ imageTag: 'a' }] }),
    )
    const [detail] = imageDetails ?? []
    expect(detail).toMatchObject({
      imageDigest: manifest.digest,
      imageManifestMediaType: manifest.mediaType,
      artifactMediaType: config.mediaType,
      registryId: registry.accountId,
    })
    expect([...(detail?.imageTags ?? [])].sort()).toEqual(['a', 'b'])
    const layerBytes = layers.reduce((total, layer) => total + layer.size, 0)
    expect(detail?.imageSizeInBytes).toBeGreaterThanOrEqual(layerBytes)
    expect(detail?.imagePushedAt).toBeInstanceOf(Date)

    const tags: (string | undefined)[] = []
    for await (const page of paginateDescribeImageTags({ client, pageSize: 1 }, { repositoryName })) {
      expect(page.imageTagDetails).toHaveLength(1)
      tags.push(...(page.imageTagDetails ?? []).map(row => row.imageTag))
    }
    expect(tags.sort()).toEqual(['a', 'b'])
  })

  it('BatchDeleteImage', async () => {
    const { name: repositoryName, path } = await create('removal')
    const { index, images, blobs } = makeIndex('removal', ['amd64', 'arm64'])
    for (const { config, layers, manifest } of images) {
      for (const { digest } of [config, ...layers]) await upload(repositoryName, blobs.get(digest) ?? Buffer.alloc(0))
      const imageManifest = blobs.get(manifest.digest)?.toString()
      await client.send(new PutImageCommand({ repositoryName, imageManifest }))
    }
    const imageManifest = blobs.get(index.digest)?.toString()
    await client.send(new PutImageCommand({ repositoryName, imageManifest, imageTag: 'multi' }))

    const imageIds = images.map(({ manifest }) => ({ imageDigest: manifest.digest }))
    const refused = await client.send(new BatchDeleteImageCommand({ repositoryName, imageIds }))
    expect(refused.imageIds).toEqual([])
    expect(refused.failures?.map(failure => failure.failureCode)).toEqual(
      imageIds.map(() => 'ImageReferencedByManifestList'),
    )
    const byTag = { repositoryName, imageIds: [{ imageTag: 'multi' }] }
    const removed = await client.send(new BatchDeleteImageCommand(byTag))
    expect(removed.imageIds).toEqual([{ imageDigest: index.digest, imageTag: 'multi' }])
    expect(await reader.digestOf(path, index.digest)).toBeUndefined()
    const rest = await client.send(new BatchDeleteImageCommand({ repositoryName, imageIds }))
    expect(rest.failures).toEqual([])
    const { imageDetails } = await client.send(new DescribeImagesCommand({ repositoryName }))
    expect(imageDetails).toEqual([])
  })

  it('SetRepositoryPolicy, GetRepositoryPolicy and DeleteRepositoryPolicy', async () => {
    const { name: repositoryName } = await create('policy')
    const ask = () => client.send(new GetRepositoryPolicyCommand({ repositoryName }))
    await expect(ask()).rejects.toThrow(RepositoryPolicyNotFoundException)
    const statement = { Sid: 'One', Effect: 'Allow', Principal: '*', Action: ['ecr-public:DescribeImages'] }
    const policyText = JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
    await client.send(new SetRepositoryPolicyCommand({ repositoryName, policyText }))
    const stored = await ask()
    expect(JSON.parse(stored.policyText ?? '')).toMatchObject({ Statement: [{ Sid: 'One' }] })
    const removed = await client.send(new DeleteRepositoryPolicyCommand({ repositoryName }))
    expect(removed.policyText).toBe(stored.policyText)
    await expect(ask()).rejects.toThrow(RepositoryPolicyNotFoundException)
  })

  it('PutRepositoryCatalogData and GetRepositoryCatalogData', async () => {
    const { name: repositoryName } = await create('catalog')
    const catalogData = {
      description: 'A web server',
      architectures: ['ARM 64', 'x86-64'],
      operatingSystems: ['Linux'],
      aboutText: '# About\n',
      usageText: '# Usage\n',
    }
    await client.send(new PutRepositoryCatalogDataCommand({ repositoryName, catalogData }))
    const stored = await client.send(new GetRepositoryCatalogDataCommand({ repositoryName }))
    expect(stored.catalogData).toMatchObject(catalogData)
  })

  it('PutRegistryCatalogData and GetRegistryCatalogData', async () => {
    await client.send(new PutRegistryCatalogDataCommand({ displayName: 'Harbour' }))
    const stored = await client.send(new GetRegistryCatalogDataCommand({}))
    expect(stored.registryCatalogData).toMatchObject({ displayName: 'Harbour' })
  })

  it('TagResource, UntagResource and ListTagsForResource', async () => {
    const { arn: resourceArn } = await create('tagged')
    const list = async () => {
      const { tags } = await client.send(new ListTagsForResourceCommand({ resourceArn }))
      return Object.fromEntries((tags ?? []).map(tag => [tag.Key, tag.Value]))
    }
    const tags = [
      { Key: 'team', Value: 'web' },
      { Key: 'stage', Value: '' },
    ]
    await client.send(new TagResourceCommand({ resourceArn, tags }))
    await client.send(new TagResourceCommand({ resourceArn, tags: [{ Key: 'team', Value: 'core' }] }))
    expect(await list()).toEqual({ team: 'core', stage: '' })
    await client.send(new UntagResourceCommand({ resourceArn, tagKeys: ['stage', 'absent'] }))
    expect(await list()).toEqual({ team: 'core' })
  })
})
