import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { digestOf } from '../../../domain/digest.ts'
import { type Harness, type Json, OWNER, STRANGER, startControl } from '../testing/harness.ts'
import { IMAGE, INDEX, indexOf, push, pushImage, seedManifest } from '../testing/images.ts'

let control: Harness
beforeAll(async () => {
  control = await startControl({ imagesPerRepository: 60, tagsPerImage: 3 })
})
afterAll(() => control.close())

const absent = digestOf('never pushed')

async function repository(name: string): Promise<string> {
  await control.ok('CreateRepository', { repositoryName: name })
  return name
}

const digestsOf = (output: Json) => (output['imageDetails'] as Json[]).map(row => row['imageDigest'])

describe('BatchDeleteImage', () => {
  it('deletes by tag and by digest, and reports one row a tag', async () => {
    const repositoryName = await repository('delete')
    const kept = await pushImage(control, repositoryName, 'kept', 'old', 'stays')
    const byTag = await pushImage(control, repositoryName, 'by tag', 'only')
    const byDigest = await pushImage(control, repositoryName, 'by digest', 'a', 'b')
    const untagged = await pushImage(control, repositoryName, 'untagged')
    const output = await control.ok('BatchDeleteImage', {
      repositoryName,
      imageIds: [{ imageTag: 'old' }, { imageTag: 'only' }, { imageDigest: byDigest }, { imageDigest: untagged }],
    })
    expect(output['failures']).toEqual([])
    expect(output['imageIds']).toHaveLength(5)
    expect(output['imageIds']).toEqual(
      expect.arrayContaining([
        { imageDigest: kept, imageTag: 'old' },
        { imageDigest: byTag, imageTag: 'only' },
        { imageDigest: byDigest, imageTag: 'a' },
        { imageDigest: byDigest, imageTag: 'b' },
        { imageDigest: untagged },
      ]),
    )
    const left = await control.ok('DescribeImages', { repositoryName })
    expect(left['imageDetails']).toMatchObject([{ imageDigest: kept, imageTags: ['stays'] }])
  })

  it('words every failure', async () => {
    const repositoryName = await repository('failures')
    const child = await pushImage(control, repositoryName, 'child', 'child')
    const other = await pushImage(control, repositoryName, 'other', 'other')
    const index = await push(control, repositoryName, indexOf(child))
    const ids: [Json, string, string][] = [
      [{ imageTag: 'missing' }, 'ImageNotFound', 'Requested image not found'],
      [{ imageDigest: absent }, 'ImageNotFound', 'Requested image not found'],
      [{ imageDigest: 'sha256:ab' }, 'ImageNotFound', 'Requested image not found'],
      [
        { imageDigest: 'nonsense' },
        'InvalidImageDigest',
        "Invalid request parameters: image digest should satisfy the regex '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'",
      ],
      [
        { imageTag: '-bad' },
        'InvalidImageTag',
        "Invalid request parameters: image tag should satisfy the regex '[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}'",
      ],
      [{}, 'MissingDigestAndTag', 'Invalid request parameters: both tag and digest cannot be null'],
      [
        { imageTag: 'other', imageDigest: child },
        'ImageTagDoesNotMatchDigest',
        'Invalid request parameters: given tag does not map to the given digest',
      ],
      [
        { imageDigest: child },
        'ImageReferencedByManifestList',
        `Requested image referenced by manifest list: [${index}]`,
      ],
    ]
    const output = await control.ok('BatchDeleteImage', { repositoryName, imageIds: ids.map(([id]) => id) })
    expect(output['imageIds']).toEqual([])
    expect(output['failures']).toHaveLength(ids.length)
    expect(output['failures']).toEqual(
      expect.arrayContaining(
        ids.map(([imageId, failureCode, failureReason]) => ({ imageId, failureCode, failureReason })),
      ),
    )
    expect(digestsOf(await control.ok('DescribeImages', { repositoryName })).toSorted()).toEqual(
      [child, other, index].toSorted(),
    )
  })

  it('takes an index and its children in one call', async () => {
    const repositoryName = await repository('index')
    const child = await pushImage(control, repositoryName, 'child')
    const index = await push(control, repositoryName, indexOf(child), 'multi')
    const output = await control.ok('BatchDeleteImage', {
      repositoryName,
      imageIds: [{ imageDigest: child }, { imageTag: 'multi' }],
    })
    expect(output['failures']).toEqual([])
    expect(output['imageIds']).toEqual(
      expect.arrayContaining([{ imageDigest: child }, { imageDigest: index, imageTag: 'multi' }]),
    )
  })

  it('refuses more than 100 ids, and none, and deletes nothing', async () => {
    const repositoryName = await repository('too-many')
    const digest = await pushImage(control, repositoryName, 'one')
    const imageIds = [
      { imageDigest: digest },
      ...Array.from({ length: 100 }, (_, index) => ({ imageTag: `t${index}` })),
    ]
    expect(await control.fails('BatchDeleteImage', { repositoryName, imageIds })).toEqual({
      status: 400,
      name: 'InvalidParameterException',
      message: `Invalid parameter at 'imageIds' failed to satisfy constraint: 'Member must have length less than or equal to 100'`,
    })
    expect(await control.fails('BatchDeleteImage', { repositoryName, imageIds: [] })).toMatchObject({
      message: `Invalid parameter at 'imageIds' failed to satisfy constraint: 'Member must have length greater than or equal to 1'`,
    })
    expect(digestsOf(await control.ok('DescribeImages', { repositoryName }))).toEqual([digest])
  })

  it('takes an alias for the registry, and knows no registry of its own to miss', async () => {
    const repositoryName = await repository('by-alias')
    const imageDigest = await pushImage(control, repositoryName, 'one')
    const imageIds = [{ imageDigest }]
    expect(await control.fails('BatchDeleteImage', { registryId: 'nobody', repositoryName, imageIds })).toEqual({
      status: 400,
      name: 'RepositoryNotFoundException',
      message: "The repository with name 'by-alias' does not exist in the registry with alias 'nobody'",
    })
    expect(await control.ok('BatchDeleteImage', { registryId: 'owner', repositoryName, imageIds })).toEqual({
      imageIds: [{ imageDigest }],
      failures: [],
    })
  })
})

