import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Harness, OWNER, STRANGER, startControl } from '../testing/harness.ts'
import { pushImage } from '../testing/images.ts'

let control: Harness
let repositoryName: string
let made = 0

beforeAll(async () => {
  control = await startControl()
})
afterAll(() => control.close())
beforeEach(async () => {
  repositoryName = `settings/r${made++}`
  await control.ok('CreateRepository', { repositoryName })
})

const put = (settings: object) => control.ok('PutRepositorySettings', { repositoryName, settings })
const get = () => control.ok('GetRepositorySettings', { repositoryName })

describe('the settings of a repository', () => {
  it('are none at first, so that those of the server hold', async () => {
    expect(await get()).toEqual({
      registryId: OWNER,
      repositoryName,
      settings: { protectedTags: [], immutableTags: [] },
      effectiveBinDays: 7,
      deletedImageCount: 0,
      deletedImageBytes: 0,
    })
  })

  it('are replaced as a whole', async () => {
    const settings = { binDays: 30, protectedTags: ['*', '!dev-*'], immutableTags: ['v?'] }
    expect(await put(settings)).toMatchObject({ settings, effectiveBinDays: 30 })
    expect(await get()).toMatchObject({ settings, effectiveBinDays: 30 })
    expect((await put({ immutableTags: ['v*'] }))['settings']).toEqual({ protectedTags: [], immutableTags: ['v*'] })
  })

  it('tell how much is in the bin', async () => {
    const imageDigest = await pushImage(control, repositoryName, 'a')
    await control.ok('BatchDeleteImage', { repositoryName, imageIds: [{ imageDigest }] })
    const { deletedImageCount, deletedImageBytes } = await get()
    expect(deletedImageCount).toBe(1)
    expect(deletedImageBytes).toBeGreaterThan(0)
  })

  it('hold for deletions at once', async () => {
    await put({ protectedTags: ['keep'] })
    await pushImage(control, repositoryName, 'a', 'keep')
    const { failures } = await control.ok('BatchDeleteImage', { repositoryName, imageIds: [{ imageTag: 'keep' }] })
    expect(failures).toMatchObject([{ failureReason: expect.stringContaining('keep') }])
  })

  it.each([
    [{ binDays: -1 }, 'settings.binDays'],
    [{ binDays: 3651 }, 'settings.binDays'],
    [{ protectedTags: ['a b'] }, 'settings.protectedTags[0]'],
    [{ immutableTags: ['!v1'] }, 'settings.immutableTags'],
    [{ immutableTags: Array.from({ length: 51 }, () => 'v') }, 'settings.immutableTags'],
  ])('refuse %j', async (settings, member) => {
    const failure = await control.fails('PutRepositorySettings', { repositoryName, settings })
    expect(failure).toMatchObject({ status: 400, name: 'InvalidParameterException' })
    expect(failure.message).toContain(`'${member}'`)
  })

  it('are for those whom the policies allow', async () => {
    const input = { registryId: OWNER, repositoryName, settings: {} }
    expect(await control.fails('PutRepositorySettings', input, STRANGER)).toMatchObject({
      name: 'AccessDeniedException',
    })
  })
})

describe('the settings of a registry', () => {
  it('hide pulls until they are told otherwise', async () => {
    const hidden = async (input: object) => (await control.ok('PutRegistrySettings', input))['hidePulls']
    expect(await control.ok('GetRegistrySettings', {})).toMatchObject({ hidePulls: false })
    expect([await hidden({ hidePulls: true }), await hidden({}), await hidden({ hidePulls: false })]).toEqual([
      true,
      true,
      false,
    ])
  })

  it('hold in repositories that have none of their own', async () => {
    expect(await control.ok('GetRegistrySettings', {})).toMatchObject({ registryId: OWNER, effectiveBinDays: 7 })
    const set = expect.objectContaining({ registryId: OWNER, binDays: 0, effectiveBinDays: 0 })
    expect(await control.ok('PutRegistrySettings', { binDays: 0 })).toEqual(set)
    expect(await control.ok('GetRegistrySettings', {})).toEqual(set)
    expect(await get()).toMatchObject({ effectiveBinDays: 0 })
    const unset = await control.ok('PutRegistrySettings', {})
    expect(unset).toMatchObject({ registryId: OWNER, effectiveBinDays: 7 })
    expect(unset).not.toHaveProperty('binDays')
    expect(await get()).toMatchObject({ effectiveBinDays: 7 })
  })

  it('tell how much all its repositories have in their bins', async () => {
    const totals = async () => {
      const { deletedImageCount, deletedImageBytes } = await control.ok('GetRegistrySettings', {})
      return { images: Number(deletedImageCount), bytes: Number(deletedImageBytes) }
    }
    const before = await totals()
    const other = `${repositoryName}-other`
    await control.ok('CreateRepository', { repositoryName: other })
    let bytes = 0
    for (const each of [repositoryName, other]) {
      const imageDigest = await pushImage(control, each, 'a')
      await control.ok('BatchDeleteImage', { repositoryName: each, imageIds: [{ imageDigest }] })
      bytes += Number((await control.ok('GetRepositorySettings', { repositoryName: each }))['deletedImageBytes'])
    }
    expect(await totals()).toEqual({ images: before.images + 2, bytes: before.bytes + bytes })
  })
})
