import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Aws, awsFor } from '../support/aws.ts'
import type { Credentials } from '../support/control.ts'
import { makeImage, writeLayout } from '../support/images.ts'
import { type Anonymous, anonymous } from '../support/oci.ts'
import { type Account, type Registry, startRegistry } from '../support/registry.ts'
import { makeScratch, type Scratch } from '../support/scratch.ts'
import { type Skopeo, skopeoFor } from '../support/skopeo.ts'
import { describeWith } from '../support/tools.ts'

const NAME = 'project-a/nginx-web-app'

/** Rows of `imageIds` in an order of their own: the service promises none. */
const sorted = (rows: { imageDigest: string; imageTag?: string }[]) =>
  [...rows].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))

/**
 * The four examples in the documentation of `aws ecr-public batch-delete-image`, with real images and the real client.
 */
describeWith(['aws', 'skopeo'], 'documented deletions', () => {
  let registry: Registry
  let scratch: Scratch
  let reader: Anonymous
  let aws: Aws
  let skopeo: Skopeo
  let path: string

  beforeAll(async () => {
    registry = await startRegistry()
    scratch = await makeScratch()
    reader = await anonymous(registry.url)
    aws = awsFor(registry)
    skopeo = await skopeoFor(registry)
    path = `${registry.alias}/${NAME}`
    await aws.json(['create-repository', '--repository-name', NAME])
  })
  afterAll(async () => {
    await scratch?.[Symbol.asyncDispose]()
    await registry?.[Symbol.asyncDispose]()
  })

  /** Pushes one image under all the tags, and returns its digest; without tags it is pushed by digest. */
  const push = async (seed: string, ...tags: string[]) => {
    const image = makeImage(seed)
    const { digest } = image.manifest
    await writeLayout(scratch.path(seed), 'v1', image.manifest, image.blobs)
    const references = tags.length > 0 ? tags.map(tag => `:${tag}`) : [`@${digest}`]
    for (const reference of references) await skopeo.push(`oci:${scratch.path(seed)}:v1`, `${path}${reference}`)
    expect(await reader.digestOf(path, digest)).toBe(digest)
    return digest
  }
  const deletion = (...ids: string[]) => ['batch-delete-image', '--repository-name', NAME, '--image-ids', ...ids]

  it('1: by digest, the image and all of its tags go', async () => {
    const digest = await push('one-tag', 'latest')
    expect(await aws.json(deletion(`imageDigest=${digest}`))).toEqual({
      imageIds: [{ imageDigest: digest, imageTag: 'latest' }],
      failures: [],
    })
    expect(await reader.digestOf(path, digest)).toBeUndefined()
    expect(await reader.digestOf(path, 'latest')).toBeUndefined()
  })

  it('1: by digest, with a row for each of several tags', async () => {
    const digest = await push('three-tags', 'a', 'b', 'c')
    const { imageIds, failures } = await aws.json(deletion(`imageDigest=${digest}`))
    expect(failures).toEqual([])
    expect(sorted(imageIds)).toEqual(['a', 'b', 'c'].map(imageTag => ({ imageDigest: digest, imageTag })))
    expect(await reader.digestOf(path, digest)).toBeUndefined()
    for (const tag of ['a', 'b', 'c']) expect(await reader.digestOf(path, tag)).toBeUndefined()
  })

  it('2: by one of several tags, only that tag goes', async () => {
    const digest = await push('two-tags', '_temp', 'stays')
    expect(await aws.json(deletion('imageTag=_temp'))).toEqual({
      imageIds: [{ imageDigest: digest, imageTag: '_temp' }],
      failures: [],
    })
    expect(await reader.digestOf(path, '_temp')).toBeUndefined()
    expect(await reader.digestOf(path, 'stays')).toBe(digest)
    expect(await reader.digestOf(path, digest)).toBe(digest)
  })

  it('2: by the last tag, the image goes', async () => {
    const digest = await push('last-tag', 'only')
    expect(await aws.json(deletion('imageTag=only'))).toEqual({
      imageIds: [{ imageDigest: digest, imageTag: 'only' }],
      failures: [],
    })
    expect(await reader.digestOf(path, digest)).toBeUndefined()
    const { stderr, exitCode } = await aws.attempt([
      ...['describe-images', '--repository-name', NAME, '--image-ids', `imageDigest=${digest}`],
    ])
    expect(exitCode).toBe(254)
    expect(stderr).toContain('(ImageNotFoundException)')
  })

  it('3: several at once, some by tag and some by digest', async () => {
    const untagged = await push('untagged')
    const tagged = await push('tagged', 'temp2.0')
    const { imageIds, failures } = await aws.json(deletion('imageTag=temp2.0', `imageDigest=${untagged}`))
    expect(failures).toEqual([])
    expect(sorted(imageIds)).toEqual(sorted([{ imageDigest: untagged }, { imageDigest: tagged, imageTag: 'temp2.0' }]))
    expect(await reader.digestOf(path, untagged)).toBeUndefined()
    expect(await reader.digestOf(path, tagged)).toBeUndefined()
  })

  it("4: in another account, once the repository's policy and the caller's own allow it", async () => {
    const digest = await push('cross-account', 'temp2.0')
    const other: Account = await registry.createAccount('other-team')
    const across = ['--registry-id', registry.accountId, '--region', 'us-east-1']
    const command = [...deletion(`imageDigest=${digest}`), ...across]

    const expectRefusal = async (as: Credentials) => {
      const { exitCode, stderr } = await aws.attempt(command, as)
      expect([exitCode, stderr]).toEqual([254, expect.stringContaining('(AccessDeniedException)')])
      expect(await reader.digestOf(path, 'temp2.0')).toBe(digest)
    }
    await expectRefusal(other)

    const policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { AWS: `arn:aws:iam::${other.accountId}:root` },
          Action: 'ecr-public:BatchDeleteImage',
        },
      ],
    })
    await aws.json(['set-repository-policy', '--repository-name', NAME, '--policy-text', policy])

    const colleague = ['--account', other.accountId]
    await registry.admin('user', 'create', ...colleague, '--name', 'may-do-nothing')
    await expectRefusal(await registry.admin('key', 'create', ...colleague, '--user', 'may-do-nothing'))
    expect(await aws.json(command, other)).toEqual({
      imageIds: [{ imageDigest: digest, imageTag: 'temp2.0' }],
      failures: [],
    })
    expect(await reader.digestOf(path, digest)).toBeUndefined()
  })
})
