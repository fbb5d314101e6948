import { afterAll, beforeAll, expect, it } from 'vitest'
import { parseTag } from '../../domain/names.ts'
import { dayOf, formatDay } from '../../ports/clock.ts'
import type { Principal } from '../../ports/rows/access/access-keys.ts'
import { countPulls, refreshSearch } from '../../registry/gallery/search-index.ts'
import { openTemporaryRegistry, type TemporaryRegistry } from '../../testing/temporary-registry.ts'
import { TestBrowser } from './testing/browser.ts'
import { type ServedGallery, serveGallery } from './testing/serve-gallery.ts'
import { signIn } from './testing/sign-in.ts'

const V1 = parseTag('v1')

let registry: TemporaryRegistry
let gallery: ServedGallery
let ada: Principal
let today: number
beforeAll(async () => {
  registry = await openTemporaryRegistry()
  ada = await registry.addAdministrator()
  gallery = await serveGallery(registry)
  const digest = await registry.addImage('a', 'v1', 'v2')
  const { id: repositoryId } = registry.repository
  const { clock } = registry.context
  today = dayOf(clock.time)
  await registry.metadata.transaction(async rows => {
    await rows.images.recordPulls([{ repositoryId, digest, at: clock.time }])
    await rows.pullCounts.add([
      { repositoryId, tag: undefined, day: today, pulls: 1_200 },
      { repositoryId, tag: undefined, day: today - 40, pulls: 7_034 },
      { repositoryId, tag: undefined, day: today - 90, pulls: 5 },
      { repositoryId, tag: V1, day: today - 40, pulls: 7_034 },
    ])
  })
  await refreshSearch(registry.context)
})
afterAll(async () => {
  await gallery[Symbol.asyncDispose]()
  await registry[Symbol.asyncDispose]()
})

const text = async (path: string) => (await fetch(`${gallery.url}${path}`, { headers: { accept: 'text/html' } })).text()
const json = async (path: string) => JSON.parse(await text(path)) as Record<string, unknown>

it('are shown by day, as bars and as a table, by tag and by rank, and are in the documents', async () => {
  const page = await text('/acme/tools/web')
  expect(page).toContain('<b>1,200</b> in 30 days')
  expect(page).toMatch(/<path d="M196 48v-48h3v48zM356 48v-9h3v9z"\/>/)
  expect(page).toMatch(
    new RegExp(`<td>${formatDay(today)}</td><td class="num">1,200</td></tr><tr><td>${formatDay(today - 40)}<`),
  )
  const tags = await text('/acme/tools/web/-/tags')
  expect(tags).toMatch(/>v1<.*?UTC<\/time><\/td><td class="num wide">7,034<\/td>/s)
  expect(await text('/acme/tools/web/-/image/v1')).toMatch(/<dt>Pulls, 90 days<\/dt><dd>7,034</)
  expect(await text('/')).toMatch(/Most pulled.*tools\/web.*1,200/s)
  expect(await text('/-/search?sort=pulls')).toContain('1,200 pulls in 30 days')

  const document = await json('/acme/tools/web/-/json')
  const days = document['pullsByDay'] as object[]
  expect([days.length, days[0], days.at(-1), document['recentPulls']]).toEqual([
    90,
    { day: formatDay(today - 89), pulls: 0 },
    { day: formatDay(today), pulls: 1_200 },
    1_200,
  ])
  expect(await json('/acme/tools/web/-/json/tags')).toMatchObject({
    tags: [
      { tag: 'v2', pulls: 0 },
      { tag: 'v1', pulls: 7_034 },
    ],
  })
  expect(await json('/-/json')).toMatchObject({ mostPulled: [{ name: 'tools/web', recentPulls: 1_200 }] })
})

it('are told to nobody once the registry hides them, and again when it does not', async () => {
  const browser = new TestBrowser(gallery.url)
  await signIn(browser, registry, ada)
  const page = '/-/manage/-/settings'
  const version = async () => {
    const [, form = ''] = (await browser.get(page)).text.split('id="pulls-form"')
    return /name="version" value="([^"]*)"/.exec(form)?.[1] ?? ''
  }
  const save = async (fields: Record<string, string>) =>
    browser.submit(page, page, { do: 'pulls', version: await version(), ...fields })
  const paths = ['/', '/-/search?sort=pulls', '/acme/tools/web', '/acme/tools/web/-/tags', '/acme/tools/web/-/image/v1']
  const documents = ['/-/json', '/-/json/search', '/acme/tools/web/-/json', '/acme/tools/web/-/json/tags']
  const all = [...paths, ...documents, '/acme/tools/web/-/json/image/v1']
  expect((await save({ 'hide-pulls': 'true' })).status).toBe(303)
  expect((await browser.get(page)).text).toContain('name="hide-pulls" value="true" checked')
  for (const path of all) {
    // The command that pulls, and the order of a search, are no news of pulls.
    expect([
      path,
      /1,?200|7,?034|>Pulled<|Last pulled|most-pulled|lastPulled|"pulls":|recentPulls/.exec(await text(path)),
    ]).toEqual([path, null])
  }
  await countPulls(registry.context)
  expect(
    await registry.metadata.rows.search.find({ name: undefined, terms: [], facets: [] }, 'pulls', 9),
  ).toMatchObject([{ name: 'tools/web', pulls: 0 }])
  expect((await browser.submit(page, page, { do: 'pulls', version: 'of before' })).status).toBe(409)
  expect((await save({})).status).toBe(303)
  await countPulls(registry.context)
  expect(await text('/')).toMatch(/Most pulled.*tools\/web.*1,200/s)
})