describe('DescribeImages', () => {
  it('describes images with their tags, types and sizes', async () => {
    const repositoryName = await repository('describe')
    const imageDigest = await pushImage(control, repositoryName, 'one', 'b', 'a')
    const index = await push(control, repositoryName, indexOf(imageDigest))
    const imageSizeInBytes = 'config of one'.length + 'layer of one, a little longer'.length
    const common = {
      registryId: OWNER,
      repositoryName,
      imageSizeInBytes,
      imagePushedAt: control.clock.time / 1000,
    }
    const output = await control.ok('DescribeImages', {
      repositoryName,
      imageIds: [{ imageTag: 'a' }, { imageDigest: index }, { imageDigest, imageTag: 'b' }],
    })
    expect(output).toEqual({
      imageDetails: [
        {
          ...common,
          imageDigest,
          imageTags: ['a', 'b'],
          imageManifestMediaType: IMAGE,
          artifactMediaType: 'application/vnd.oci.image.config.v1+json',
        },
        { ...common, imageDigest: index, imageManifestMediaType: INDEX },
      ],
    })
  })

  it.each([
    [{ imageTag: 'missing' }, "{imageDigest:'null', imageTag:'missing'}"],
    [{ imageDigest: absent }, `{imageDigest:'${absent}', imageTag:'null'}`],
    [{ imageTag: 'a', imageDigest: absent }, `{imageDigest:'${absent}', imageTag:'a'}`],
  ])('fails as a whole where %j names no image', async (id, words) => {
    expect(
      await control.fails('DescribeImages', { repositoryName: 'describe', imageIds: [{ imageTag: 'a' }, id] }),
    ).toEqual({
      status: 400,
      name: 'ImageNotFoundException',
      message: `The image with imageId ${words} does not exist within the repository with name 'describe' in the registry with id '${OWNER}'`,
    })
  })

  it.each([
    [{ imageIds: [{}] }, 'imageIds[0]', 'Member must have an imageDigest or an imageTag'],
    [
      { imageIds: [{ imageDigest: 'nonsense' }] },
      'imageIds[0].imageDigest',
      'Member must satisfy regular expression pattern: [a-zA-Z0-9-_+.]+:[a-fA-F0-9]+',
    ],
    [{ imageIds: [{ imageTag: 'a' }], maxResults: 5 }, 'maxResults', 'Member must not be given together with imageIds'],
    [{ imageIds: [{ imageTag: 'a' }], nextToken: 'x' }, 'nextToken', 'Member must not be given together with imageIds'],
    [{ maxResults: 0 }, 'maxResults', 'Member must have value greater than or equal to 1'],
    [{ maxResults: 1001 }, 'maxResults', 'Member must have value less than or equal to 1000'],
  ])('refuses %j', async (input, member, constraint) => {
    expect(await control.fails('DescribeImages', { repositoryName: 'describe', ...input })).toEqual({
      status: 400,
      name: 'InvalidParameterException',
      message: `Invalid parameter at '${member}' failed to satisfy constraint: '${constraint}'`,
    })
  })

  it('lists every image and every tag once, while the size of the pages varies', async () => {
    const repositoryName = await repository('pages')
    for (let index = 0; index < 23; index++) {
      await pushImage(
        control,
        repositoryName,
        `image ${index}`,
        ...['x', 'y'].slice(index % 3).map(tag => `${tag}${index}`),
      )
    }
    const everything = await control.ok('DescribeImages', { repositoryName })
    const everyTag = await control.ok('DescribeImageTags', { repositoryName })
    expect(everything['imageDetails']).toHaveLength(23)
    // A last page that is full carries no token.
    expect(await control.ok('DescribeImages', { repositoryName, maxResults: 23 })).toEqual(everything)
    expect(await control.ok('DescribeImages', { repositoryName, maxResults: 22 })).toHaveProperty('nextToken')
    const pages = async (operation: 'DescribeImages' | 'DescribeImageTags', member: string, sizes: number[]) => {
      const seen: unknown[] = []
      let nextToken: unknown
      let turn = 0
      do {
        const maxResults = sizes[turn++ % sizes.length]
        const output = await control.ok(operation, { repositoryName, maxResults, nextToken })
        seen.push(...(output[member] as unknown[]))
        nextToken = output['nextToken']
      } while (nextToken !== undefined)
      return seen
    }
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 24 }), { minLength: 1, maxLength: 24 }), async sizes => {
        expect(await pages('DescribeImages', 'imageDetails', sizes)).toEqual(everything['imageDetails'])
        expect(await pages('DescribeImageTags', 'imageTagDetails', sizes)).toEqual(everyTag['imageTagDetails'])
      }),
      { numRuns: 10 },
    )
  })

  it('goes on where it was when images were deleted meanwhile', async () => {
    const repositoryName = await repository('shrinking')
    for (let index = 0; index < 6; index++) await pushImage(control, repositoryName, `image ${index}`)
    const all = digestsOf(await control.ok('DescribeImages', { repositoryName }))
    const first = await control.ok('DescribeImages', { repositoryName, maxResults: 2 })
    await control.ok('BatchDeleteImage', {
      repositoryName,
      imageIds: [{ imageDigest: all[1] }, { imageDigest: all[2] }],
    })
    const rest = await control.ok('DescribeImages', { repositoryName, nextToken: first['nextToken'] })
    expect(digestsOf(rest)).toEqual(all.slice(3))
  })

  it('refuses the token of another listing', async () => {
    const { nextToken } = await control.ok('DescribeImages', { repositoryName: 'pages', maxResults: 1 })
    const refused = {
      status: 400,
      name: 'InvalidParameterException',
      message:
        "Invalid parameter at 'nextToken' failed to satisfy constraint: 'Member must be a token that the same request returned'",
    }
    expect(await control.fails('DescribeImages', { repositoryName: 'describe', nextToken })).toEqual(refused)
    expect(await control.fails('DescribeImageTags', { repositoryName: 'pages', nextToken })).toEqual(refused)
    expect(await control.fails('DescribeImages', { repositoryName: 'pages', nextToken: `${nextToken}A` })).toEqual(
      refused,
    )
    expect(await control.fails('DescribeImages', { repositoryName: 'nowhere', nextToken })).toMatchObject({
      name: 'RepositoryNotFoundException',
    })
  })
})

