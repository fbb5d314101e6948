/** What happens to people: two tabs, a second click, a session that is over in the middle of a form. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Principal } from '../../../ports/rows/access/access-keys.ts'
import { createSignInLink } from '../../../registry/access/sign-in-links.ts'
import { pushSceneImage } from '../../../testing/deletion-scene.ts'
import { openTemporaryRegistry, type TemporaryRegistry } from '../../../testing/temporary-registry.ts'
import { hiddenIn, TestBrowser } from '../testing/browser.ts'
import { type ServedGallery, serveGallery } from '../testing/serve-gallery.ts'
import { signIn } from '../testing/sign-in.ts'

const DESK = '/-/manage/acme/tools/web/-'
const POLICY =
  '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"ecr-public:PutImage"}]}'
const RULES =
  '{"rules":[{"rulePriority":1,"selection":{"tagStatus":"any","countType":"imageCountMoreThan","countNumber":9},"action":{"type":"expire"}}]}'

/** Each form in which something is typed, with what is typed. */
const FORMS = [
  ['catalog', `${DESK}/catalog`, { description: 'Typed <by> me', about: '# Typed\n\ntoo' }],
  ['settings', `${DESK}/settings`, { 'protected-tags': 'typed-*\nby-me', 'immutable-tags': '', 'bin-days': '3' }],
  ['lifecycle', `${DESK}/lifecycle`, { policy: RULES, do: 'save' }],
  ['permissions', `${DESK}/permissions`, { policy: POLICY, do: 'save' }],
  ['the registry', '/-/manage/-/settings', { 'display-name': 'Typed by me', do: 'name' }],
] as const

let registry: TemporaryRegistry
let gallery: ServedGallery
let user: Principal
beforeAll(async () => {
  registry = await openTemporaryRegistry()
  gallery = await serveGallery(registry)
  user = await registry.addAdministrator()
})
afterAll(async () => {
  expect(gallery.errors).toEqual([])
  await gallery[Symbol.asyncDispose]()
  await registry[Symbol.asyncDispose]()
})

