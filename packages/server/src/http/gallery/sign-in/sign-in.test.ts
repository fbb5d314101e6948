import { BlockList } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Principal } from '../../../ports/rows/access/access-keys.ts'
import { Passwords } from '../../../registry/access/passwords.ts'
import { createSignInLink } from '../../../registry/access/sign-in-links.ts'
import { openTemporaryRegistry, type TemporaryRegistry } from '../../../testing/temporary-registry.ts'
import { createClientOf } from '../../client.ts'
import { hiddenIn, TestBrowser } from '../testing/browser.ts'
import { type ServedGallery, serveGallery } from '../testing/serve-gallery.ts'

const HOUR_MS = 60 * 60 * 1000
const SIGN_IN = '/-/signin'
const MANAGE = '/-/manage'

let registry: TemporaryRegistry
let gallery: ServedGallery
let passwords: Passwords
let principal: Principal
let key: { accessKeyId: string; secret: string }
beforeAll(async () => {
  registry = await openTemporaryRegistry()
  principal = await registry.addAdministrator()
  const { accessKeyId, sealedSecret } = principal.accessKey
  key = { accessKeyId, secret: registry.sealer.open(sealedSecret, accessKeyId) }
  passwords = new Passwords(registry.context, registry.signingKeys, { userMs: 12 * HOUR_MS, anonymousMs: HOUR_MS })
  gallery = await serveGallery(registry)
})
afterAll(async () => {
  await gallery[Symbol.asyncDispose]()
  await registry[Symbol.asyncDispose]()
})
beforeEach(() => {
  // Attempts of the test before are made up for, and keys that sign are still good.
  registry.context.clock.time += HOUR_MS
})

const password = async () => (await passwords.forUser(principal)).password
const byPassword = async (browser: TestBrowser, text?: string) =>
  browser.submit(SIGN_IN, SIGN_IN, { password: text ?? (await password()) })
const byKey = (browser: TestBrowser, id = key.accessKeyId, secret = key.secret) =>
  browser.submit(SIGN_IN, SIGN_IN, { 'access-key-id': id, 'secret-access-key': secret })
const open = (url = gallery.url, headers = {}) => new TestBrowser(url, headers)
const signedIn = async (url = gallery.url) => {
  const browser = open(url)
  expect((await byPassword(browser)).status).toBe(303)
  return browser
}
const setActive = (accessKeyId: string, isActive: boolean) =>
  registry.metadata.transaction(rows => rows.accessKeys.setActive(accessKeyId, isActive))
const seesDesk = async (browser: TestBrowser) => (await browser.get(MANAGE)).status === 200

