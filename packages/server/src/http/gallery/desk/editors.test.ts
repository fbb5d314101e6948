import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AccountId } from '../../../domain/names.ts'
import { png } from '../../../domain/testing/image-files.ts'
import { setPolicy } from '../../../registry/repositories/repository-policy.ts'
import { putSettings } from '../../../registry/repositories/settings.ts'
import {
  ACCOUNT,
  OPERATOR,
  openTemporaryRegistry,
  type TemporaryRegistry,
} from '../../../testing/temporary-registry.ts'
import { hiddenIn, TestBrowser } from '../testing/browser.ts'
import { type ServedGallery, serveGallery } from '../testing/serve-gallery.ts'
import { signIn } from '../testing/sign-in.ts'

const DESK = '/-/manage/acme/tools/web/-'
const HOSTILE = '</textarea><script>alert(1)</script>" onfocus="alert(2)'

let registry: TemporaryRegistry
let gallery: ServedGallery
let browser: TestBrowser
beforeAll(async () => {
  registry = await openTemporaryRegistry()
  await registry.addImage('{}', 'v1')
  await registry.addImage('{"a":1}', 'build-1')
  gallery = await serveGallery(registry)
  browser = new TestBrowser(gallery.url)
  await signIn(browser, registry, await registry.addAdministrator())
})
afterAll(async () => {
  await gallery[Symbol.asyncDispose]()
  await registry[Symbol.asyncDispose]()
})

const row = async () => (await registry.metadata.rows.repositories.get(registry.repository.id)) ?? expect.unreachable()
const lastRecord = async () =>
  (await registry.metadata.rows.audit.list({ newestFirst: true }, { limit: 1 }))[0] ?? expect.unreachable()
/** Sends the form of a page with other fields than it shows. */
const save = (part: string, fields: Readonly<Record<string, string>>) =>
  browser.submit(`${DESK}/${part}`, `${DESK}/${part}`, fields)

describe('catalog data', () => {
  it('is previewed as others will see it, saved, and shown with what is stored', async () => {
    const fields = {
      description: 'A wharf',
      about: '# Hello\r\n\r\n<b>you</b>',
      systems: 'Linux',
      'other-systems': 'Plan 9, BSD',
    }
    const preview = await save('catalog', { ...fields, do: 'preview' })
    expect(preview.text).toMatch(/not saved[\s\S]*<h3[^>]*>Hello<\/h3>/)
    expect((await row()).catalogData).toBeUndefined()
    const saved = await browser.post(`${DESK}/catalog`, { ...hiddenIn(preview.text), ...fields, do: 'save' })
    expect([saved.status, saved.headers.get('location')]).toEqual([303, `${DESK}/catalog?done=saved`])
    expect((await row()).catalogData).toMatchObject({
      description: 'A wharf',
      aboutText: '# Hello\n\n<b>you</b>',
      operatingSystems: ['Linux', 'Plan 9', 'BSD'],
    })
    expect(await lastRecord()).toMatchObject({
      action: 'PutRepositoryCatalogData',
      via: 'gallery',
      repository: 'tools/web',
    })
    const page = await browser.get(`${DESK}/catalog?done=saved`)
    expect(page.text).toContain('Saved.')
    expect(page.text).toContain('value="Plan 9, BSD"')
    expect(page.text).toContain('&lt;b&gt;you&lt;/b&gt;</textarea>')
  })

  it('takes a logo, keeps it without a file, and takes it away', async () => {
    const send = async (fields: Record<string, string>, logo?: Buffer) => {
      const hidden = hiddenIn((await browser.get(`${DESK}/catalog`)).text)
      const form = new FormData()
      for (const [name, value] of Object.entries({ ...hidden, ...fields })) form.set(name, value)
      form.set('logo', new Blob(logo === undefined ? [] : [new Uint8Array(logo)]), logo === undefined ? '' : 'logo.png')
      const sent = new Response(form)
      const type = sent.headers.get('content-type') ?? ''
      return browser.send(`${DESK}/catalog`, Buffer.from(await sent.arrayBuffer()), type)
    }
    expect((await send({ description: 'With a logo' }, png(64, 64))).status).toBe(303)
    const { logoId } = (await row()).catalogData ?? {}
    expect(logoId).toMatch(/\.png$/)
    expect((await send({ description: 'Ö still' })).status).toBe(303)
    expect((await row()).catalogData).toMatchObject({ description: 'Ö still', logoId })
    const refused = await send({ description: 'x' }, Buffer.from('<svg onload="alert(1)"/>'))
    expect([refused.status, refused.text.includes('PNG, JPEG or GIF image')]).toEqual([400, true])
    expect((await send({ description: 'Without', 'no-logo': 'on' })).status).toBe(303)
    expect((await row()).catalogData?.logoId).toBeUndefined()
  })

  it('that is too long is refused with what was typed still there, and runs nothing', async () => {
    const answer = await save('catalog', { description: `${HOSTILE}${'x'.repeat(1_100)}`, about: HOSTILE })
    expect([answer.status, answer.text.includes('Nothing was saved.')]).toEqual([400, true])
    expect(answer.text).toContain('&lt;/textarea&gt;&lt;script&gt;')
    expect(answer.text).not.toMatch(/<script(?![^>]* src=)|" onfocus="/)
  })
})

