import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Digest } from '../../domain/digest.ts'
import { RegistryError } from '../../domain/problem.ts'
import { describeImages } from '../../registry/gallery/describe-images.ts'
import { refreshSearch } from '../../registry/gallery/search-index.ts'
import { openTemporaryRegistry, type TemporaryRegistry } from '../../testing/temporary-registry.ts'
import type { TargetKind } from './parse-path.ts'
import { type ServedGallery, serveGallery } from './testing/serve-gallery.ts'

const HTML = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }

let registry: TemporaryRegistry
let gallery: ServedGallery
let image: Digest
beforeAll(async () => {
  registry = await openTemporaryRegistry()
  image = await registry.addImage('{"os":"linux","architecture":"amd64"}', 'v1', 'latest')
  await registry.addIndex([image], 'multi')
  await registry.metadata.transaction(rows =>
    rows.repositorySettings.setCatalogData(
      registry.repository.id,
      { description: 'A wharf', aboutText: '# Hello', usageText: 'x' },
      undefined,
    ),
  )
  await describeImages(registry.context)
  await refreshSearch(registry.context)
  gallery = await serveGallery(registry)
})
afterAll(async () => {
  await gallery[Symbol.asyncDispose]()
  await registry[Symbol.asyncDispose]()
})

const get = (path: string, init: RequestInit = {}) =>
  fetch(`${gallery.url}${path}`, { redirect: 'manual', headers: HTML, ...init })

/** A path of each kind of target, or why there is none that tells of a repository. */
const ROUTES: Readonly<
  Record<TargetKind, readonly string[] | 'tells of no repository' | 'leads to one' | 'asks the policies of a user'>
> = {
  home: ['/', '/-/json'],
  publisher: ['/acme', '/acme/-/json'],
  repository: ['/acme/tools/web', '/acme/tools/web/-/json'],
  tags: ['/acme/tools/web/-/tags', '/acme/tools/web/-/json/tags', '/acme/tools/web/-/tags?q=v1'],
  image: ['/acme/tools/web/-/image/v1', '/acme/tools/web/-/json/image/v1', '/acme/tools/web/-/image/multi'],
  history: ['/acme/tools/web/-/history/v1', '/acme/tools/web/-/json/history/v1'],
  asset: 'tells of no repository',
  theme: 'tells of no repository',
  robots: 'tells of no repository',
  sitemap: ['/-/sitemap.xml', '/-/sitemap/1.xml'],
  search: ['/-/search', '/-/search?q=web', '/-/search?q=acme/tools/web', '/-/json/search?q=wharf'],
  suggest: ['/-/suggest?q=tools/w', '/-/suggest?q=web'],
  open: 'leads to one',
  signIn: 'tells of no repository',
  signOut: 'tells of no repository',
  signInLink: 'tells of no repository',
  manage: 'asks the policies of a user',
  manageRepository: 'asks the policies of a user',
}
const paths = Object.values(ROUTES).flatMap(each => (typeof each === 'string' ? [] : each))

describe('who may read', () => {
  it('is asked on every route before anything of a repository is told', async () => {
    let asked = 0
    const mayRead = () => {
      asked += 1
      return false
    }
    // There is a sitemap where the address is known for good.
    const publicUrl = 'https://images.example'
    await using known = await serveGallery(registry, { publicUrl })
    await using closed = await serveGallery(registry, { mayRead, publicUrl })
    for (const path of paths) {
      const before = asked
      const of = ({ url }: ServedGallery) => fetch(`${url}${path}`, { headers: HTML, redirect: 'manual' })
      const [open, shut] = await Promise.all([of(known), of(closed)])
      expect([path, open.status]).toEqual([path, 200])
      expect(await open.text(), path).toMatch(/tools\/web/)
      expect(asked, path).toBeGreaterThan(before)
      const text = await shut.text()
      const lists = /search|suggest|sitemap/.test(path)
      expect([path, shut.status]).toEqual([path, lists || /^\/(?:acme)?(?:\/?-\/json)?$/.test(path) ? 200 : 404])
      expect(text, path).not.toMatch(/A wharf|sha256:/)
      if (shut.status === 200 && !path.includes('tools')) expect(text, path).not.toContain('tools/web')
    }
  })
})