describe('signing in', () => {
  it('takes a password or an access key, and leads to the desk', async () => {
    for (const way of [byPassword, byKey]) {
      const browser = open()
      const answer = await way(browser)
      expect([answer.status, answer.headers.get('location')]).toEqual([303, MANAGE])
      const desk = await browser.get(MANAGE)
      expect([desk.status, desk.headers.get('cache-control')]).toEqual([200, 'no-store'])
      expect(desk.text).toContain('tools/web')
    }
  })

  it('leads to where one wanted to go, and never elsewhere', async () => {
    const wanted = await open().get('/-/manage/acme/tools/web')
    expect(wanted.headers.get('location')).toBe('/-/signin?back=%2F-%2Fmanage%2Facme%2Ftools%2Fweb')
    for (const [back, to] of [
      ['/-/manage/acme/tools/web', '/-/manage/acme/tools/web'],
      ['//evil.example', MANAGE],
      ['https://evil.example', MANAGE],
    ] as const) {
      const page = `${SIGN_IN}?${new URLSearchParams({ back })}`
      const answer = await open().submit(page, SIGN_IN, { password: await password() })
      expect(answer.headers.get('location')).toBe(to)
    }
  })

  it('refuses what is wrong, unknown or inactive in the same words', async () => {
    const other = await registry.addAdministrator('inactive')
    const { accessKeyId, sealedSecret } = other.accessKey
    await setActive(accessKeyId, false)
    const inactive = [accessKeyId, registry.sealer.open(sealedSecret, accessKeyId)] as const
    const without = (text: string) => text.replace(/value="[^"]*"/g, '')
    const answers = [
      await byKey(open(), key.accessKeyId, 'wrong'),
      await byKey(open(), 'AKIAUNKNOWN', key.secret),
      await byKey(open(), ...inactive),
      await byPassword(open(), 'wrong'),
    ]
    expect(answers.map(answer => answer.status)).toEqual([403, 403, 403, 403])
    expect(new Set(answers.map(answer => without(answer.text))).size).toBe(1)
  })

  it('takes no token that is narrowed to repositories, and none of nobody', async () => {
    const whole = await passwords.verify(await password())
    const narrow = await passwords.bearer(whole, [{ repository: 'acme/tools/web', actions: ['pull'] }])
    const anonymous = await passwords.bearer(undefined, undefined)
    for (const { password: token } of [narrow, anonymous]) expect((await byPassword(open(), token)).status).toBe(403)
  })

  it('holds wrong attempts of an address back, and never a good password or another address', async () => {
    const browser = open()
    const statuses: number[] = []
    for (let each = 0; each < 8; each += 1) statuses.push((await byKey(browser, key.accessKeyId, 'wrong')).status)
    expect(statuses).toEqual([403, 403, 403, 403, 403, 429, 429, 429])
    expect((await byKey(browser)).status).toBe(429)
    expect((await byPassword(browser)).status).toBe(303)
    registry.context.clock.time += HOUR_MS
    expect((await byKey(open())).status).toBe(303)
    expect(gallery.signIns).toContain('limited')
  })
})

describe('a link that signs in', () => {
  const link = async () => `/-/signin/link/${(await createSignInLink(registry.context, key.accessKeyId)).secret}`

  it('shows whose it is as often as it is read, and signs one browser in', async () => {
    const path = await link()
    const browser = open()
    for (let each = 0; each < 2; each += 1) {
      const page = await browser.get(path)
      expect([page.status, page.headers.get('referrer-policy')]).toEqual([200, 'no-referrer'])
      expect(page.text).toContain('Sign in as admin')
    }
    const other = open()
    expect((await other.post(path, {})).status).toBe(403)
    expect((await browser.submit(path, path, {})).headers.get('location')).toBe(MANAGE)
    expect(await seesDesk(browser)).toBe(true)
    for (const late of [browser, other]) expect((await late.get(path)).status).toBe(404)
  })

  it('is good for a minute, for one of two servers, and while its key is', async () => {
    const late = await link()
    registry.context.clock.time += 60_000
    expect((await open().get(late)).status).toBe(404)
    const revoked = await link()
    await setActive(key.accessKeyId, false)
    expect((await open().get(revoked)).status).toBe(404)
    await setActive(key.accessKeyId, true)
    await using second = await serveGallery(registry)
    const path = await link()
    const browsers = [open(), open(second.url), open(), open(second.url)]
    const forms = await Promise.all(browsers.map(async each => hiddenIn((await each.get(path)).text)))
    const answers = await Promise.all(browsers.map((each, index) => each.post(path, forms[index] ?? {})))
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 404, 404, 404])
    expect((await open().get('/-/signin/link/short')).status).toBe(404)
  })
})

