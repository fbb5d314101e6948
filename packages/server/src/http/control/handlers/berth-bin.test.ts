import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Digest } from '../../../domain/digest.ts'
import { type Harness, OWNER, STRANGER, startControl } from '../testing/harness.ts'
import { indexOf, push, pushImage } from '../testing/images.ts'

const DAY = 24 * 60 * 60 * 1000
const ABSENT = `sha256:${'0'.repeat(64)}`

let control: Harness
let repositoryName: string
let made = 0

beforeAll(async () => {
  control = await startControl()
})
afterAll(() => control.close())
beforeEach(async () => {
  repositoryName = `bin/r${made++}`
  await control.ok('CreateRepository', { repositoryName })
})

const remove = (...imageIds: object[]) => control.ok('BatchDeleteImage', { repositoryName, imageIds })
const restore = (...imageIds: object[]) => control.ok('RestoreImages', { repositoryName, imageIds })
const live = async () => (await control.ok('DescribeImages', { repositoryName }))['imageDetails'] as unknown[]
const deleted = async (input: object = { repositoryName }, account?: string) =>
  (await control.ok('ListDeletedImages', input, account))['deletedImages'] as { imageDigest: Digest }[]
const image = (name: string, ...tags: string[]) => pushImage(control, repositoryName, name, ...tags)

describe('ListDeletedImages', () => {
  it('describes what was deleted, by whom, and until when it can be restored', async () => {
    const imageDigest = await image('a', 'v1', 'latest')
    await remove({ imageDigest })
    const seconds = control.clock.time / 1000
    expect(await deleted()).toEqual([
      {
        deletionId: expect.stringMatching(/^\d+$/),
        registryId: OWNER,
        repositoryName,
        imageDigest,
        imageTags: ['latest', 'v1'],
        imageManifestMediaType: 'application/vnd.oci.image.manifest.v1+json',
        artifactMediaType: 'application/vnd.oci.image.config.v1+json',
        imageSizeInBytes: expect.any(Number),
        imagePushedAt: seconds,
        deletedAt: seconds,
        deletedBy: `arn:aws:iam::${OWNER}:user/tester`,
        reason: 'call',
        purgeAfter: seconds + (7 * DAY) / 1000,
      },
    ])
  })

  it('goes through pages, newest first, of a repository and of the whole registry', async () => {
    const digests = [await image('a'), await image('b'), await image('c')]
    for (const imageDigest of digests) await remove({ imageDigest })
    for (const input of [{ repositoryName }, {}]) {
      const first = await control.ok('ListDeletedImages', { ...input, maxResults: 2 })
      const second = await control.ok('ListDeletedImages', { ...input, maxResults: 2, nextToken: first['nextToken'] })
      const listed = [first, second].flatMap(page => page['deletedImages'] as { imageDigest: Digest }[])
      expect(listed.slice(0, 3).map(row => row.imageDigest)).toEqual([...digests].reverse())
    }
  })

  it('lists tags that were lost, and pages through them and the images', async () => {
    const first = await image('a', 'latest')
    const second = await image('b', 'latest', 'v1')
    control.clock.time += 1000
    await remove({ imageTag: 'v1' })
    control.clock.time += 1000
    await remove({ imageDigest: await image('c') })
    const seconds = control.clock.time / 1000
    const listed = []
    for (let nextToken: unknown, page = 0; page === 0 || nextToken !== undefined; page++) {
      const answer = await control.ok('ListDeletedImages', { repositoryName, maxResults: 1, nextToken })
      listed.push(...(answer['deletedImages'] as object[]))
      nextToken = answer['nextToken']
    }
    expect(listed).toMatchObject([
      { deletionId: expect.stringMatching(/^\d+$/), imageTags: [] },
      {
        deletionId: expect.stringMatching(/^tag-\d+$/),
        ...{ registryId: OWNER, repositoryName, imageDigest: second, imageTags: ['v1'] },
        ...{ deletedAt: seconds - 1, deletedBy: `arn:aws:iam::${OWNER}:user/tester` },
        ...{ purgeAfter: seconds - 1 + (7 * DAY) / 1000, reason: 'tag deleted, image kept' },
      },
      { imageDigest: first, imageTags: ['latest'], reason: `tag moved to ${second}` },
    ])
    await restore({ imageDigest: first, imageTag: 'latest' })
    expect((await deleted()).map(row => row.imageDigest)).toContain(second)
  })

  it('takes a token only for the listing that it was made for', async () => {
    for (const imageDigest of [await image('a'), await image('b')]) await remove({ imageDigest })
    const { nextToken } = await control.ok('ListDeletedImages', { repositoryName, maxResults: 1 })
    expect(await control.fails('ListDeletedImages', { nextToken })).toMatchObject({ name: 'InvalidParameterException' })
  })

  it('shows nobody the bin of another account, but where the policy of a repository allows it', async () => {
    expect(await control.fails('ListDeletedImages', { registryId: OWNER }, STRANGER)).toMatchObject({
      name: 'AccessDeniedException',
    })
    const input = { registryId: OWNER, repositoryName }
    expect(await control.fails('ListDeletedImages', input, STRANGER)).toMatchObject({ name: 'AccessDeniedException' })
    await control.ok('SetRepositoryPolicy', {
      repositoryName,
      policyText: JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { AWS: STRANGER }, Action: 'berth:ListDeletedImages' }],
      }),
    })
    expect(await deleted(input, STRANGER)).toEqual([])
  })

  it('asks for the repository, or for nothing in particular', async () => {
    control.access.questions.length = 0
    await deleted()
    await deleted({})
    expect(control.access.questions).toMatchObject([
      { action: 'berth:ListDeletedImages', resource: { kind: 'repository', name: repositoryName } },
      { action: 'berth:ListDeletedImages', resource: { kind: 'any' } },
    ])
  })
})