describe('a pasted text', () => {
  const open = (url: string, q: string) =>
    fetch(`${url}/-/open?${new URLSearchParams({ q })}`, { headers: HTML, redirect: 'manual' })

  it('leads to what it names', async () => {
    for (const [text, path] of [
      ['docker pull registry.example/acme/tools/web:v1', '/acme/tools/web/-/image/v1'],
      [`registry.example/acme/tools/web@${image}`, `/acme/tools/web/-/image/${image}`],
      ['acme/tools/web', '/acme/tools/web'],
      ['acme', '/acme'],
      [image, `/acme/tools/web/-/image/${image}`],
      [image.slice('sha256:'.length), `/acme/tools/web/-/image/${image}`],
    ] as const) {
      const answer = await open(gallery.url, text)
      expect([text, answer.status, answer.headers.get('location')]).toEqual([text, 303, path])
    }
  })

  it('that names nothing is told so, and nobody hears of what may not be read', async () => {
    for (const text of ['', 'acme/nothing', 'docker pull x', '<b>', 'w'.repeat(5_000)])
      expect([text.slice(0, 20), (await open(gallery.url, text)).status]).toEqual([text.slice(0, 20), 404])
    let asked = 0
    await using closed = await serveGallery(registry, { mayRead: () => ++asked < 0 })
    const answer = await open(closed.url, 'acme/tools/web:v1')
    expect([answer.status, (await answer.text()).includes('href="/acme/tools')]).toEqual([404, false])
    // Once for the text, and again for what is like it.
    expect(asked).toBeGreaterThan(0)
  })
})

describe('completion', () => {
  const complete = async (q: string) => {
    const answer = await get(`/-/suggest?${new URLSearchParams({ q })}`)
    return [answer.status, ((await answer.json()) as { names: { name: string }[] }).names.map(({ name }) => name)]
  }

  it('tells names by their beginning or a part, and nothing of anything else that is typed', async () => {
    for (const q of ['to', 'tools/web', 'acme/tools', 'WEB', ' eb/ ', 'ools'])
      expect([q, await complete(q)]).toEqual([q, [200, q.includes('eb/') ? [] : ['tools/web']]])
    for (const q of ['', 't', 'nothing', '%', '"', "' or 1=1 --", '<script>', '🚢', '\0', 'w'.repeat(9_000), '../..'])
      expect([q.slice(0, 20), await complete(q)]).toEqual([q.slice(0, 20), [200, []]])
  })

  it('is not sent again where nothing has changed, refuses in JSON, and is read by GET', async () => {
    const answer = await get('/-/suggest?q=web')
    expect([answer.headers.get('content-type'), answer.headers.get('cache-control')]).toEqual([
      'application/json',
      'no-cache',
    ])
    const headers = { 'if-none-match': answer.headers.get('etag') ?? '' }
    expect((await get('/-/suggest?q=web', { headers })).status).toBe(304)
    const refused = await get('/-/suggest?q=web', { method: 'POST' })
    expect([refused.status, ((await refused.json()) as { kind: string }).kind]).toEqual([405, 'error'])
    expect((await get('/-/json/suggest?q=web')).status).toBe(404)
  })
})