describe('a session', () => {
  it('has a cookie that no script reads, named by the port and for an hour on loopback', async () => {
    const answer = await byPassword(open())
    const { port } = new URL(gallery.url)
    const [session, hint] = answer.headers.get('set-cookie')?.split(/,(?=berth)/) ?? []
    expect(session).toMatch(
      new RegExp(`^berth-session-${port}=ey[\\w.-]+; Max-Age=3600; Path=/; HttpOnly; SameSite=Lax$`),
    )
    expect(hint).toBe(`berth-signed-in-${port}=1; Max-Age=3600; Path=/; HttpOnly; SameSite=Lax`)
  })

  it('ends with its time, with the password, with its key, and with whoever signs out', async () => {
    const { clock } = registry.context
    const loopback = await signedIn()
    clock.time += HOUR_MS - 1
    expect(await seesDesk(loopback)).toBe(true)
    clock.time += 1
    expect(await seesDesk(loopback)).toBe(false)

    const late = await password()
    clock.time += 12 * HOUR_MS - 60_000
    const short = open()
    expect((await byPassword(short, late)).status).toBe(303)
    clock.time += 60_000
    expect(await seesDesk(short)).toBe(false)

    const revoked = await signedIn()
    await setActive(key.accessKeyId, false)
    expect(await seesDesk(revoked)).toBe(false)
    await setActive(key.accessKeyId, true)
    expect(await seesDesk(revoked)).toBe(true)
  })

  it('made on one server is good on another, and ends on both', async () => {
    await using other = await serveGallery(registry)
    const browser = await signedIn()
    const elsewhere = open(other.url)
    const { port } = new URL(other.url)
    const [, session = ''] = [...browser.cookies].find(([name]) => name.includes('session')) ?? []
    elsewhere.cookies.set(`berth-session-${port}`, session)
    expect(await seesDesk(elsewhere)).toBe(true)
    const page = await elsewhere.get(MANAGE)
    const [, token = ''] = /name="form-token" value="([^"]+)"/.exec(page.text) ?? []
    expect((await elsewhere.post('/-/signout', { 'form-token': token })).headers.get('location')).toBe('/')
    expect(elsewhere.cookies.size).toBe(0)
    expect(await seesDesk(browser)).toBe(false)
  })

  it('is no password or token, and no password or token is a session', async () => {
    const browser = await signedIn()
    const [name = '', session = ''] = [...browser.cookies].find(([each]) => each.includes('session')) ?? []
    await expect(passwords.verify(session)).rejects.toThrow('credentialsRefused')
    expect((await byPassword(open(), session)).status).toBe(403)
    for (const token of [await password(), (await passwords.bearer(undefined, undefined)).password]) {
      const stranger = open()
      stranger.cookies.set(name, token)
      expect(await seesDesk(stranger)).toBe(false)
    }
    const bearer = await open().get(MANAGE, { authorization: `Bearer ${await password()}` })
    expect(bearer.status).toBe(303)
  })

  it('shows the way to the desk on public pages, which are the same for all that have signed in', async () => {
    const before = await open().get('/')
    expect(before.text).toContain('href="/-/signin"')
    const browser = await signedIn()
    const after = await browser.get('/')
    expect(after.text).toContain('>Manage</a>')
    expect(after.text).not.toContain('form-token')
    expect(after.headers.get('etag')).not.toBe(before.headers.get('etag'))
    expect(after.headers.get('vary')).toBe('accept, cookie')
    const again = await (await signedIn()).get('/', { 'if-none-match': after.headers.get('etag') ?? '' })
    expect(again.status).toBe(304)
  })
})

describe('a clock that leaps 400 days ahead, and back', () => {
  const LEAP_MS = 400 * 24 * HOUR_MS
  const leaping = async <T>(work: () => Promise<T>): Promise<T> => {
    registry.context.clock.time += LEAP_MS
    try {
      return await work()
    } finally {
      registry.context.clock.time -= LEAP_MS
    }
  }
  const signOut = async (browser: TestBrowser) =>
    browser.post('/-/signout', hiddenIn(`<main${(await browser.get(MANAGE)).text}`))

  it('leaves no link and no session that is good for longer than others', async () => {
    const secret = await leaping(async () => (await createSignInLink(registry.context, key.accessKeyId)).secret)
    expect((await open().get(`/-/signin/link/${secret}`)).status).toBe(404)
    const browser = await leaping(() => signedIn())
    expect(await seesDesk(browser)).toBe(false)
  })

  it('brings no session back that was ended', async () => {
    const browser = await signedIn()
    const stolen = open()
    for (const [name, value] of browser.cookies) stolen.cookies.set(name, value)
    await signOut(browser)
    await leaping(async () => signOut(await signedIn()))
    expect(await seesDesk(stolen)).toBe(false)
  })
})

