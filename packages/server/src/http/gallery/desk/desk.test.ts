import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ACCOUNT, openTemporaryRegistry, type TemporaryRegistry } from '../../../testing/temporary-registry.ts'
import { TestBrowser } from '../testing/browser.ts'
import { type ServedGallery, serveGallery } from '../testing/serve-gallery.ts'
import { signIn } from '../testing/sign-in.ts'

let registry: TemporaryRegistry
let gallery: ServedGallery
beforeAll(async () => {
  registry = await openTemporaryRegistry()
  await registry.addImage('{}', 'v1')
  gallery = await serveGallery(registry)
})
afterAll(async () => {
  await gallery[Symbol.asyncDispose]()
  await registry[Symbol.asyncDispose]()
})

describe('the desk', () => {
  it('lists the repositories of the user’s registry, and opens each', async () => {
    const browser = new TestBrowser(gallery.url)
    await signIn(browser, registry, await registry.addAdministrator('lister'))
    const list = await browser.get('/-/manage')
    expect(list.text).toContain('href="/-/manage/acme/tools/web"')
    const page = await browser.get('/-/manage/acme/tools/web')
    expect([page.status, page.text.includes('tools/web')]).toEqual([200, true])
    expect((await browser.get('/-/manage/acme/nothing')).status).toBe(404)
    expect((await browser.get('/-/manage/-/nothing')).status).toBe(404)
    expect((await browser.post('/-/manage', {})).status).toBe(405)
  })

  it('says which permission is missing, and shows nothing', async () => {
    const user = await registry.addAdministrator('nobody')
    await registry.accounts.deletePolicy(ACCOUNT, 'nobody', 'all')
    const browser = new TestBrowser(gallery.url)
    await signIn(browser, registry, user)
    for (const path of ['/-/manage', '/-/manage/acme/tools/web']) {
      const page = await browser.get(path)
      expect([page.status, page.text.includes('ecr-public:DescribeRepositories')]).toEqual([403, true])
    }
  })
})