describe('settings', () => {
  it('of a repository are saved, and refused where a pattern is none', async () => {
    const fields = { 'protected-tags': 'v*\r\n\r\n !v1-rc* ', 'immutable-tags': '', 'bin-days': '30' }
    expect((await save('settings', fields)).status).toBe(303)
    expect((await row()).settings).toEqual({ protectedTags: ['v*', '!v1-rc*'], immutableTags: [], binDays: 30 })
    expect(await lastRecord()).toMatchObject({ action: 'PutRepositorySettings', via: 'gallery' })
    for (const wrong of [{ 'protected-tags': 'a b<' }, { 'bin-days': 'soon' }, { 'bin-days': '9999' }]) {
      const answer = await save('settings', { ...fields, ...wrong })
      expect([wrong, answer.status]).toEqual([wrong, 400])
      expect(answer.text).toContain(Object.values(wrong)[0]?.replace('<', '&lt;'))
    }
    expect((await save('settings', { ...fields, 'protected-tags': '', 'bin-days': '' })).status).toBe(303)
    expect((await row()).settings.binDays).toBeUndefined()
  })

  it('of the registry are a form for each permission', async () => {
    const page = '/-/manage/-/settings'
    const [name, bin] = (await browser.get(page)).text.split('id="bin-form"')
    const hidden = (text = '') => hiddenIn(`<main>${text.slice(text.indexOf('name-form'))}`)
    expect((await browser.post(page, { ...hidden(name), 'display-name': 'Harbour <works>', do: 'name' })).status).toBe(
      303,
    )
    expect((await browser.post(page, { ...hiddenIn(`<main>${bin}`), 'bin-days': '12', do: 'bin' })).status).toBe(303)
    expect(await registry.metadata.rows.registries.find(ACCOUNT)).toMatchObject({
      displayName: 'Harbour <works>',
      binDays: 12,
    })
    expect((await browser.get(page)).text).toContain('value="Harbour &lt;works&gt;"')
    const late = await browser.post(page, { ...hidden(name), 'display-name': 'Other', do: 'name' })
    expect(late.status).toBe(409)
  })
})

describe('a lifecycle policy', () => {
  const policy = JSON.stringify({
    rules: [
      {
        rulePriority: 3,
        description: 'Builds <b>',
        selection: {
          tagStatus: 'tagged',
          tagPatternList: ['build-*'],
          countType: 'sinceImagePushed',
          countUnit: 'days',
          countNumber: 1,
        },
        action: { type: 'expire' },
      },
    ],
  })

  it('is previewed with image, tags and rule, and deletes nothing then', async () => {
    registry.context.clock.time += 2 * 24 * 60 * 60 * 1000
    await signIn(browser, registry, await registry.addAdministrator('later'))
    const preview = await save('lifecycle', { policy, do: 'preview' })
    expect(preview.text).toMatch(/1 image would expire now[\s\S]*build-1/)
    expect(preview.text).toContain('Of images with a tag build-* those that were pushed more than 1 day ago expire.')
    expect((await registry.metadata.rows.lifecycle.find(registry.repository.id))?.policyText).toBeUndefined()
    expect((await save('lifecycle', { policy: '{"rules":[]}', do: 'preview' })).status).toBe(400)
    expect((await save('lifecycle', { policy: HOSTILE, do: 'save' })).status).toBe(400)
  })

  it('is saved, told in words, and removed', async () => {
    expect((await save('lifecycle', { policy, do: 'save' })).status).toBe(303)
    const page = await browser.get(`${DESK}/lifecycle`)
    expect(page.text).toContain('In force')
    expect(page.text).toContain('Builds &lt;b&gt;')
    expect((await save('lifecycle', { policy, do: 'remove' })).headers.get('location')).toContain('done=removed')
    expect(await lastRecord()).toMatchObject({ action: 'DeleteLifecyclePolicy', via: 'gallery' })
  })
})

describe('permissions', () => {
  it('are told in words and as JSON, and what would lock their author out is refused', async () => {
    const statement = (more: object) => ({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: '*', Action: 'ecr-public:PutImage', ...more }],
    })
    const shared = statement({ Condition: { Bool: { 'aws:SecureTransport': true } } })
    expect((await save('permissions', { policy: JSON.stringify(shared) })).status).toBe(303)
    expect(await lastRecord()).toMatchObject({ action: 'SetRepositoryPolicy', via: 'gallery' })
    const page = await browser.get(`${DESK}/permissions`)
    expect(page.text).toContain('</span> <code>ecr-public:PutImage</code>, where <code>aws:SecureTransport</code>')
    expect(page.text).toContain('&quot;Version&quot;: &quot;2012-10-17&quot;')
    const locking = JSON.stringify(statement({ Effect: 'Deny', Action: '*' }))
    const refused = await save('permissions', { policy: locking })
    expect([refused.status, refused.text.includes('unless it is forced')]).toEqual([400, true])
    expect((await save('permissions', { policy: HOSTILE })).status).toBe(400)
    expect((await save('permissions', { policy: '', do: 'remove' })).status).toBe(303)
    expect((await row()).policyText).toBeUndefined()
  })
})

