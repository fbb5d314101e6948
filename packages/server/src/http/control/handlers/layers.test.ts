import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { digestOf } from '../../../domain/digest.ts'
import { parseRepositoryName } from '../../../domain/names.ts'
import type { UploadId } from '../../../ports/rows/common.ts'
import { type Harness, OWNER, startControl } from '../testing/harness.ts'
import { seedBlob } from '../testing/images.ts'

/** Parts of 4 to 8 bytes, three a layer: the rules are the same as those for MiB. */
let control: Harness
const repositoryName = 'layers'
beforeAll(async () => {
  control = await startControl({ layerPartMinBytes: 4, layerPartMaxBytes: 8, layerParts: 3, layerMaxBytes: 22 })
  await control.ok('CreateRepository', { repositoryName })
})
afterAll(() => control.close())

const base64 = (text: string) => Buffer.from(text).toString('base64')

async function initiate(): Promise<string> {
  return String((await control.ok('InitiateLayerUpload', { repositoryName }))['uploadId'])
}

const part = (uploadId: string, partFirstByte: number, text: string) => ({
  repositoryName,
  uploadId,
  partFirstByte,
  partLastByte: partFirstByte + text.length - 1,
  layerPartBlob: base64(text),
})

const complete = (uploadId: string, ...layerDigests: string[]) => ({ repositoryName, uploadId, layerDigests })

