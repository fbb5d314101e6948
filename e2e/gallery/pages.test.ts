import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { type Registry, startRegistry } from '../support/registry.ts'
import { describeWith } from '../support/tools.ts'
import {
  complaintsOf,
  judgeLook,
  keepScreenshot,
  LOOKS,
  launchBrowser,
  openView,
  overflowOf,
  walkByKeyboard,
} from './browser.ts'
import { galleryOf } from './documents.ts'
import { fillShowcase, pullShowcase, type Showcase } from './showcase.ts'

describeWith(['chromium'], 'the gallery in a browser', () => {
  let registry: Registry
  let browser: Browser
  let showcase: Showcase
  beforeAll(async () => {
    registry = await startRegistry()
    ;[browser, showcase] = await Promise.all([launchBrowser(), fillShowcase(registry)])
    await pullShowcase(registry, showcase)
    // A server that stops writes what it has counted.
    await registry.restart()
  })
  afterAll(async () => {
    await browser?.close()
    await registry?.[Symbol.asyncDispose]()
  })

  const pages = (): Record<string, string> => ({
    home: '/',
    publisher: `/${registry.alias}`,
    repository: `/${showcase.main}`,
    tags: `/${showcase.main}/-/tags`,
    index: `/${showcase.main}/-/image/latest`,
    image: `/${showcase.main}/-/image/nightly-3`,
    history: `/${showcase.main}/-/history/stable`,
    empty: `/${registry.alias}/not-yet`,
    unknown: `/${registry.alias}/nothing-here`,
    mistyped: `/${registry.alias}/project-a/wep-app`,
    search: '/-/search?q=harbour&os=linux&arch=amd64&sort=name',
  })
  /** Pages of the same parts, for a look alone. */
  const others = (): Record<string, string> => ({
    nothingFound: '/-/search?q=xyzzy&verified=true&arch=mips64',
    notOpened: '/-/open?q=project-a/wep-app:latest',
  })
  const visit = async (page: Page, path: string) => {
    await page.goto(`${registry.url}${path}`)
  }

  it('break no rule of WCAG 2.2 AA in light and dark, and fit a desktop and a phone', async () => {
    for (const [size, scheme] of LOOKS) {
      const view = await openView(browser, { size, scheme })
      const page = await view.newPage()
      const complaints = complaintsOf(page, registry.url)
      for (const [name, path] of Object.entries({ ...pages(), ...others() })) {
        await visit(page, path)
        for (const folded of await page.locator('main summary').all()) await folded.click()
        await judgeLook(page, name, [size, scheme])
      }
      // A browser complains of a page that is not there, which is one of those.
      expect(complaints.filter(text => !text.includes('404'))).toEqual([])
      await view.close()
    }
  })

  it('show the pulls that there were, by day and by tag, and one for an image of many platforms', async () => {
    const { pullsByDay, recentPulls } = await galleryOf(registry, `${showcase.main}/-/json`)
    expect([recentPulls, pullsByDay.reduce((sum: number, day: { pulls: number }) => sum + day.pulls, 0)]).toEqual([
      4, 4,
    ])
    // A server that did not see the look knows no tag of the pull behind it.
    const looked = registry.deployment.servers.length > 1 ? {} : { latest: 2, 'v1.9': 1 }
    for (const [tag, pulls] of Object.entries({ ...looked, 'nightly-3': 1, 'v1.8': 0 }))
      expect([tag, (await galleryOf(registry, `${showcase.main}/-/json/image/${tag}`)).pulls]).toEqual([tag, pulls])
    const view = await openView(browser)
    const page = await view.newPage()
    await visit(page, `/${showcase.main}`)
    expect(await page.locator('svg.bars').isVisible()).toBe(true)
    await page.getByText('Pulls by day', { exact: true }).click()
    await page.getByRole('region', { name: 'Pulls by day' }).getByRole('row').last().waitFor()
    await view.close()
  })

  it('tell signatures, SBOMs and attestations of sigstore’s own bundles apart, and find images for a platform', async () => {
    const { referrers } = await galleryOf(registry, `${showcase.main}/-/json/image/v1.10`)
    const kinds = referrers.map(({ kind }: { kind: string }) => kind).sort()
    expect(kinds).toEqual(['attestation', 'sbom', 'signature', 'signature'])
    await vi.waitFor(async () => {
      const { repositories } = await galleryOf(registry, '-/json/search?q=harbour&os=linux&arch=arm64')
      expect(repositories.map(({ name }: { name: string }) => name)).toEqual(['project-a/web-app'])
    })
  })

  it('are found by what is pasted, and give their commands to the clipboard', async () => {
    const view = await openView(browser)
    const page = await view.newPage()
    await visit(page, '/')
    await page.getByRole('combobox').fill(`docker pull ${registry.host}/${showcase.main}:v1.9`)
    await page.keyboard.press('Enter')
    await page.waitForURL(`${registry.url}/${showcase.main}/-/image/v1.9`)
    await page
      .getByRole('button', { name: /^Copy docker pull/ })
      .first()
      .click()
    await page.getByRole('status').getByText('Copied to the clipboard').waitFor()
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(
      `docker pull ${registry.host}/${showcase.main}:v1.9`,
    )
    await page
      .getByRole('row', { name: /linux\/arm64\/v8/ })
      .getByRole('link')
      .click()
    await page.getByText('/usr/bin/serve').waitFor()
    await page.getByRole('button', { name: 'Dark' }).click()
    await page.locator('html[data-theme="dark"]').waitFor()
    await view.close()
  })

  it('complete names as one types, by the keyboard, and break no rule then', async () => {
    const [, name = ''] = showcase.main.split('/').slice(-2)
    const known = () => fetch(`${registry.url}/-/suggest?q=${showcase.main}`).then(answer => answer.text())
    await vi.waitFor(async () => expect(await known()).toContain(showcase.main))
    const view = await openView(browser)
    const page = await view.newPage()
    const complaints = complaintsOf(page, registry.url)
    await visit(page, '/')
    const field = page.getByRole('combobox')
    const option = page.getByRole('option', { name: showcase.main, exact: true })
    await field.fill(name)
    await option.waitFor()
    await page.getByRole('status').getByText(/name/).waitFor()
    await judgeLook(page, 'suggestions', ['desktop', 'light'])
    await field.press('Escape')
    await option.waitFor({ state: 'hidden' })
    expect(await field.getAttribute('aria-expanded')).toBe('false')
    await field.press('ArrowDown')
    await option.waitFor()
    await field.press('ArrowUp')
    const last = page.getByRole('option').last()
    expect(await last.getAttribute('aria-selected')).toBe('true')
    expect(await field.getAttribute('aria-activedescendant')).toBe(await last.getAttribute('id'))
    const path = await last.getAttribute('data-path')
    await field.press('Enter')
    await page.waitForURL(`${registry.url}${path}`)
    expect(complaints).toEqual([])
    await view.close()
  })

  it('are whole without scripts, and by the keyboard alone', async () => {
    const view = await openView(browser, { scripts: false })
    const page = await view.newPage()
    await visit(page, `/${showcase.main}`)
    expect(await page.getByText(`docker pull ${registry.host}/${showcase.main}:latest`).isVisible()).toBe(true)
    expect(await page.getByRole('button', { name: /^Copy/ }).count()).toBe(0)
    await page.getByRole('link', { name: 'Tags', exact: true }).press('Enter')
    await page.getByRole('searchbox', { name: 'Filter tags' }).fill('V1')
    await page.keyboard.press('Enter')
    await page.waitForURL(/q=V1/)
    const tags = async () => (await page.locator('a.tag').allTextContents()).sort()
    expect(await tags()).toEqual(['v1', 'v1.10', 'v1.8', 'v1.9'])
    await page.getByRole('link', { name: 'name', exact: true }).press('Enter')
    expect(await page.locator('a.tag').allTextContents()).toEqual(['v1', 'v1.8', 'v1.9', 'v1.10'])

    await visit(page, `/${showcase.main}/-/tags`)
    expect((await page.locator('a.tag').allTextContents())[0]).toBe('latest')
    expect(await page.locator('a.tag').count()).toBe(50)
    await page.getByRole('link', { name: 'Next page' }).press('Enter')
    await page.getByRole('link', { name: 'First page' }).waitFor()
    expect(await page.locator('a.tag').count()).toBe(11)
    await view.close()
  })

  it('let the keyboard reach everything, in the order in which it stands', async () => {
    const view = await openView(browser)
    const page = await view.newPage()
    for (const [name, path] of Object.entries(pages())) {
      await visit(page, path)
      const reached = await walkByKeyboard(page)
      expect(reached.unseen, `${name} shows where the focus is`).toEqual([])
      expect(reached.missed, `${name} lets the keyboard everywhere`).toEqual([])
      expect(reached.count, name).toBeGreaterThan(4)
    }
    await view.close()
  })

  it('fit every width from 320 pixels on', async () => {
    const view = await openView(browser)
    const page = await view.newPage()
    for (const [name, path] of Object.entries(pages())) {
      await visit(page, path)
      for (const width of [320, 390, 600, 768, 1024, 1920]) {
        await page.setViewportSize({ width, height: 800 })
        expect(await overflowOf(page), `${name} at ${width} px`).toBeLessThanOrEqual(0)
      }
    }
    await view.close()
  })

  it('look as the README shows them', async () => {
    for (const scheme of ['light', 'dark'] as const) {
      const view = await openView(browser, { scheme })
      const page = await view.newPage()
      await visit(page, `/${showcase.main}`)
      await page.locator('time').first().waitFor()
      const bytes = await keepScreenshot(page, `readme-${scheme}`, { isWhole: false })
      expect(bytes, 'a picture of the README is small').toBeLessThan(150_000)
      await view.close()
    }
  })

  it('show at once what was deleted', async () => {
    const view = await openView(browser)
    const page = await view.newPage()
    const path = `/${showcase.main}/-/tags?q=nightly-7`
    await visit(page, path)
    expect(await page.locator('a.tag').count()).toBe(1)
    const [, repositoryName = ''] = /^[^/]+\/(.*)$/.exec(showcase.main) ?? []
    await registry.control('BatchDeleteImage', { repositoryName, imageIds: [{ imageTag: 'nightly-7' }] })
    await visit(page, path)
    expect(await page.locator('a.tag').count()).toBe(0)
    expect(await page.getByText('No tag has').isVisible()).toBe(true)
    await view.close()
  })
})