describe('the audit log', () => {
  it('lists the newest first, by pages and filters, and runs nothing of it', async () => {
    const deed = {
      action: 'TagResource',
      accountId: ACCOUNT as AccountId,
      recordedAt: 5,
      principal: 'p',
      via: 'call' as const,
    }
    await registry.metadata.transaction(rows =>
      rows.audit.append(
        Array.from({ length: 60 }, (_, at) => ({ ...deed, detail: `${at} <script>`, repository: 'tools/web' })),
      ),
    )
    const first = await browser.get('/-/manage/-/audit?action=TagResource')
    expect(first.text.indexOf('59 &lt;script&gt;')).toBeGreaterThan(0)
    expect(first.text.indexOf('59 &lt;')).toBeLessThan(first.text.indexOf('10 &lt;'))
    expect(first.text).not.toContain('>9 &lt;')
    const [, next = ''] = /href="([^"]*after=[^"]*)"/.exec(first.text) ?? []
    expect((await browser.get(next.replaceAll('&amp;', '&'))).text).toContain('>9 &lt;')
    const none = await browser.get('/-/manage/-/audit?repository=tools/other&since=2026-01-01&until=2026-12-01')
    expect(none.text).toContain('Nothing was done')
    for (const odd of ['?action=%3Cscript%3E&since=x&until=2026-99-99', '?after=x', '?repository=%22%3E'])
      expect((await browser.get(`/-/manage/-/audit${odd}`)).text).not.toContain('<script>')
  })
})

describe('what has changed since a page was opened', () => {
  it('is not overwritten', async () => {
    const { context, repository } = registry
    const open = async (part: string) => hiddenIn((await browser.get(`${DESK}/${part}`)).text)
    const [settings, permissions] = [await open('settings'), await open('permissions')]
    await putSettings(context, OPERATOR, repository, { protectedTags: ['mine'], immutableTags: [] })
    await setPolicy(
      context,
      OPERATOR,
      repository,
      JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: '*', Action: 'ecr-public:PutImage' }],
      }),
    )
    const answer = await browser.post(`${DESK}/settings`, { ...settings, 'protected-tags': 'theirs' })
    expect([answer.status, answer.text.includes('Changed since you opened this page')]).toEqual([409, true])
    expect((await row()).settings.protectedTags).toEqual(['mine'])
    expect((await browser.post(`${DESK}/permissions`, { ...permissions, do: 'remove' })).status).toBe(409)
    expect((await row()).policyText).toBeDefined()
    const without = await browser.post(`${DESK}/settings`, { 'form-token': settings['form-token'] ?? '' })
    expect(without.status).toBe(409)
  })
})

describe('who may not', () => {
  it('is told which permission is missing, on each page and each form', async () => {
    const user = await registry.addAdministrator('reader')
    const other = new TestBrowser(gallery.url)
    await signIn(other, registry, user)
    const fields = hiddenIn((await other.get(`${DESK}/settings`)).text)
    const deny = (...actions: string[]) =>
      registry.accounts.putPolicy(
        ACCOUNT,
        'reader',
        'deny',
        JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Deny', Action: actions, Resource: '*' }] }),
      )
    await deny('*:Put*', 'ecr-public:Set*', '*:Delete*')
    for (const [part, action, sent] of [
      ['catalog', 'ecr-public:PutRepositoryCatalogData', {}],
      ['settings', 'berth:PutRepositorySettings', {}],
      [
        'lifecycle',
        'ecr:PutLifecyclePolicy',
        {
          policy:
            '{"rules":[{"rulePriority":1,"selection":{"tagStatus":"any","countType":"imageCountMoreThan","countNumber":1},"action":{"type":"expire"}}]}',
        },
      ],
      [
        'permissions',
        'ecr-public:SetRepositoryPolicy',
        {
          policy:
            '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"ecr-public:PutImage"}]}',
        },
      ],
    ] as const) {
      const answer = await other.post(`${DESK}/${part}`, { ...fields, ...sent })
      expect([part, answer.status, answer.text.includes(action)]).toEqual([part, 403, true])
    }
    await deny('*')
    for (const path of [
      '/-/manage',
      '/-/manage/-/audit',
      '/-/manage/-/settings',
      DESK,
      ...['catalog', 'settings', 'lifecycle', 'permissions'].map(part => `${DESK}/${part}`),
    ])
      expect([path, (await other.get(path.replace(/\/-$/, ''))).status]).toEqual([path, 403])
  })
})