describe('a layer upload', () => {
  it('stores the parts as one layer', async () => {
    const uploadId = await initiate()
    expect(uploadId).toMatch(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
    const who = { registryId: OWNER, repositoryName, uploadId }
    expect(await control.ok('UploadLayerPart', part(uploadId, 0, 'eight by'))).toEqual({ ...who, lastByteReceived: 7 })
    expect(await control.ok('UploadLayerPart', part(uploadId, 8, 'te'))).toEqual({ ...who, lastByteReceived: 9 })
    const layerDigest = digestOf('eight byte')
    expect(await control.ok('CompleteLayerUpload', complete(uploadId, digestOf('other'), layerDigest))).toEqual({
      ...who,
      layerDigest,
    })
    const layers = [{ layerDigest, layerAvailability: 'AVAILABLE', layerSize: 10 }]
    expect(await control.ok('BatchCheckLayerAvailability', { repositoryName, layerDigests: [layerDigest] })).toEqual({
      layers,
      failures: [],
    })
    expect(await control.fails('UploadLayerPart', part(uploadId, 10, 'more'))).toMatchObject({
      name: 'UploadNotFoundException',
    })
  })

  it('is advised to send parts of the largest size', async () => {
    expect((await control.ok('InitiateLayerUpload', { repositoryName }))['partSize']).toBe(8)
  })

  it.each([
    ['a gap', 5, 'more'],
    ['an overlap', 3, 'more'],
    ['a part that is too large', 4, 'nine byte'],
    ['an empty part', 4, ''],
  ])('refuses %s, and says where to go on', async (_what, firstByte, text) => {
    const uploadId = await initiate()
    await control.ok('UploadLayerPart', part(uploadId, 0, 'four'))
    const input = { ...part(uploadId, firstByte, text), partLastByte: firstByte + Math.max(0, text.length - 1) }
    const { status, json, headers } = await control.call('UploadLayerPart', input)
    expect(status).toBe(400)
    expect(headers['x-amzn-errortype']).toBe('InvalidLayerPartException')
    expect(json).toMatchObject({
      __type: 'InvalidLayerPartException',
      registryId: OWNER,
      repositoryName,
      uploadId,
      lastValidByteReceived: 3,
    })
    await control.ok('UploadLayerPart', part(uploadId, 4, 'more'))
    await control.ok('CompleteLayerUpload', complete(uploadId, digestOf('fourmore')))
    await control.context.metadata.transaction(async rows => {
      const row = await rows.repositories.find(OWNER, parseRepositoryName(repositoryName))
      if (row !== undefined) await rows.blobs.unlink(row.id, digestOf('fourmore'), 0)
    })
  })

  it('refuses bytes that are not as many as their positions say', async () => {
    const uploadId = await initiate()
    const { json } = await control.call('UploadLayerPart', { ...part(uploadId, 0, 'four'), partLastByte: 4 })
    expect(json).toMatchObject({ __type: 'InvalidLayerPartException', uploadId })
    // Nothing was received: there is no byte to name.
    expect(json).not.toHaveProperty('lastValidByteReceived')
  })

  it('counts parts and bytes', async () => {
    const uploadId = await initiate()
    await control.ok('UploadLayerPart', part(uploadId, 0, 'eight by'))
    await control.ok('UploadLayerPart', part(uploadId, 8, 'eight by'))
    const limited = (text: string) => ({
      status: 400,
      name: 'LimitExceededException',
      message: `The quota of ${text} would be exceeded by the repository with name 'layers' in registry with id '${OWNER}'`,
    })
    expect(await control.fails('UploadLayerPart', part(uploadId, 16, 'seven b'))).toEqual(limited('22 for layer size'))
    await control.ok('UploadLayerPart', part(uploadId, 16, 'four'))
    expect(await control.fails('UploadLayerPart', part(uploadId, 20, 'x'))).toEqual(limited('3 for layer parts'))
  })

  it('tells of a small part at its end, and not of the last one', async () => {
    const uploadId = await initiate()
    await control.ok('UploadLayerPart', part(uploadId, 0, 'abc'))
    await control.ok('UploadLayerPart', part(uploadId, 3, 'defgh'))
    expect(await control.fails('CompleteLayerUpload', complete(uploadId, digestOf('abcdefgh')))).toEqual({
      status: 400,
      name: 'LayerPartTooSmallException',
      message: 'All layer parts except the last part should be at least 5MB',
    })
  })

  it('judges a part by its bytes as they came, not by what storing left of them', async () => {
    // Small buffers share memory, which nobody frees.
    const own = await startControl({ layerPartMinBytes: 5000, layerPartMaxBytes: 5000 })
    await own.ok('CreateRepository', { repositoryName })
    const uploadId = String((await own.ok('InitiateLayerUpload', { repositoryName }))['uploadId'])
    const [first, second] = ['a'.repeat(5000), 'b'.repeat(5000)]
    await own.ok('UploadLayerPart', part(uploadId, 0, first))
    await own.ok('UploadLayerPart', part(uploadId, 5000, second))
    expect(await own.ok('CompleteLayerUpload', complete(uploadId, digestOf(first + second)))).toMatchObject({
      uploadId,
    })
    await own.close()
  })

  it('cannot end without parts', async () => {
    const uploadId = await initiate()
    expect(await control.fails('CompleteLayerUpload', complete(uploadId, digestOf('')))).toEqual({
      status: 400,
      name: 'EmptyUploadException',
      message: `The upload with id '${uploadId}' in the repository with name 'layers' in registry with id '${OWNER}' cannot be completed because it does not have any parts`,
    })
  })

  it('ends well when a part arrived and a crash kept it from being counted', async () => {
    const uploadId = await initiate()
    await control.ok('UploadLayerPart', part(uploadId, 0, 'crashed'))
    await control.context.metadata.transaction(rows =>
      rows.uploads.addPart(uploadId as UploadId, { parts: 0, lastPartBytes: 0, hasSmallPart: false }),
    )
    expect((await control.call('UploadLayerPart', part(uploadId, 0, 'crashed'))).json).toMatchObject({
      lastValidByteReceived: 6,
    })
    await control.ok('CompleteLayerUpload', complete(uploadId, digestOf('crashed')))
  })

  it('takes each part once, however many send it at the same time', async () => {
    const uploadId = await initiate()
    const answers = await Promise.all(
      [1, 2, 3].map(() => control.call('UploadLayerPart', part(uploadId, 0, 'at once'))),
    )
    const taken = answers.filter(answer => answer.status === 200)
    expect(taken).toHaveLength(1)
    for (const { status, json } of answers) {
      if (status !== 200) expect(['InvalidLayerPartException', 'ThrottlingException']).toContain(json['__type'])
    }
    await control.ok('CompleteLayerUpload', complete(uploadId, digestOf('at once')))
  })

  it.each([
    ['another digest', digestOf('other')],
    ['no real digest', 'md5:abcdef'],
  ])('fails with %s', async (_what, digest) => {
    const uploadId = await initiate()
    await control.ok('UploadLayerPart', part(uploadId, 0, 'text'))
    expect(await control.fails('CompleteLayerUpload', complete(uploadId, digest))).toEqual({
      status: 400,
      name: 'InvalidLayerException',
      message: 'None of the provided layer digests match the calculated layer digest',
    })
  })

  it('refuses a layer that the repository holds', async () => {
    const layerDigest = await seedBlob(control, repositoryName, 'held')
    const uploadId = await initiate()
    await control.ok('UploadLayerPart', part(uploadId, 0, 'held'))
    expect(await control.fails('CompleteLayerUpload', complete(uploadId, layerDigest))).toEqual({
      status: 400,
      name: 'LayerAlreadyExistsException',
      message: `The layer with digest '${layerDigest}' already exists in the repository with name 'layers' in registry with id '${OWNER}'`,
    })
  })

  it('belongs to its repository', async () => {
    await control.ok('CreateRepository', { repositoryName: 'elsewhere' })
    const uploadId = await initiate()
    const elsewhere = { ...part(uploadId, 0, 'four'), repositoryName: 'elsewhere' }
    expect(await control.fails('UploadLayerPart', elsewhere)).toEqual({
      status: 400,
      name: 'UploadNotFoundException',
      message: `The upload with id '${uploadId}' does not exist in the repository with name 'elsewhere' in registry with id '${OWNER}'`,
    })
    const input = { ...complete(uploadId, digestOf('four')), repositoryName: 'elsewhere' }
    expect(await control.fails('CompleteLayerUpload', input)).toMatchObject({ name: 'UploadNotFoundException' })
  })

  it.each(['InitiateLayerUpload', 'BatchCheckLayerAvailability', 'UploadLayerPart', 'CompleteLayerUpload'] as const)(
    '%s tells a missing registry from a missing repository',
    async operation => {
      const uploadId = '00000000-0000-4000-8000-000000000000'
      const input = { ...part(uploadId, 0, 'four'), layerDigests: [digestOf('four')] }
      expect(await control.fails(operation, { ...input, registryId: 'nobody' })).toMatchObject({
        name: 'RegistryNotFoundException',
      })
      expect(await control.fails(operation, { ...input, repositoryName: 'nowhere' })).toMatchObject({
        name: 'RepositoryNotFoundException',
      })
    },
  )
})

describe('BatchCheckLayerAvailability', () => {
  it('has a row for each digest and a failure for what is none', async () => {
    const held = await seedBlob(control, repositoryName, 'available')
    const away = digestOf('not here')
    const layerDigests = [held, away, 'sha256:ab', 'nonsense', '', held]
    expect(await control.ok('BatchCheckLayerAvailability', { repositoryName, layerDigests })).toEqual({
      layers: [
        { layerDigest: held, layerAvailability: 'AVAILABLE', layerSize: 9 },
        { layerDigest: away, layerAvailability: 'UNAVAILABLE' },
        { layerDigest: 'sha256:ab', layerAvailability: 'UNAVAILABLE' },
      ],
      failures: [
        {
          layerDigest: 'nonsense',
          failureCode: 'InvalidLayerDigest',
          failureReason:
            "Invalid request parameters: layer digest should satisfy the regex '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'",
        },
        {
          layerDigest: '',
          failureCode: 'MissingLayerDigest',
          failureReason: 'Invalid request parameters: layer digest cannot be empty',
        },
      ],
    })
  })

  it('keeps a layer that it called available from the collector', async () => {
    const { metadata } = control.context
    const held = await seedBlob(control, repositoryName, 'leased')
    control.clock.time += 60_000
    await control.ok('BatchCheckLayerAvailability', { repositoryName, layerDigests: [held] })
    const removed = await metadata.transaction(rows => rows.blobs.collect(held, control.clock.now() + 60_000))
    expect(removed).toBeUndefined()
  })
})