describe('DescribeImageTags', () => {
  it('gives a row for each tag', async () => {
    const repositoryName = await repository('tags')
    const manifest = await seedManifest(control, repositoryName, 'one')
    const imageDigest = await push(control, repositoryName, manifest, 'v1')
    const pushed = control.clock.time
    control.clock.time += 1_500
    await push(control, repositoryName, manifest, 'v2')
    const output = await control.ok('DescribeImageTags', { repositoryName })
    const imageDetail = { imageDigest, imagePushedAt: pushed / 1000, imageManifestMediaType: IMAGE }
    expect(output['imageTagDetails']).toMatchObject([
      { imageTag: 'v1', createdAt: pushed / 1000, imageDetail },
      { imageTag: 'v2', createdAt: pushed / 1000 + 1.5, imageDetail },
    ])
    expect(await control.fails('DescribeImageTags', { repositoryName: 'nowhere' })).toMatchObject({
      name: 'RepositoryNotFoundException',
    })
  })
})

describe('PutImage', () => {
  it('stores the manifest as it was sent', async () => {
    const repositoryName = await repository('put')
    const imageManifest = ` ${await seedManifest(control, repositoryName, 'one')}\n`
    const imageDigest = digestOf(imageManifest)
    const output = await control.ok('PutImage', {
      repositoryName,
      imageManifest,
      imageTag: 'latest',
      imageDigest,
      imageManifestMediaType: IMAGE,
      registryId: 'owner',
    })
    expect(output['image']).toEqual({
      registryId: OWNER,
      repositoryName,
      imageId: { imageDigest, imageTag: 'latest' },
      imageManifest,
      imageManifestMediaType: IMAGE,
    })
    const described = await control.ok('DescribeImages', { repositoryName, imageIds: [{ imageTag: 'latest' }] })
    expect(digestsOf(described)).toEqual([imageDigest])
  })

  it('refuses the same image under the same tag, and adds another tag to it', async () => {
    const repositoryName = await repository('again')
    const imageManifest = await seedManifest(control, repositoryName, 'one')
    const digest = digestOf(imageManifest)
    await control.ok('PutImage', { repositoryName, imageManifest, imageTag: 'one' })
    expect(await control.fails('PutImage', { repositoryName, imageManifest, imageTag: 'one' })).toEqual({
      status: 400,
      name: 'ImageAlreadyExistsException',
      message: `Image with digest '${digest}' and tag 'one' already exists in the repository with name 'again' in registry with id '${OWNER}'`,
    })
    expect(await control.fails('PutImage', { repositoryName, imageManifest })).toMatchObject({
      message: `Image with digest '${digest}' already exists in the repository with name 'again' in registry with id '${OWNER}'`,
    })
    await control.ok('PutImage', { repositoryName, imageManifest, imageTag: 'two' })
    await control.ok('PutImage', { repositoryName, imageManifest, imageTag: 'three' })
    expect(await control.fails('PutImage', { repositoryName, imageManifest, imageTag: 'four' })).toMatchObject({
      name: 'LimitExceededException',
    })
    const described = await control.ok('DescribeImages', { repositoryName })
    expect(described['imageDetails']).toMatchObject([{ imageTags: ['one', 'three', 'two'] }])
  })

  it('moves a tag from one image to another', async () => {
    const repositoryName = await repository('moving')
    const before = await pushImage(control, repositoryName, 'before', 'latest')
    const imageManifest = await seedManifest(control, repositoryName, 'after')
    await control.ok('PutImage', { repositoryName, imageManifest, imageTag: 'latest' })
    const rows = (await control.ok('DescribeImages', { repositoryName }))['imageDetails'] as Json[]
    expect(rows).toHaveLength(2)
    expect(rows.find(row => row['imageDigest'] === before)).not.toHaveProperty('imageTags')
    expect(rows.find(row => row['imageDigest'] !== before)).toMatchObject({ imageTags: ['latest'] })
  })

  it('names the layers and images that are missing', async () => {
    const repositoryName = await repository('missing')
    const missing = [digestOf('a config'), digestOf('a layer')]
    const descriptor = (digest?: string) => ({ mediaType: 'application/octet-stream', digest, size: 1 })
    const imageManifest = JSON.stringify({
      schemaVersion: 2,
      mediaType: IMAGE,
      config: descriptor(missing[0]),
      layers: [descriptor(missing[1])],
    })
    expect(await control.fails('PutImage', { repositoryName, imageManifest })).toEqual({
      status: 400,
      name: 'LayersNotFoundException',
      message: `Layers with digests '[${missing.join(', ')}]' required for pushing image into repository with name 'missing' in the registry with id '${OWNER}' do not exist`,
    })
    expect(await control.fails('PutImage', { repositoryName, imageManifest: indexOf(absent) })).toEqual({
      status: 400,
      name: 'ReferencedImagesNotFoundException',
      message: `Images with digests '[${absent}]' required for pushing image into repository with name 'missing' in the registry with id '${OWNER}' do not exist`,
    })
  })

  it('refuses a digest that is not that of the manifest', async () => {
    const imageManifest = await seedManifest(control, 'missing', 'other')
    expect(await control.fails('PutImage', { repositoryName: 'missing', imageManifest, imageDigest: absent })).toEqual({
      status: 400,
      name: 'ImageDigestDoesNotMatchException',
      message: `The image with digest '${absent}' in repository 'missing' and registry ID '${OWNER}' does not match the image digest that Amazon ECR has calculated.`,
    })
  })

  it.each([
    [{ imageManifest: 'no JSON' }, 'imageManifest'],
    [{ imageManifest: '{}' }, 'imageManifest'],
    [{ imageManifest: '{}', imageTag: 'no/tag' }, 'imageTag'],
    [{ imageManifest: '{}', imageDigest: 'md5:abc' }, 'imageDigest'],
  ])('refuses %j', async (input, member) => {
    const failure = await control.fails('PutImage', { repositoryName: 'missing', ...input })
    expect(failure).toMatchObject({ status: 400, name: 'InvalidParameterException' })
    expect(failure.message).toContain(`Invalid parameter at '${member}'`)
  })

  it('stops at the quota of images', async () => {
    const small = await startControl({ imagesPerRepository: 1 })
    await small.ok('CreateRepository', { repositoryName: 'small' })
    await pushImage(small, 'small', 'one')
    const imageManifest = await seedManifest(small, 'small', 'two')
    expect(await small.fails('PutImage', { repositoryName: 'small', imageManifest })).toMatchObject({
      name: 'LimitExceededException',
    })
    expect((await small.ok('DescribeImages', { repositoryName: 'small' }))['imageDetails']).toHaveLength(1)
    await small.close()
  })

  it('tells a registry that is missing from a repository that is', async () => {
    const imageManifest = '{}'
    for (const [registryId, what] of [
      ['nobody', 'alias'],
      ['999999999999', 'id'],
    ] as const) {
      expect(await control.fails('PutImage', { registryId, repositoryName: 'missing', imageManifest })).toEqual({
        status: 400,
        name: 'RegistryNotFoundException',
        message: `The registry with ${what} '${registryId}' does not exist`,
      })
    }
    expect(await control.fails('PutImage', { repositoryName: 'nowhere', imageManifest }, STRANGER)).toMatchObject({
      name: 'RepositoryNotFoundException',
    })
  })
})
