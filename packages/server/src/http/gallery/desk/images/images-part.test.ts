import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { stepImageJob } from '../../../../registry/deletions/step-image-job.ts'
import { putSettings } from '../../../../registry/repositories/settings.ts'
import { pushSceneImage } from '../../../../testing/deletion-scene.ts'
import { CALLER, openTemporaryRegistry, type TemporaryRegistry } from '../../../../testing/temporary-registry.ts'
import { TestBrowser } from '../../testing/browser.ts'
import { type ServedGallery, serveGallery } from '../../testing/serve-gallery.ts'
import { signIn } from '../../testing/sign-in.ts'

const IMAGES = '/-/manage/acme/tools/web/-/images'
const BIN = '/-/manage/acme/tools/web/-/bin'

let registry: TemporaryRegistry
let gallery: ServedGallery
let browser: TestBrowser
beforeEach(async () => {
  registry = await openTemporaryRegistry()
  gallery = await serveGallery(registry)
  browser = new TestBrowser(gallery.url)
  await signIn(browser, registry, await registry.addAdministrator())
})
afterEach(async () => {
  expect(gallery.errors).toEqual([])
  await gallery[Symbol.asyncDispose]()
  await registry[Symbol.asyncDispose]()
})

const push = (image: Parameters<typeof pushSceneImage>[2]) => pushSceneImage(registry, registry.repository, image)
const tags = async () =>
  (await registry.metadata.rows.tags.list(registry.repository.id, { limit: 1000 })).map(row => row.tag)
const page = async (path: string) => {
  const { status, text } = await browser.get(path)
  expect(status, path).toBe(200)
  return text
}
const confirm = async (preview: string) => {
  const { status, headers } = await browser.submit(preview, `${IMAGES}/delete`, {})
  expect(status).toBe(303)
  return headers.get('location') ?? ''
}
const words = (text: string) => text.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ')

describe('the images desk', () => {
  it('nests what belongs to an image below it, and has no line of its own for it', async () => {
    const child = await push({ name: 'child' })
    const index = await push({ name: 'index', children: [child], tags: ['v1'] })
    await push({ name: 'signature', subject: index })
    const loose = await push({ name: 'loose' })
    const tagged = await page(IMAGES)
    expect(tagged.match(/<input type="checkbox"/g)).toHaveLength(1)
    expect(tagged.match(/<tr class="below/g)).toHaveLength(2)
    const untagged = await page(`${IMAGES}?view=untagged`)
    expect(untagged.match(/<input type="checkbox"/g)).toHaveLength(1)
    expect(untagged).toContain(`value="${loose}"`)
  })

  it('previews, deletes what was confirmed, says what came of it, and brings it back with one click', async () => {
    const child = await push({ name: 'child' })
    const index = await push({ name: 'index', children: [child], tags: ['v1', 'v2'] })
    await push({ name: 'signature', subject: index })
    await push({ name: 'beside', tags: ['edge'] })
    const preview = `${IMAGES}/preview?i=v1&i=v2`
    const said = words(await page(preview))
    expect(said).toContain('Nothing has happened yet')
    expect(said).toContain('2 tags')
    expect(said).toContain('3 images 1 index')
    expect(said).toContain('1 attached')
    expect(await tags()).toEqual(['edge', 'v1', 'v2'])

    // The test's browser keeps one field of a name; a filter selects both.
    const job = await confirm(`${IMAGES}/preview?all=1&q=v`)
    expect(await tags()).toEqual(['edge'])
    const result = words(await page(job))
    expect(result).toContain('Deletion is done')
    expect(result).toContain('3 images')
    expect(words(await page(BIN))).toContain('v1 , v2')

    const back = await browser.submit(job, job, { action: 'restore' })
    expect(words(await page(back.headers.get('location') ?? ''))).toContain('Restore is done')
    expect(await tags()).toEqual(['edge', 'v1', 'v2'])
    const audit = await registry.metadata.rows.audit.list({}, { limit: 100 })
    expect(audit.filter(({ action }) => action === 'DeleteImage').map(({ via }) => via)).toContain('gallery')
  })

  it('deletes nothing where the selection has changed since, and shows what it takes now', async () => {
    await push({ name: 'a', tags: ['v1'] })
    const shown = await browser.get(`${IMAGES}/preview?i=v1`)
    const plan = /name="plan" value="([^"]*)"/.exec(shown.text)?.[1] ?? ''
    await push({ name: 'b', tags: ['v1'] })
    const refused = await browser.submit(`${IMAGES}/preview?i=v1`, `${IMAGES}/delete`, { plan })
    const location = refused.headers.get('location') ?? ''
    expect(location).toContain('refused=changed')
    expect(words(await page(location))).toContain('Nothing was deleted. This is what it takes now.')
    expect(await tags()).toEqual(['v1'])
  })

  it('says what is protected by which pattern, and held by which index', async () => {
    await putSettings(registry.context, CALLER, registry.repository, { protectedTags: ['v*'], immutableTags: [] })
    await push({ name: 'a', tags: ['v1'] })
    const child = await push({ name: 'child', tags: ['arm'] })
    const index = await push({ name: 'index', children: [child], tags: ['edge'] })
    expect(await page(IMAGES)).toContain('by the pattern v*')
    const said = await page(`${IMAGES}/preview?i=v1&i=arm`)
    expect(words(said)).toContain('There is nothing to delete')
    expect(said).toContain('<code>v*</code>')
    expect(said).toContain('ImageProtected')
    expect(said).toContain('ImageReferencedByManifestList')
    expect(said).toContain(index)
    expect(said).not.toContain('name="plan"')
  })

  it('does many as a job, whose page loads itself again and can cancel it', async () => {
    for (const name of ['a', 'b', 'c'])
      await push({ name, tags: Array.from({ length: 50 }, (_, number) => `${name}${number}`) })
    const job = await confirm(`${IMAGES}/preview?all=1`)
    const running = await browser.get(job)
    expect(running.headers.get('refresh')).toBe('2')
    expect(words(running.text)).toContain('0 of 150')
    expect(words(await page(IMAGES))).toContain('Deletion is running: 0 of 150')
    await stepImageJob(registry.context, { size: 10 })
    expect(words(await page(job))).toContain('10 of 150')
    await browser.submit(job, job, { action: 'cancel' })
    const ended = await browser.get(job)
    expect(ended.headers.get('refresh')).toBeNull()
    expect(words(ended.text)).toContain('Deletion was cancelled')
    expect(await stepImageJob(registry.context, { size: 10 })).toEqual({ kind: 'idle' })
    expect(await tags()).toHaveLength(140)
  })

  it('lets go for good only after it has asked, and says what it did', async () => {
    await push({ name: 'a', tags: ['v1'] })
    await confirm(`${IMAGES}/preview?i=v1`)
    const [binned] = await registry.metadata.rows.bin.list(registry.repository.id, { limit: 1 })
    const asked = await browser.submit(BIN, BIN, { i: binned?.digest ?? '', action: 'purge' })
    expect(words(asked.text)).toContain('for good? Nothing has happened yet')
    expect(await registry.metadata.rows.bin.list(registry.repository.id, { limit: 1 })).toHaveLength(1)
    const purged = await browser.submit(`${BIN}/purge?all=1`, `${BIN}/purge`, {})
    expect(words(await page(purged.headers.get('location') ?? ''))).toContain('1 image went for good.')
    expect(words(await page(BIN))).toContain('The bin is empty.')
  })

  it('brings a tag back to the image that it stands with in the bin', async () => {
    const first = await push({ name: 'a', tags: ['v1'] })
    await push({ name: 'b', tags: ['v1'] })
    expect(words(await page(BIN))).toContain('tag that moved')
    const back = await browser.submit(BIN, BIN, { i: `v1@${first}`, action: 'restore' })
    await page(back.headers.get('location') ?? '')
    const [row] = await registry.metadata.rows.tags.list(registry.repository.id, { limit: 9 })
    expect(row?.digest).toBe(first)
  })

  it('takes what names nothing for nothing', async () => {
    await push({ name: 'a', tags: ['v1'] })
    for (const query of ['', '?i=', '?i=%3Cscript%3E', '?i=../x&i=%00', '?after=zz', '?view=untagged&after=1'])
      for (const path of [IMAGES, `${IMAGES}/preview`, BIN])
        expect((await browser.get(`${path}${query}`)).status).toBe(200)
    for (const rest of ['/job/none', '/job/', '/nothing', '/delete'])
      expect((await browser.get(`${IMAGES}${rest}`)).status).toBe(404)
    for (const fields of [{}, { i: '<b>' }, { i: 'v1', plan: 'x' }]) {
      const { status } = await browser.submit(`${IMAGES}/preview?i=v1`, `${IMAGES}/delete`, { ...fields, plan: 'x' })
      expect(status).toBe(303)
    }
    expect(await tags()).toEqual(['v1'])
  })
})