describe('search', () => {
  const search = (query: Record<string, string>) => get(`/-/search?${new URLSearchParams(query)}`)

  it('leads to the image where its name or digest was pasted, and finds words else', async () => {
    for (const q of ['docker pull registry.example/acme/tools/web:v1', 'acme/tools/web:v1'])
      expect((await search({ q })).headers.get('location')).toBe('/acme/tools/web/-/image/v1')
    expect((await search({ q: image })).headers.get('location')).toBe(`/acme/tools/web/-/image/${image}`)
    expect((await search({ q: 'acme/nothing:v1' })).status).toBe(200)
    expect(await (await search({ q: 'wharf' })).text()).toContain('href="/acme/tools/web"')
  })

  it('is narrowed and sorted by its form, and says what to try where it finds nothing', async () => {
    const none = await (await search({ q: 'wharf', verified: 'true', os: 'Linux', sort: 'pushed' })).text()
    expect(none).toContain('Nothing here fits')
    expect(none).toContain('Search without filters')
    expect(none).toContain('<option value="pushed" selected>')
    for (const sort of ['best', 'pulls', 'pushed', 'name', 'x'])
      expect(await (await search({ q: 'tools', sort })).text()).toContain('href="/acme/tools/web"')
    const arm = await (await search({ q: 'wharf', os: 'Linux', arch: 'ARM 64' })).text()
    expect(arm).toContain('<option value="linux" selected>Linux</option>')
    expect(arm).toContain('<option value="arm64" selected>')
    expect(arm).not.toContain('href="/acme/tools/web"')
    // Any may be asked for.
    const found = await (await search({ os: 'LINUX', arch: 'x86_64' })).text()
    expect(found).toContain('href="/acme/tools/web"')
    expect(await (await search({ arch: 'loong64' })).text()).toContain(
      '<option value="loong64" selected>loong64</option>',
    )
    expect(await (await search({ os: '<b>"', arch: '\0' })).text()).not.toContain('<b>')
    expect(await (await get('/-/json/search?q=wharf')).json()).toMatchObject({
      ...{ version: 1, kind: 'search', text: 'wharf', total: 1, isTotalCut: false },
      repositories: [{ alias: 'acme', name: 'tools/web' }],
    })
  })

  it('takes anything typed', async () => {
    const texts = [
      '"',
      "' or 1=1 --",
      '\0',
      '\ud800',
      '<script>',
      '*',
      'NEAR(',
      '🚢',
      '\u202e',
      'w'.repeat(9_000),
      '%_',
      '&q',
    ]
    for (const q of texts) {
      const answer = await search({ q, after: '99999' })
      expect([q.slice(0, 9), answer.status, (await answer.text()).includes('<script>')]).toEqual([
        q.slice(0, 9),
        200,
        false,
      ])
    }
  })
})

