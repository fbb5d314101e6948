import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { TestBrowser } from '../../packages/server/src/http/gallery/testing/browser.ts'
import { BERTH, berthEnvironment } from '../support/berth.ts'
import { type Registry, startRegistry } from '../support/registry.ts'
import { succeed } from '../support/run.ts'
import { describeWith } from '../support/tools.ts'
import {
  complaintsOf,
  judgeLook,
  keepScreenshot,
  LOOKS,
  launchBrowser,
  openView,
  overflowOf,
  violationsOn,
  walkByKeyboard,
} from './browser.ts'
import { askAll } from './desk-hostile.ts'
import { DESK_PAGES, GOING_WRONG, pagesThatThereAre, SIGNING_IN, type Tour } from './desk-pages.ts'
import { HOSTILE_MARKDOWN, HOSTILE_TEXTS } from './hostile-texts.ts'
import { faultsOf, INSPECT_DESK } from './inspect.ts'
import { type Pusher, pusherOf } from './push.ts'
import { signIn } from './sign-in.ts'

const NAME = 'project-a/web-app'

describeWith(['chromium'], 'the desk in a browser', () => {
  let registry: Registry
  let browser: Browser
  beforeAll(async () => {
    registry = await startRegistry({ args: ['--rate-limits', 'none'] })
    const to = await pusherOf(registry, NAME, { description: 'A small web server', aboutText: '# Served' })
    await to.image({ config: { os: 'linux', architecture: 'amd64' }, layers: ['base'] }, 'v1', 'latest')
    await to.image({ config: { os: 'linux', architecture: 'arm64' }, layers: ['base'] }, 'build-1')
    await to.image({ config: { os: 'linux', architecture: 's390x' }, layers: ['base'] }, 'build-2')
    await registry.control('SetRepositoryPolicy', {
      repositoryName: NAME,
      policyText: JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Principal: '*',
            Action: 'ecr-public:PutImage',
            Condition: { Bool: { 'aws:SecureTransport': true } },
          },
          { Effect: 'Deny', Principal: { AWS: registry.accountId }, Action: 'ecr-public:DeleteRepository' },
        ],
      }),
    })
    browser = await launchBrowser()
    await deleteByHand(to)
  })
  /** Leaves a job behind, and two images in the bin. */
  const deleteByHand = async (to: Pusher) => {
    for (const architecture of ['mips', 'riscv64'])
      await to.image({ config: { os: 'linux', architecture }, layers: ['base'] }, `gone-${architecture}`)
    const [view, page] = await withSession()
    await page.goto(`${desk('images/preview')}?all=1&q=gone-`)
    await page.getByRole('button', { name: 'Delete 2 images' }).click()
    await page.getByText('Deletion is done').waitFor()
    await view.close()
  }
  afterAll(async () => {
    await browser?.close()
    await registry?.[Symbol.asyncDispose]()
  })

  const desk = (part: string) => `${registry.url}/-/manage/${registry.alias}/${NAME}/-/${part}`
  const withSession = async (options: Parameters<typeof openView>[1] = {}): Promise<[BrowserContext, Page]> => {
    const view = await openView(browser, options)
    const page = await view.newPage()
    await signIn(page, registry, '/-/manage')
    return [view, page]
  }

  /** Opens each page as a person would, and has it looked at. */
  const walk = async (
    options: Parameters<typeof openView>[1],
    look: (page: Page, name: string, isFirst: boolean) => Promise<unknown>,
    isShort = false,
  ) => {
    const view = await openView(browser, options)
    const page = await view.newPage()
    const complaints = complaintsOf(page, registry.url)
    const tour = {
      page,
      registry,
      desk: (part: string) =>
        desk(part)
          .slice(registry.url.length)
          .replace(/\/-\/$/, ''),
    }
    const visit = async (states: Readonly<Record<string, (tour: Tour) => Promise<unknown>>>) => {
      for (const [at, [name, open]] of Object.entries(states).entries()) {
        if (isShort && at > 0) continue
        await open(tour)
        await look(page, `desk-${name}`, at === 0)
      }
    }
    await visit(SIGNING_IN)
    await signIn(page, registry, '/-/manage')
    for (const states of Object.values(DESK_PAGES)) await visit(states)
    await visit(GOING_WRONG)
    // Pages that refuse something are told of by their status.
    expect(complaints.filter(each => !/status of 4\d\d/.test(each))).toEqual([])
    await view.close()
  }

  it('has no page that the others of these tests leave out', () => {
    expect(Object.keys(DESK_PAGES).sort()).toEqual(pagesThatThereAre().sort())
  })

  it('breaks no rule of WCAG 2.2 AA in light and dark, and fits a desktop and a phone', async () => {
    for (const [size, scheme] of LOOKS)
      await walk(
        { size, scheme },
        (page, name, isFirst) => judgeLook(page, name, [size, scheme], { isPictured: isFirst }),
        size === 'phone',
      )
  })

  it('lets the keyboard reach everything, and fits every width from 320 pixels on', async () => {
    await walk(
      {},
      async (page, name) => {
        const reached = await walkByKeyboard(page)
        expect(reached.unseen, `${name} shows where the focus is`).toEqual([])
        expect(reached.missed, `${name} lets the keyboard everywhere`).toEqual([])
        for (const width of [320, 600, 1024]) {
          await page.setViewportSize({ width, height: 800 })
          expect(await overflowOf(page), `${name} at ${width} px`).toBeLessThanOrEqual(0)
        }
      },
      true,
    )
  })

  it('shows whatever is typed or asked as text, and runs nothing of it', async () => {
    const texts = [...HOSTILE_TEXTS, ...HOSTILE_MARKDOWN]
    expect(texts.length).toBeGreaterThanOrEqual(150)
    const signedIn = new TestBrowser(registry.url)
    await signedIn.submit('/-/signin', '/-/signin', { password: await registry.password() })
    const over = new TestBrowser(registry.url)
    const path = new URL(desk('')).pathname.replace(/\/$/, '')
    const pages = await askAll({ signedIn, over, desk: path }, texts)
    expect(Object.keys(pages).length).toBeGreaterThan(texts.length)
    expect(await faultsOf(browser, pages, INSPECT_DESK)).toEqual([])
    expect(registry.output()).not.toContain('a page could not be made')
  })

  it('runs nothing of it in a browser either, and keeps its layout', async () => {
    const [view, page] = await withSession({ size: 'phone' })
    await view.addInitScript('globalThis.marks = []; globalThis.mark = at => globalThis.marks.push(at)')
    const complaints = complaintsOf(page, registry.url, { isConsoleHeard: false })
    const sound = async (what: string) => {
      expect(await page.evaluate('globalThis.marks'), what).toEqual([])
      expect(await overflowOf(page), what).toBeLessThanOrEqual(0)
    }
    const typed = HOSTILE_TEXTS.filter((_, at) => at % 9 === 0)
    await page.goto(desk('catalog'))
    for (const label of ['Description', 'About', 'Usage', 'Other operating systems', 'Other architectures'])
      await page.getByLabel(label, { exact: true }).fill([...typed, ...HOSTILE_MARKDOWN].join('\n\n').slice(0, 2_000))
    await page.getByRole('button', { name: 'Preview' }).click()
    await page.getByText('not saved').waitFor()
    await sound('a preview')
    for (const text of ['w'.repeat(5_000), ...typed.filter(each => each.length < 1_000).slice(0, 4)]) {
      await page.goto(desk('settings'))
      await page.getByLabel('Protected tags').fill(`${text}<`)
      await page.getByRole('button', { name: 'Save' }).click()
      await page.getByText('Nothing was saved.').waitFor()
      await sound(text)
      const query = new URLSearchParams({ q: text, repository: text, refused: text })
      for (const path of [desk('images'), `${registry.url}/-/manage/-/audit`, desk('bin')]) {
        await page.goto(`${path}?${query}`)
        await sound(`${path} ${text}`)
      }
    }
    expect(complaints).toEqual([])
    await view.close()
  })

  it('saves without scripts and by the keyboard alone, and says so', async () => {
    const [view, page] = await withSession({ scripts: false })
    await page.goto(desk('settings'))
    await page.getByLabel('Protected tags').fill('v*')
    await page.getByLabel('Days in the bin').press('Enter')
    await page.getByText('Saved.').waitFor()
    const { settings } = await registry.control('Berth_V1.GetRepositorySettings', { repositoryName: NAME })
    expect(settings.protectedTags).toEqual(['v*'])
    const { auditRecords } = await registry.control('Berth_V1.ListAuditRecords', { newestFirst: true, maxResults: 1 })
    expect(auditRecords[0]).toMatchObject({ action: 'PutRepositorySettings', via: 'gallery' })
    await page.getByRole('button', { name: 'Sign out' }).press('Enter')
    await page.waitForURL(`${registry.url}/`)
    await page.goto(desk('settings'))
    await page.waitForURL(/\/-\/signin\?back=/)
    await view.close()
  })

  it('opens by the link that the command line prints, once', async () => {
    const env = berthEnvironment(registry)
    const printed = await succeed(process.execPath, [BERTH, 'gallery', 'open', '--print'], { env })
    const link = printed.trim()
    expect(link).toMatch(new RegExp(`^${registry.url}/-/signin/link/[\\w-]{43}$`))
    const view = await openView(browser)
    const page = await view.newPage()
    await page.goto(link)
    await keepScreenshot(page, 'desk-link-desktop-light')
    expect(await violationsOn(page)).toEqual([])
    await page.getByRole('button', { name: /^Sign in as/ }).click()
    await page.waitForURL(`${registry.url}/-/manage`)
    expect((await page.goto(link))?.status()).toBe(404)
    expect(registry.output()).not.toContain(new URL(link).pathname.split('/').at(-1))
    await view.close()
  })

  it('takes nothing that a page of another site sends', async () => {
    const [view, page] = await withSession()
    const form = (
      part: string,
    ) => `<form method="post" action="${desk(part)}"><input name="protected-tags" value="evil">
      <input name="version" value=""><input name="form-token" value=""><button>Win</button></form>`
    const site: Server = createServer((_, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end(form('settings'))
    })
    try {
      await new Promise<void>(resolve => site.listen(0, '127.0.0.1', resolve))
      await page.goto(`http://localhost:${(site.address() as AddressInfo).port}/`)
      await page.getByRole('button').click()
      await page.getByText(/was sent from a page of another site/).waitFor()
      const { settings } = await registry.control('Berth_V1.GetRepositorySettings', { repositoryName: NAME })
      expect(settings.protectedTags).not.toContain('evil')
    } finally {
      site.close()
      await view.close()
    }
  })
})
