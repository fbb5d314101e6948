import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import axe from 'axe-core'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { toolPath } from '../support/tools.ts'

/** Git ignores it; `.ci/run` names it. */
const SCREENSHOTS = fileURLToPath(new URL('../../screenshots/', import.meta.url))

/** WCAG 2.2 AA, and what came before it. */
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']

export const SIZES = { phone: { width: 320, height: 720 }, desktop: { width: 1280, height: 900 } } as const
export type Size = keyof typeof SIZES
export type Scheme = 'light' | 'dark'

export const launchBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: toolPath('chromium'), args: ['--no-sandbox', '--disable-gpu'] })

export interface ViewOptions {
  readonly size?: Size
  readonly scheme?: Scheme
  readonly scripts?: boolean
}

/** One reader's window. */
export function openView(browser: Browser, options: ViewOptions = {}): Promise<BrowserContext> {
  const { size = 'desktop', scheme = 'light', scripts = true } = options
  return browser.newContext({
    ...{ viewport: SIZES[size], colorScheme: scheme, javaScriptEnabled: scripts },
    permissions: ['clipboard-read', 'clipboard-write'],
  })
}

/** What axe finds against the rules, one line each. */
export async function violationsOn(page: Page): Promise<string[]> {
  await page.evaluate(axe.source)
  const found = await page.evaluate(async rules => {
    const { axe: runner } = globalThis as unknown as { axe: typeof import('axe-core') }
    return (await runner.run({ runOnly: { type: 'tag', values: rules } })).violations
  }, RULES)
  return found.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target}: ${failureSummary}`),
  )
}

/** By how many pixels a page is wider than its window. */
export const overflowOf = (page: Page): Promise<number> =>
  page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')

/** For people to look at. */
export async function keepScreenshot(page: Page, name: string): Promise<void> {
  mkdirSync(SCREENSHOTS, { recursive: true })
  await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), fullPage: true })
}