describe('pages', () => {
  it('are for browsers, and whoever takes anything gets the text as before', async () => {
    const text = await (await fetch(gallery.url)).text()
    expect(text).toMatch(/^berth: a public container registry\./)
    const page = await get('/')
    expect(page.headers.get('vary')).toBe('accept, cookie')
    expect((await fetch(gallery.url)).headers.get('vary')).toBe('accept')
    expect(await page.text()).toMatch(/^<!doctype html>/)
    expect((await fetch(`${gallery.url}/acme/tools/web`)).status).toBe(404)
    expect((await fetch(`${gallery.url}/acme/tools/web/-/json`)).status).toBe(200)
  })

  it('load from this server alone, and say so', async () => {
    for (const path of paths.filter(each => !each.includes('sitemap'))) {
      const { headers } = await get(path)
      const policy = headers.get('content-security-policy') ?? ''
      expect(policy, path).toMatch(/^default-src 'none'/)
      expect(policy, path).not.toMatch(/unsafe|https?:|\*/)
      expect(headers.get('x-content-type-options'), path).toBe('nosniff')
      expect(headers.get('cache-control'), path).toBe('no-cache')
      expect(headers.get('x-robots-tag'), path).toBe('noindex')
    }
    const page = await (await get('/acme/tools/web')).text()
    expect(page).not.toMatch(/\sstyle=|<style|\son\w+=|<script(?![^>]* src=)/)
    expect(page.match(/(?:src|href)="https?:/g)).toBeNull()
  })

  it('are not sent again where nothing has changed, and are at once where something has', async () => {
    const path = '/acme/tools/web/-/tags'
    const etag = (await get(path)).headers.get('etag') ?? ''
    const again = await get(path, { headers: { ...HTML, 'if-none-match': `"x", W/${etag}` } })
    expect([again.status, await again.text()]).toEqual([304, ''])
    const dark = await get(path, { headers: { ...HTML, 'if-none-match': etag, cookie: 'a=b; berth-theme=dark' } })
    expect(dark.status).toBe(200)
    expect(await dark.text()).toContain('data-theme="dark"')
    await registry.addImage('{"os":"linux","architecture":"arm64"}', 'v2')
    const changed = await get(path, { headers: { ...HTML, 'if-none-match': etag } })
    expect([changed.status, (await changed.text()).includes('>v2<')]).toEqual([200, true])
  })

  it('have a head of their own for HEAD, and no other method', async () => {
    const head = await get('/acme', { method: 'HEAD' })
    const page = await (await get('/acme')).text()
    expect([head.status, head.headers.get('content-length')]).toEqual([200, String(Buffer.byteLength(page))])
    const post = await get('/acme/tools/web/-/tags', { method: 'POST', body: 'x' })
    expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
  })

  it('have canonical links only where the address is known for good', async () => {
    expect(await (await get('/acme/tools/web')).text()).not.toMatch(/canonical|og:/)
    await using known = await serveGallery(registry, { publicUrl: 'https://images.example' })
    const page = await (await fetch(`${known.url}/acme/tools/web`, { headers: HTML })).text()
    expect(page).toContain('<link rel="canonical" href="https://images.example/acme/tools/web">')
    expect(page).toContain('<meta property="og:description" content="A wharf">')
  })

  it('say what is not there, and where to go on', async () => {
    for (const [path, way] of [
      ['/acme/nothing', '/acme'],
      ['/nobody', '/'],
      ['/acme/tools/web/-/image/v9', '/acme/tools/web/-/tags'],
      ['/Wrong/Path', '/'],
      ['/-/nothing', '/'],
      ['/favicon.ico', '/'],
    ] as const) {
      const answer = await get(path)
      const text = await answer.text()
      expect([path, answer.status, answer.headers.get('cache-control')]).toEqual([path, 404, 'no-store'])
      expect(text, path).toContain(`href="${way}"`)
    }
    const answer = await get('/acme/nothing/-/json')
    expect([answer.status, await answer.json()]).toMatchObject([404, { version: 1, kind: 'error', status: 404 }])
  })

  it('are refused in words where there is too much to do', async () => {
    const refuse = (error: RegistryError) => serveGallery(registry, { count: () => Promise.reject(error) })
    await using busy = await refuse(new RegistryError({ kind: 'tooManyRequests', retryAfterSeconds: 1 }))
    const answer = await fetch(`${busy.url}/acme`, { headers: HTML })
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, '1'])
    expect(await answer.text()).toContain('Too many requests')
    await using away = await refuse(new RegistryError({ kind: 'unavailable', what: 'The disk', retryAfterSeconds: 9 }))
    expect((await fetch(`${away.url}/acme`, { headers: HTML })).status).toBe(503)
    await using broken = await serveGallery(registry, { count: () => Promise.reject(new Error('secret')) })
    const fault = await fetch(`${broken.url}/acme`, { headers: HTML })
    expect([fault.status, (await fault.text()).includes('secret'), broken.errors.length]).toEqual([500, false, 1])
  })

  it('hold no memory once they are read', async () => {
    await Promise.all(paths.map(async path => (await get(path)).text()))
    await expect.poll(() => gallery.memory.figures().heldBytes).toBe(0)
    expect(gallery.errors).toEqual([])
  })
})

