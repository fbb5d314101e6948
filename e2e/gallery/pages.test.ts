import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Registry, startRegistry } from '../support/registry.ts'
import { describeWith } from '../support/tools.ts'
import {
  keepScreenshot,
  launchBrowser,
  openView,
  overflowOf,
  type Scheme,
  SIZES,
  type Size,
  violationsOn,
} from './browser.ts'
import { fillShowcase, type Showcase } from './showcase.ts'

describeWith(['chromium'], 'the gallery in a browser', () => {
  let registry: Registry
  let browser: Browser
  let showcase: Showcase
  beforeAll(async () => {
    registry = await startRegistry()
    ;[browser, showcase] = await Promise.all([launchBrowser(), fillShowcase(registry)])
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
    empty: `/${registry.alias}/not-yet`,
    unknown: `/${registry.alias}/nothing-here`,
  })
  const visit = async (page: Page, path: string) => {
    await page.goto(`${registry.url}${path}`)
  }

  it('break no rule of WCAG 2.2 AA in light and dark, and fit a desktop and a phone', async () => {
    const looks: readonly [Size, Scheme][] = [
      ['desktop', 'light'],
      ['phone', 'dark'],
    ]
    for (const [size, scheme] of looks) {
      const view = await openView(browser, { size, scheme })
      const page = await view.newPage()
      const complaints: string[] = []
      page.on('console', message => message.type() === 'error' && complaints.push(message.text()))
      page.on('pageerror', error => complaints.push(String(error)))
      page.on('request', request => request.url().startsWith(registry.url) || complaints.push(request.url()))
      for (const [name, path] of Object.entries(pages())) {
        await visit(page, path)
        await keepScreenshot(page, `${name}-${size}-${scheme}`)
        expect(await overflowOf(page), `${name} is wider than ${SIZES[size].width} px`).toBeLessThanOrEqual(0)
        expect(await violationsOn(page), `${name} in ${scheme}`).toEqual([])
      }
      // A browser complains of a page that is not there, which is one of those.
      expect(complaints.filter(text => !text.includes('404'))).toEqual([])
      await view.close()
    }
  })
})
