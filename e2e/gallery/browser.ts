import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import axe from 'axe-core'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { expect } from 'vitest'
import { toolPath } from '../support/tools.ts'

/** Git ignores it; `.ci/run` names it. */
const SCREENSHOTS = fileURLToPath(new URL('../../screenshots/', import.meta.url))

/** WCAG 2.2 AA, and what came before it. */
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']

export const SIZES = { phone: { width: 320, height: 720 }, desktop: { width: 1280, height: 900 } } as const
export type Size = keyof typeof SIZES
export type Scheme = 'light' | 'dark'

/** What each page is looked at in: between them are both sizes and both schemes. */
export const LOOKS: readonly (readonly [Size, Scheme])[] = [
  ['desktop', 'light'],
  ['phone', 'dark'],
]

export const launchBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: toolPath('chromium'), args: ['--no-sandbox', '--disable-gpu'] })

export interface ViewOptions {
  readonly size?: Size
  readonly scheme?: Scheme
  readonly scripts?: boolean
}

/** It ends what hangs, and measures nothing: on a busy machine a page may take longer than Playwright's half minute. */
const PATIENCE_MS = 120_000

/** One reader's window. */
export async function openView(browser: Browser, options: ViewOptions = {}): Promise<BrowserContext> {
  const { size = 'desktop', scheme = 'light', scripts = true } = options
  const view = await browser.newContext({
    viewport: SIZES[size],
    colorScheme: scheme,
    javaScriptEnabled: scripts,
    permissions: ['clipboard-read', 'clipboard-write'],
  })
  view.setDefaultTimeout(PATIENCE_MS)
  return view
}

/** What axe finds against the rules, one line each. */
export async function violationsOn(page: Page): Promise<string[]> {
  await page.evaluate(axe.source)
  const found = await page.evaluate(async rules => {
    const { axe: runner } = globalThis as unknown as { axe: typeof import('axe-core') }
    return (await runner.run({ runOnly: { type: 'tag', values: rules }, resultTypes: ['violations'] })).violations
  }, RULES)
  return found.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target}: ${failureSummary}`),
  )
}

/** By how many pixels a page is wider than its window. */
export const overflowOf = (page: Page): Promise<number> =>
  page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')

/** Keeps a picture of a page, and expects it to be as wide as its window and to break no rule. */
export async function judgeLook(
  page: Page,
  name: string,
  [size, scheme]: readonly [Size, Scheme],
  { isPictured = true } = {},
): Promise<void> {
  if (isPictured) await keepScreenshot(page, `${name}-${size}-${scheme}`)
  expect(await overflowOf(page), `${name} is wider than ${SIZES[size].width} px`).toBeLessThanOrEqual(0)
  expect(await violationsOn(page), `${name} in ${scheme}`).toEqual([])
}

/** What goes wrong in a page from now on: errors, dialogs, and requests to others than the registry. */
export function complaintsOf(page: Page, url: string, { isConsoleHeard = true } = {}): string[] {
  const complaints: string[] = []
  if (isConsoleHeard) page.on('console', message => message.type() === 'error' && complaints.push(message.text()))
  page.on('pageerror', error => complaints.push(String(error)))
  page.on('dialog', dialog => complaints.push(dialog.message()))
  page.on('request', request => request.url().startsWith(url) || complaints.push(request.url()))
  return complaints
}

/** For people to look at: the whole page, or what a window shows of it. Returns how many bytes the file has. */
export async function keepScreenshot(page: Page, name: string, { isWhole = true } = {}): Promise<number> {
  mkdirSync(SCREENSHOTS, { recursive: true })
  const bytes = await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), fullPage: isWhole })
  return bytes.length
}

/** More steps than any page has: the walk ends by itself, unless the focus is trapped. */
const STEPS = 400

/** Gives what can be operated numbers in the order of the page, and tells of each that is shown. */
const NUMBER = `(() => {
  const all = document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]')
  return Array.from(all).flatMap((element, at) => {
    element.dataset.number = String(at)
    return element.checkVisibility() ? [at] : []
  })
})()`

/** Where the focus is: its number, whether it can be seen, and whether it opens something. */
const FOCUS = `(() => {
  const element = document.activeElement
  if (!element || element === document.body || element === document.documentElement) return undefined
  const { outlineStyle, outlineWidth } = getComputedStyle(element)
  return {
    number: Number(element.dataset.number),
    isSeen: outlineStyle !== 'none' && outlineWidth !== '0px',
    isClosed: element.localName === 'summary' && !element.parentElement.open,
    what: element.outerHTML.slice(0, 120),
  }
})()`

interface Focus {
  readonly number: number
  readonly isSeen: boolean
  readonly isClosed: boolean
  readonly what: string
}

/** Presses Tab through a page from its beginning to its end, and opens what is folded. */
export async function walkByKeyboard(page: Page): Promise<{ count: number; missed: number[]; unseen: string[] }> {
  await page.evaluate(NUMBER)
  const order: number[] = []
  const unseen: string[] = []
  for (let step = 0; step < STEPS; step += 1) {
    await page.keyboard.press('Tab')
    const focus = (await page.evaluate(FOCUS)) as Focus | undefined
    if (focus === undefined || focus.number === order[0]) break
    order.push(focus.number)
    if (!focus.isSeen) unseen.push(focus.what)
    if (focus.isClosed) await page.keyboard.press('Enter')
  }
  const shown = (await page.evaluate(NUMBER)) as number[]
  const reached = new Set(order)
  // Some elements have several stops.
  const isInOrder = order.every((number, at) => at === 0 || number >= (order[at - 1] ?? 0))
  return { count: order.length, missed: isInOrder ? shown.filter(number => !reached.has(number)) : order, unseen }
}