describe('crawlers', () => {
  const publicUrl = 'https://images.example'
  const crawl = async ({ url }: ServedGallery, path: string, headers = {}) => {
    // Browsers take any type.
    const answer = await fetch(`${url}${path}`, { headers })
    return { status: answer.status, headers: answer.headers, text: await answer.text() }
  }

  it('are told of noindex on every page until a setting says otherwise', async () => {
    const { status, headers, text } = await crawl(gallery, '/robots.txt')
    expect([status, headers.get('content-type')]).toEqual([200, 'text/plain; charset=utf-8'])
    expect(text).toMatch(/^User-agent: \*$/m)
    expect(text).toMatch(/^Disallow: \/-\/search$/m)
    // A reader who may not read a page does not hear that it is not to be listed.
    expect(text).not.toMatch(/^Disallow: \/$|Sitemap:/m)
    await using open = await serveGallery(registry, { publicUrl, indexing: true })
    expect((await crawl(open, '/robots.txt')).text).toMatch(/^Sitemap: https:\/\/images\.example\/-\/sitemap\.xml$/m)
    await using nameless = await serveGallery(registry, { indexing: true })
    expect((await crawl(nameless, '/robots.txt')).text).not.toContain('Sitemap:')
    for (const path of ['/', '/acme', '/acme/tools/web', '/acme/tools/web/-/tags', '/acme/tools/web/-/image/v1']) {
      const page = await crawl(open, path, HTML)
      expect([path, page.headers.get('x-robots-tag'), page.text.includes('noindex')]).toEqual([path, null, false])
      expect((await crawl(gallery, path, HTML)).text).toContain('<meta name="robots" content="noindex">')
    }
    for (const path of ['/-/search?q=web', '/acme/-/json', '/-/signin', '/nobody', '/-/sitemap.xml'])
      expect([path, (await crawl(open, path, HTML)).headers.get('x-robots-tag')]).toEqual([path, 'noindex'])
  })

  it('find all repositories and their publishers in the sitemap, which is not sent again where nothing has changed', async () => {
    expect((await crawl(gallery, '/-/sitemap.xml')).status).toBe(404)
    await using known = await serveGallery(registry, { publicUrl })
    const { status, headers, text } = await crawl(known, '/-/sitemap.xml')
    expect([status, headers.get('content-type')]).toEqual([200, 'application/xml'])
    expect(Array.from(text.matchAll(/<loc>(.*?)<\/loc>/g), ([, url]) => url)).toEqual([
      ...['https://images.example/', 'https://images.example/acme', 'https://images.example/acme/tools/web'],
    ])
    expect(text).toMatch(/<lastmod>2026-01-02T00:00:00\.000Z<\/lastmod>/)
    const again = await crawl(known, '/-/sitemap.xml', { 'if-none-match': headers.get('etag') })
    expect([again.status, again.text]).toEqual([304, ''])
    expect((await crawl(known, '/-/sitemap/2.xml')).status).toBe(404)
  })
})

describe('the theme', () => {
  it('is kept in a cookie by a form, which leads back to its page and nowhere else', async () => {
    const choose = (theme: string, back: string) =>
      get(`/-/theme/${theme}?${new URLSearchParams({ back })}`, { method: 'POST' })
    const dark = await choose('dark', '/acme/tools/web?x=1')
    expect([dark.status, dark.headers.get('location')]).toEqual([303, '/acme/tools/web?x=1'])
    expect(dark.headers.get('set-cookie')).toMatch(/^berth-theme=dark; Max-Age=\d+; Path=\/; SameSite=Lax; HttpOnly$/)
    expect((await choose('auto', '/')).headers.get('set-cookie')).toContain('Max-Age=0')
    for (const back of ['//evil.example', '/\\evil.example', 'https://evil.example', '/a\r\nx: y', ''])
      expect((await choose('light', back)).headers.get('location'), back).toBe('/')
    expect((await choose('blue', '/')).status).toBe(404)
    expect((await get('/-/theme/dark')).status).toBe(405)
  })
})

it('what pages look by is kept for good, under a name that changes with it', async () => {
  const page = await (await get('/')).text()
  const assets = Array.from(page.matchAll(/"(\/-\/assets\/[^"]+)"/g), ([, path = '']) => path)
  expect(assets).toHaveLength(3)
  for (const path of assets) {
    const answer = await get(path)
    expect([path, answer.status]).toEqual([path, 200])
    expect(answer.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    expect((await answer.text()).length).toBeLessThan(path.endsWith('.css') ? 20_000 : 10_000)
  }
  expect((await get('/-/assets/gallery.000000000000.css')).status).toBe(404)
})