describe('a form', () => {
  it('from another site does nothing', async () => {
    const browser = await signedIn()
    const page = await browser.get(MANAGE)
    const [, token = ''] = /name="form-token" value="([^"]+)"/.exec(page.text) ?? []
    const fields = { 'form-token': token }
    const { origin } = new URL(gallery.url)
    for (const headers of [
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { 'sec-fetch-site': 'none' },
      { 'sec-fetch-site': 'cross-site', origin },
      { 'sec-fetch-site': undefined },
      { 'sec-fetch-site': undefined, origin: 'null' },
      { 'sec-fetch-site': undefined, origin: 'http://evil.example' },
      { 'sec-fetch-site': undefined, origin: origin.replace('http:', 'https:') },
      { host: 'evil.example' },
      { host: `localhost.evil.example:${new URL(gallery.url).port}` },
    ])
      expect([headers, (await browser.post('/-/signout', fields, headers)).status]).toEqual([headers, 403])
    for (const wrong of ['', 'x', `${token}x`])
      expect((await browser.post('/-/signout', { 'form-token': wrong })).status).toBe(403)
    const stranger = await signedIn()
    expect((await stranger.post('/-/signout', fields)).status).toBe(403)
    expect(await seesDesk(browser)).toBe(true)
    const own = await browser.post('/-/signout', fields, { 'sec-fetch-site': undefined, origin })
    expect(own.status).toBe(303)
  })

  it('that signs in is taken only from the browser that was shown it', async () => {
    const [one, other] = [open(), open()]
    const { text } = await one.get(SIGN_IN)
    const [, token = ''] = /name="form-token" value="([^"]+)"/.exec(text) ?? []
    const fields = { 'form-token': token, password: await password() }
    expect((await other.post(SIGN_IN, fields)).status).toBe(403)
    await other.get(SIGN_IN)
    expect((await other.post(SIGN_IN, fields)).status).toBe(403)
    expect((await one.post(SIGN_IN, fields)).status).toBe(303)
  })

  it('that comes when its session is over changes nothing, and says so', async () => {
    const answer = await open().post(MANAGE, { 'form-token': 'x' })
    expect([answer.status, answer.text.includes('Your session is over')]).toEqual([401, true])
    const large = await open().submit(SIGN_IN, SIGN_IN, { password: 'x'.repeat(40_000) })
    expect(large.status).toBe(413)
  })
})

describe('plain HTTP from elsewhere', () => {
  const asStranger = { 'x-forwarded-for': '192.0.2.1' }

  it('signs nobody in, and says what to do', async () => {
    for (const headers of [asStranger, { host: '192.0.2.7:5000' }, { host: 'registry.example' }]) {
      const browser = open(gallery.url, headers)
      const page = await browser.get(SIGN_IN)
      expect([page.status, page.text.includes('type="password"')]).toEqual([403, false])
      expect((await browser.post(SIGN_IN, { password: await password() })).status).toBe(403)
    }
    expect((await open(gallery.url, asStranger).get(SIGN_IN)).text).toContain('https://')
  })

  it('carries no session, not even one that was made on the machine itself', async () => {
    const browser = await signedIn()
    expect((await browser.get(MANAGE, asStranger)).status).toBe(303)
  })
})

describe('behind a proxy that speaks TLS', () => {
  it('has a __Host- cookie, and knows the name of the public URL alone', async () => {
    const trusted = new BlockList()
    trusted.addAddress('127.0.0.1')
    await using proxied = await serveGallery(registry, {
      publicUrl: 'https://images.example',
      clientOf: createClientOf(trusted),
    })
    const proxy = { 'x-forwarded-proto': 'https', 'x-forwarded-for': '192.0.2.1' }
    const browser = open(proxied.url, { ...proxy, host: 'images.example' })
    const answer = await byKey(browser)
    expect(answer.headers.get('set-cookie')).toMatch(
      /^__Host-berth-session=ey[\w.-]+; Max-Age=43200; Path=\/; HttpOnly; SameSite=Lax; Secure,__Host-berth-signed-in=1; /,
    )
    expect(await seesDesk(browser)).toBe(true)
    const other = open(proxied.url, { ...proxy, host: 'other.example' })
    expect((await other.get(SIGN_IN)).text).toContain('--public-url')
    expect((await other.post(SIGN_IN, { password: await password() })).status).toBe(403)
  })
})
