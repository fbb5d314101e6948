import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseRepositoryName } from '../../../domain/names.ts'
import { type Harness, type Json, OWNER, STRANGER, startControl } from '../testing/harness.ts'
import { pushImage } from '../testing/images.ts'

const repositoryName = 'audited/web'
const HOUR = 60 * 60 * 1000

let control: Harness
let imageDigest: string
let start: number

beforeAll(async () => {
  control = await startControl()
  start = control.clock.time
  await control.ok('CreateRepository', { repositoryName })
  imageDigest = await pushImage(control, repositoryName, 'a', 'v1')
  await control.ok('BatchDeleteImage', { repositoryName, imageIds: [{ imageDigest }] })
  control.clock.time += HOUR
  await control.ok('RestoreImages', { repositoryName, imageIds: [{ imageDigest }] })
  await control.ok('PutRegistrySettings', { binDays: 3 })
})
afterAll(() => control.close())

const records = async (input: object) => (await control.ok('ListAuditRecords', input))['auditRecords'] as Json[]
const actions = async (input: object) => (await records(input)).map(record => record['action'])

describe('ListAuditRecords', () => {
  it('lists what was done, by whom and from where, oldest first', async () => {
    expect(await actions({})).toEqual(['CreateRepository', 'DeleteImage', 'RestoreImage', 'PutRegistrySettings'])
    expect((await records({}))[1]).toMatchObject({
      recordId: expect.stringMatching(/^\d+$/),
      recordedAt: start / 1000,
      principal: `arn:aws:iam::${OWNER}:user/tester`,
      sourceAddress: '127.0.0.1',
      via: 'call',
      registryId: OWNER,
      repositoryName,
      imageDigest,
    })
  })

  it('narrows by repository, action and time', async () => {
    expect(await actions({ repositoryName })).toEqual(['CreateRepository', 'DeleteImage', 'RestoreImage'])
    expect(await actions({ action: 'RestoreImage' })).toEqual(['RestoreImage'])
    const since = (start + HOUR) / 1000
    expect(await actions({ since })).toEqual(['RestoreImage', 'PutRegistrySettings'])
    expect(await actions({ until: since })).toEqual(['CreateRepository', 'DeleteImage'])
  })

  it('goes through pages, by tokens that are for the same question only', async () => {
    const first = await control.ok('ListAuditRecords', { repositoryName, maxResults: 2 })
    const { nextToken } = first
    const second = await control.ok('ListAuditRecords', { repositoryName, nextToken })
    expect(second).toMatchObject({ auditRecords: [{ action: 'RestoreImage' }] })
    expect(second).not.toHaveProperty('nextToken')
    expect(await control.fails('ListAuditRecords', { nextToken })).toMatchObject({ name: 'InvalidParameterException' })
  })

  it('tells of deletions even where the repository is gone', async () => {
    await control.ok('CreateRepository', { repositoryName: 'audited/gone' })
    await control.ok('DeleteRepository', { repositoryName: 'audited/gone' })
    expect(await actions({ repositoryName: 'audited/gone' })).toContain('DeleteRepository')
  })

  it("is for the caller's own account alone", async () => {
    for (const input of [{ registryId: OWNER }, { registryId: OWNER, repositoryName }]) {
      const failure = await control.fails('ListAuditRecords', input, STRANGER)
      expect(failure).toMatchObject({ name: 'AccessDeniedException' })
    }
    expect((await control.ok('ListAuditRecords', {}, STRANGER))['auditRecords']).toEqual([])
  })
})

describe('DescribeImagePulls', () => {
  it('tells when images were last pulled, by digest', async () => {
    const other = await pushImage(control, repositoryName, 'b')
    const { metadata } = control.context
    const row = await metadata.rows.repositories.find(OWNER, parseRepositoryName(repositoryName))
    if (row === undefined) throw new Error('the repository is gone')
    const [digest] = (await metadata.rows.images.list(row.id, { limit: 10 })).filter(each => each.digest === other)
    if (digest === undefined) throw new Error('the image is gone')
    const at = control.clock.time
    await metadata.transaction(rows => rows.images.recordPulls([{ repositoryId: row.id, digest: digest.digest, at }]))
    const expected = [{ imageDigest }, { imageDigest: other, lastPulledAt: at / 1000 }].sort((a, b) =>
      a.imageDigest < b.imageDigest ? -1 : 1,
    )
    expect(await control.ok('DescribeImagePulls', { repositoryName })).toEqual({ imagePulls: expected })
    const first = await control.ok('DescribeImagePulls', { repositoryName, maxResults: 1 })
    const second = await control.ok('DescribeImagePulls', { repositoryName, nextToken: first['nextToken'] })
    expect([first, second].flatMap(page => page['imagePulls'])).toEqual(expected)
  })

  it('tells it of the images that are named', async () => {
    const named = (imageIds: object[]) => ({ repositoryName, imageIds })
    const answer = await control.ok('DescribeImagePulls', named([{ imageTag: 'v1' }]))
    expect(answer).toMatchObject({ imagePulls: [{ imageDigest }] })
    expect(await control.fails('DescribeImagePulls', named([{ imageTag: 'v9' }]))).toMatchObject({
      name: 'ImageNotFoundException',
    })
  })
})
