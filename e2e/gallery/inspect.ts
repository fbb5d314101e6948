import type { Browser } from 'playwright-core'
import { openView } from './browser.ts'

/** Elements that no page of ours has. */
const NEVER =
  'iframe,object,embed,base,style,video,audio,source,math,template,noscript,marquee,dialog,meta[http-equiv],img:not(.logo)'
/** Elements to type into that public pages have none of, but for their filters. */
const TYPED = 'input:not([name=q]):not([name=sort]),textarea,select'

/**
 * Looks at a document as a browser has read it, and tells of each part that no page of ours has: elements, attributes
 * and links that run, load or lead where they must not.
 */
const inspectFor = (foreign: string) => `document => {
  const faults = []
  for (const element of document.querySelectorAll('${foreign}')) faults.push('element ' + element.outerHTML.slice(0, 200))
  for (const script of document.querySelectorAll('script'))
    if (!/^\\/-\\/assets\\/[\\w.]+$/.test(script.getAttribute('src') || '') || script.textContent) faults.push('a script')
  if (document.querySelectorAll('head > link[rel=stylesheet], body link').length !== 1) faults.push('a style sheet')
  if (document.querySelectorAll('main').length !== 1 || document.querySelectorAll('body > footer').length !== 1)
    faults.push('the frame of the page')
  for (const element of document.querySelectorAll('*'))
    for (const { name, value } of element.attributes) {
      if (/^on|^style$|^srcdoc$|^ping$/i.test(name)) faults.push('attribute ' + name)
      if (/^(?:href|src|action|formaction|xlink:href)$/i.test(name) && !/^(?:https?:\\/\\/|mailto:|\\/(?![\\/\\\\])|#)/i.test(value))
        faults.push(name + ' ' + value.slice(0, 100))
    }
  const ids = Array.from(document.querySelectorAll('[id]'), element => element.id)
  for (const id of ['main', 'status']) if (ids.filter(each => each === id).length !== 1) faults.push('id ' + id)
  return faults
}`

export const INSPECT = inspectFor(`${NEVER},${TYPED}`)
/** The desk has forms of its own. */
export const INSPECT_DESK = inspectFor(NEVER)

/** What is wrong with pages, without running them. */
export async function faultsOf(
  browser: Browser,
  pages: Readonly<Record<string, string>>,
  inspect = INSPECT,
): Promise<string[]> {
  const view = await openView(browser)
  const page = await view.newPage()
  const found = (await page.evaluate(
    `(pages => Object.entries(pages).flatMap(([name, text]) =>
      (${inspect})(new DOMParser().parseFromString(text, 'text/html')).map(fault => name + ': ' + fault)))(${JSON.stringify(pages)})`,
  )) as string[]
  await view.close()
  return found
}