const signedIn = async () => {
  const browser = new TestBrowser(gallery.url)
  await signIn(browser, registry, user)
  return browser
}
const signOut = async (browser: TestBrowser) => {
  const { text } = await browser.get('/-/manage')
  await browser.post('/-/signout', hiddenIn(`<main>${text}`))
}
const escaped = (text: string) =>
  text.replace(/[&<>"]/g, mark => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[mark] ?? mark)
const keeps = (text: string, fields: Readonly<Record<string, string>>) => {
  for (const [name, typed] of Object.entries(fields))
    if (name !== 'do' && typed !== '') expect(text, name).toContain(escaped(typed))
}

describe.each(FORMS)('the form of %s', (_, path, fields) => {
  it('keeps what was typed when the session is over, and goes on with it in the next one', async () => {
    const browser = await signedIn()
    const hidden = hiddenIn((await browser.get(path)).text)
    await signOut(browser)
    const over = await browser.post(path, { ...hidden, ...fields })
    expect([over.status, over.text.includes('Your session is over')]).toEqual([401, true])
    keeps(over.text, fields)
    expect(over.text).not.toContain(hidden['form-token'])

    await signIn(browser, registry, user)
    const again = await browser.post(path, { ...hiddenIn(over.text), ...fields })
    expect([again.status, again.text.includes('Nothing was saved')]).toEqual([403, true])
    keeps(again.text, fields)
    const fresh = /name="form-token" value="([^"]*)"/.exec(again.text)?.[1] ?? ''
    const saved = await browser.post(path, { ...hidden, ...fields, 'form-token': fresh })
    expect(saved.status).toBe(303)
  })

  it('keeps what was typed, and does nothing, when the key is revoked while it is on its way', async () => {
    const browser = await signedIn()
    const before = await browser.get(path)
    const { accessKeyId } = user.accessKey
    const { metadata } = registry
    const transaction = metadata.transaction.bind(metadata)
    const setActive = (isActive: boolean) => transaction(rows => rows.accessKeys.setActive(accessKeyId, isActive))
    // What would change something finds the key as it is by then.
    const held = vi.spyOn(metadata, 'transaction').mockImplementationOnce(async work => {
      await setActive(false)
      return transaction(work)
    })
    const over = await browser.post(path, { ...hiddenIn(before.text), ...fields })
    held.mockRestore()
    await setActive(true)
    expect([over.status, over.text.includes('Your session is over')]).toEqual([401, true])
    keeps(over.text, fields)
    expect(hiddenIn((await browser.get(path)).text)).toEqual(hiddenIn(before.text))
  })

  it('may be sent twice', async () => {
    const browser = await signedIn()
    const sent = { ...hiddenIn((await browser.get(path)).text), ...fields }
    for (const time of ['once', 'twice']) expect([time, (await browser.post(path, sent)).status]).toEqual([time, 303])
  })

  it('keeps what was typed in the second of two tabs, and overwrites nothing unasked', async () => {
    const browser = await signedIn()
    const stale = { ...hiddenIn((await browser.get(path)).text), version: 'of before' }
    const mine = Object.fromEntries(
      Object.entries(fields).map(([name, text]) => [
        name,
        name === 'do' ? text : text.replace(/1(?=,"sel)|Typed|typed|PutImage/, '7'),
      ]),
    )
    const refused = await browser.post(path, { ...stale, ...mine })
    expect([refused.status, refused.text.includes('Changed since you opened this page')]).toEqual([409, true])
    keeps(refused.text, mine)
  })
})

it.each([
  ['lifecycle', RULES],
  ['permissions', POLICY],
])('the %s is removed once, however often that is asked for', async (part, policy) => {
  const browser = await signedIn()
  const path = `${DESK}/${part}`
  await browser.submit(path, path, { policy, do: 'save' })
  const sent = { ...hiddenIn((await browser.get(path)).text), policy, do: 'remove' }
  for (const time of ['once', 'twice'])
    expect([time, (await browser.post(path, sent)).headers.get('location')]).toEqual([time, `${path}?done=removed`])
})

describe('what is done once however often it is asked for', () => {
  const words = (text: string) => text.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ')
  const follow = async (
    browser: TestBrowser,
    path: string,
    fields: Readonly<Record<string, string>>,
    times: number,
  ) => {
    const places = new Set<string | null>()
    for (let time = 0; time < times; time += 1) places.add((await browser.post(path, fields)).headers.get('location'))
    return [...places]
  }

  it('a deletion and a restore are each one job', async () => {
    const browser = await signedIn()
    await pushSceneImage(registry, registry.repository, { name: 'twice', tags: ['twice'] })
    const preview = await browser.get(`${DESK}/images/preview?i=twice`)
    const jobs = await follow(browser, `${DESK}/images/delete`, hiddenIn(preview.text), 3)
    expect(jobs).toHaveLength(1)
    const done = await browser.get(jobs[0] ?? '')
    expect(words(done.text)).toContain('Deletion is done')
    const restored = await follow(browser, jobs[0] ?? '', { ...hiddenIn(done.text), action: 'restore' }, 2)
    expect(restored).toHaveLength(1)
    expect(words((await browser.get(restored[0] ?? '')).text)).toContain('1 image put back')
  })

  it('what has left the bin is said to have left it', async () => {
    const browser = await signedIn()
    await pushSceneImage(registry, registry.repository, { name: 'gone', tags: ['gone'] })
    const preview = await browser.get(`${DESK}/images/preview?i=gone`)
    await browser.post(`${DESK}/images/delete`, hiddenIn(preview.text))
    const bin = await browser.get(`${DESK}/bin`)
    const [, digest = ''] = /name="i" value="(sha256:[^"]*)"/.exec(bin.text) ?? []
    const sent = { ...hiddenIn(bin.text), i: digest }
    const said = async (path: string | undefined | null) => words((await browser.get(path ?? '')).text)
    const purges = await follow(browser, `${DESK}/bin/purge`, sent, 2)
    expect(await said(purges[0])).toContain('1 image went for good.')
    expect(await said(purges[1])).toContain('1 of what was ticked was not in the bin any more.')
    expect(
      await said((await browser.post(`${DESK}/bin/purge`, { ...sent, all: '1' })).headers.get('location')),
    ).toContain('The bin was empty already.')
    const restored = await browser.post(`${DESK}/bin`, { ...sent, action: 'restore' })
    expect(await said(restored.headers.get('location'))).toContain('There is nothing of that name any more.')
  })

  it('a link signs in once, and a second click leads on', async () => {
    const browser = new TestBrowser(gallery.url)
    const { secret } = await createSignInLink(registry.context, user.accessKey.accessKeyId)
    const path = `/-/signin/link/${secret}`
    const form = hiddenIn((await browser.get(path)).text)
    expect(await follow(browser, path, form, 2)).toEqual(['/-/manage'])
    expect((await new TestBrowser(gallery.url).post(path, form)).status).toBe(403)
  })
})

it('a page that is asked for when the session is over leads to signing in, with a word, and back', async () => {
  const browser = await signedIn()
  const cookies = new Map(browser.cookies)
  await signOut(browser)
  for (const [name, value] of cookies) browser.cookies.set(name, value)
  const path = `${DESK}/images/job/none`
  const led = await browser.get(path)
  const page = await browser.get(led.headers.get('location') ?? '')
  expect(page.text).toContain('Your session is over. Sign in to go on.')
  expect(page.text).toContain(`name="back" value="${path}"`)
  const stranger = new TestBrowser(gallery.url)
  const fromHere = await stranger.get(path, { 'sec-fetch-site': 'same-origin' })
  expect(fromHere.headers.get('location')).toContain('over=1')
  expect((await stranger.get(path)).headers.get('location')).not.toContain('over')
})