describe('RestoreImages', () => {
  it('brings an image back with its tags, and leaves a tag that was taken since', async () => {
    const first = await image('a', 'v1', 'v2')
    await remove({ imageDigest: first })
    expect(await live()).toEqual([])
    const second = await image('b', 'v1')
    expect(await restore({ imageTag: 'v2' })).toEqual({
      restoredImages: [{ imageDigest: first, imageTags: ['v2'], takenTags: [{ imageTag: 'v1', imageDigest: second }] }],
      failures: [],
    })
    expect(await live()).toHaveLength(2)
    expect(await deleted()).toEqual([])
  })

  it('brings the children of an index back with it', async () => {
    const child = await image('child')
    const index = await push(control, repositoryName, indexOf(child), 'multi')
    await remove({ imageDigest: index }, { imageDigest: child })
    const { restoredImages } = await restore({ imageTag: 'multi' })
    expect(restoredImages).toMatchObject([{ imageDigest: child }, { imageDigest: index, imageTags: ['multi'] }])
  })

  it('lists each id that names no deleted image, and why', async () => {
    const imageDigest = await image('a', 'v1')
    await remove({ imageDigest })
    const ids = [
      {},
      { imageDigest: 'nonsense' },
      { imageTag: '!' },
      { imageTag: 'never' },
      { imageDigest: ABSENT },
      { imageDigest, imageTag: 'v9' },
    ]
    const { restoredImages, failures } = await restore(...ids)
    expect(restoredImages).toEqual([])
    expect(failures).toEqual(
      [
        'MissingDigestAndTag',
        'InvalidImageDigest',
        'InvalidImageTag',
        'ImageNotFound',
        'ImageNotFound',
        'ImageTagDoesNotMatchDigest',
      ].map((failureCode, index) => ({ imageId: ids[index], failureCode, failureReason: expect.any(String) })),
    )
  })

  it('knows a repository that does not exist', async () => {
    const input = { repositoryName: 'no/where', imageIds: [{ imageTag: 'x' }] }
    expect(await control.fails('RestoreImages', input)).toMatchObject({ name: 'RepositoryNotFoundException' })
  })
})

describe('PurgeDeletedImages', () => {
  it('does away with what is named, for good', async () => {
    // No other test has their blobs, so that nothing else needs them.
    const [a, b] = [await image('for good', 'v1'), await image('not yet')]
    await remove({ imageDigest: a }, { imageDigest: b })
    expect(await control.ok('PurgeDeletedImages', { repositoryName, imageIds: [{ imageTag: 'v1' }] })).toEqual({
      purgedImages: [{ imageDigest: a, imageTags: ['v1'] }],
      failures: [],
      uncollected: { blobCount: 2, byteCount: expect.any(Number), waitsUntil: expect.any(Number) },
    })
    expect((await deleted()).map(row => row.imageDigest)).toEqual([b])
    expect((await restore({ imageTag: 'v1' }))['failures']).toMatchObject([{ failureCode: 'ImageNotFound' }])
  })

  it('empties the bin where all is asked for, and not because nothing is named', async () => {
    await remove({ imageDigest: await image('a') }, { imageDigest: await image('b') })
    for (const input of [{}, { all: false }, { all: true, imageIds: [{ imageTag: 'v1' }] }])
      expect(await control.fails('PurgeDeletedImages', { repositoryName, ...input })).toMatchObject({
        name: 'InvalidParameterException',
        message: expect.stringContaining("unless 'all' is true"),
      })
    expect(await deleted()).toHaveLength(2)
    const { purgedImages } = await control.ok('PurgeDeletedImages', { repositoryName, all: true })
    expect(purgedImages).toHaveLength(2)
    expect(await deleted()).toEqual([])
  })

  it('keeps what an index in the bin needs', async () => {
    const child = await image('child')
    const index = await push(control, repositoryName, indexOf(child))
    await remove({ imageDigest: index }, { imageDigest: child })
    const { failures } = await control.ok('PurgeDeletedImages', { repositoryName, imageIds: [{ imageDigest: child }] })
    expect(failures).toMatchObject([
      { failureCode: 'ImageReferencedByManifestList', failureReason: expect.stringContaining(index) },
    ])
  })
})
