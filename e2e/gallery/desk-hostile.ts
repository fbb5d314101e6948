import { expect } from 'vitest'
import { hiddenIn, type TestBrowser } from '../../packages/server/src/http/gallery/testing/browser.ts'

/** A form or the query of a page: where it is, what takes a text, and what is sent besides. */
interface Taker {
  readonly path: string
  readonly fields: readonly string[]
  readonly more?: Readonly<Record<string, string>>
  /** Takes every so manieth text: what is like others needs not all of them. */
  readonly every?: number
}

/** Longer queries are refused by the server before anything reads them. */
const QUERY_LIMIT = 4_000

const formsOf = (desk: string): readonly Taker[] => [
  {
    ...{ path: `${desk}/catalog`, more: { do: 'preview' } },
    fields: ['description', 'about', 'usage', 'other-systems', 'other-architectures'],
  },
  { path: `${desk}/settings`, fields: ['protected-tags', 'immutable-tags', 'bin-days'] },
  { path: `${desk}/lifecycle`, fields: ['policy'], more: { do: 'save' }, every: 2 },
  { path: `${desk}/permissions`, fields: ['policy'], every: 2 },
  { path: '/-/manage/-/settings', fields: ['display-name'], more: { do: 'name' }, every: 3 },
  { path: `${desk}/images/delete`, fields: ['i', 'q', 'plan', 'view', 'once'] },
  { path: `${desk}/bin`, fields: ['i', 'action'], every: 4 },
  { path: `${desk}/bin/purge`, fields: ['i', 'all'], every: 4 },
]

const queriesOf = (desk: string): readonly Taker[] => [
  { path: '/-/manage/-/audit', fields: ['repository', 'action', 'since', 'until', 'after'] },
  { path: '/-/manage', fields: ['after'], every: 8 },
  { path: `${desk}/images`, fields: ['q', 'after', 'view'] },
  { path: `${desk}/images/preview`, fields: ['i', 'q', 'refused', 'view'], more: { all: '1' } },
  { path: `${desk}/bin`, fields: ['after', 'refused', 'purged', 'held', 'gone'] },
  { path: `${desk}/bin/purge`, fields: ['i', 'all'], every: 3 },
  { path: `${desk}/settings`, fields: ['done'], every: 8 },
  { path: '/-/signin', fields: ['back', 'over'] },
]

/** A text for each field at a time, until each text has been in one. */
function fillings(all: readonly string[], { fields, more = {}, every = 1 }: Taker): Record<string, string>[] {
  const texts = all.filter((_, at) => at % every === 0)
  return Array.from({ length: Math.ceil(texts.length / fields.length) }, (_, at) => ({
    ...Object.fromEntries(fields.map((field, place) => [field, texts[at * fields.length + place] ?? ''])),
    ...more,
  }))
}

/**
 * Sends texts to all that takes one on the desk, by somebody who is signed in and by somebody whose session is over.
 * Returns the pages that come of it, by what was asked.
 */
export async function askAll(
  { signedIn, over, desk }: { readonly signedIn: TestBrowser; readonly over: TestBrowser; readonly desk: string },
  texts: readonly string[],
): Promise<Record<string, string>> {
  const pages: Record<string, string> = {}
  const keep = (name: string, { status, text }: { readonly status: number; readonly text: string }) => {
    expect([name, status < 500 && status !== 429], `${status}`).toEqual([name, true])
    if (text !== '') pages[name] = text
  }
  const { 'form-token': token = '' } = hiddenIn((await signedIn.get(`${desk}/settings`)).text)
  for (const form of formsOf(desk))
    for (const [at, fields] of fillings(texts, form).entries()) {
      const name = `${form.path} ${form.fields[0]} ${at}`
      keep(name, await signedIn.post(form.path, { 'form-token': token, version: 'of before', ...fields }))
      if (at % 4 === 0) keep(`${name} when it is over`, await over.post(form.path, fields))
    }
  for (const query of queriesOf(desk))
    for (const [at, fields] of fillings(texts, query).entries()) {
      const search = new URLSearchParams(fields).toString()
      if (search.length < QUERY_LIMIT) keep(`${query.path}? ${at}`, await signedIn.get(`${query.path}?${search}`))
    }
  for (const [at, text] of texts.entries()) {
    const rest = encodeURIComponent(text.slice(0, 300).replace(/[\ud800-\udfff]/gu, ''))
    if (at % 3 === 0) keep(`path ${at}`, await signedIn.get(`${desk}/${at % 2 === 0 ? '' : 'images/job/'}${rest}`))
  }
  return pages
}