describe('who may not by the API', () => {
  const as = async (...actions: string[]) => {
    await registry.accounts.createUser(registry.repository.accountId, 'some')
    const Statement = [{ Effect: 'Allow', Action: actions, Resource: '*' }]
    const document = JSON.stringify({ Version: '2012-10-17', Statement })
    await registry.accounts.putPolicy(registry.repository.accountId, 'some', 'own', document)
    const { accessKeyId } = await registry.accounts.createAccessKey(registry.repository.accountId, 'some')
    const principal = await registry.metadata.rows.accessKeys.principal(accessKeyId)
    if (principal === undefined) throw new Error('the key is not there')
    const other = new TestBrowser(gallery.url)
    await signIn(other, registry, principal)
    return other
  }

  it('may not here, and hears which right it takes', async () => {
    await push({ name: 'a', tags: ['v1'] })
    const reader = await as('ecr-public:DescribeImages', 'ecr-public:DescribeRepositories')
    expect((await reader.get(IMAGES)).status).toBe(200)
    for (const [path, action] of [
      [`${IMAGES}/preview?i=v1`, 'ecr-public:BatchDeleteImage'],
      [BIN, 'berth:ListDeletedImages'],
      [`${BIN}/purge?all=1`, 'berth:PurgeDeletedImages'],
    ] as const) {
      const { status, text } = await reader.get(path)
      expect([status, text.includes(action)]).toEqual([403, true])
    }
    const token = /name="form-token" value="([^"]*)"/.exec((await reader.get(IMAGES)).text)?.[1] ?? ''
    for (const [path, action] of [
      [`${IMAGES}/delete`, 'ecr-public:BatchDeleteImage'],
      [BIN, 'berth:RestoreImages'],
      [`${BIN}/purge`, 'berth:PurgeDeletedImages'],
    ] as const) {
      const fields = { 'form-token': token, i: 'v1', plan: 'x', action: 'restore' }
      const { status, text } = await reader.post(path, fields)
      expect([status, text.includes(action)], path).toEqual([403, true])
    }
    expect(await tags()).toEqual(['v1'])
  })

  it('sees no job of another account’s users, nor one of another repository', async () => {
    await push({ name: 'a', tags: ['v1'] })
    const job = await confirm(`${IMAGES}/preview?i=v1`)
    await registry.addRepository('tools/other')
    expect((await browser.get(job.replace('tools/web', 'tools/other'))).status).toBe(404)
  })
})
