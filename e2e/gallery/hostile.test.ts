import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Registry, startRegistry } from '../support/registry.ts'
import { describeWith } from '../support/tools.ts'
import { launchBrowser, openView, overflowOf, type Size } from './browser.ts'
import { HOSTILE_MARKDOWN, HOSTILE_TEXTS } from './hostile-texts.ts'
import { faultsOf, INSPECT } from './inspect.ts'
import { OCI_INDEX, OCI_MANIFEST, type Pusher, pusherOf } from './push.ts'

const HTML = { accept: 'text/html' }
/** Of the About of a repository, by the API. */
const ABOUT_LIMIT = 25_600

/** A configuration that has every text in every place that a page shows. */
const configOf = (texts: readonly string[]) => ({
  created: texts[0],
  author: texts[1],
  os: texts[2],
  architecture: texts[3],
  variant: texts[4],
  'os.version': texts[5],
  config: {
    User: texts[6],
    WorkingDir: texts[7],
    StopSignal: texts[8],
    Env: texts,
    Entrypoint: texts.slice(0, 50),
    Cmd: texts.slice(50),
    ExposedPorts: Object.fromEntries(texts.slice(0, 40).map(text => [text, {}])),
    Volumes: Object.fromEntries(texts.slice(40).map(text => [text, {}])),
    Labels: Object.fromEntries(texts.map((text, at) => [at % 2 === 0 ? text : `label ${at}`, text])),
  },
  history: texts.map(text => ({ created: text, created_by: text, comment: text, empty_layer: text.length % 2 === 0 })),
  rootfs: { type: 'layers', diff_ids: [] },
})

const odd = (seed: number) => HOSTILE_TEXTS.filter((_, at) => at % 7 === seed)

/** Images whose documents say what they should not. */
async function fillHostile(to: Pusher): Promise<readonly string[]> {
  const image = await to.image({ config: configOf(HOSTILE_TEXTS), layers: ['layer'] }, 'texts')
  const annotations = Object.fromEntries(HOSTILE_TEXTS.map((text, at) => [at % 3 === 0 ? text : `a ${at}`, text]))
  const platform = { os: odd(1)[0], architecture: odd(2)[3], variant: odd(3)[5], 'os.version': odd(4)[2] }
  const manifests = [
    { ...image, platform },
    { ...image, platform: { os: 7, architecture: null }, annotations: { x: HOSTILE_TEXTS[1] } },
    {
      ...image,
      annotations: {
        'vnd.docker.reference.type': 'attestation-manifest',
        'vnd.docker.reference.digest': HOSTILE_TEXTS[2],
      },
    },
  ]
  await to.manifest(OCI_INDEX, { manifests, annotations }, 'index')
  await to
    .manifest(OCI_MANIFEST, {
      config: await to.blob('application/vnd.x"onclick=mark/x', 'x').catch(() => image),
      layers: [],
      artifactType: `application/vnd.${'a'.repeat(110)}`,
      subject: image,
      annotations,
    })
    .catch(() => undefined)
  const labels = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, at) => [`l${at}`, 'x'.repeat(100)]))
  const deep = (depth: number) =>
    Buffer.from(`{"config":{"Labels":{"a":"b"}},"deep":${'['.repeat(depth)}${']'.repeat(depth)}}`)
  await to.image({ config: { config: { Labels: labels(9_000) }, os: 'linux', architecture: 'amd64' } }, 'many-labels')
  await to.image({ config: deep(900) }, 'deep')
  await to.image({ config: deep(100_000) }, 'too-deep')
  await to.image({ config: Buffer.from([0, 255, 1, 254, 123, 34]) }, 'binary')
  await to.image(
    { config: Buffer.from(JSON.stringify({ config: { Labels: { big: 'x'.repeat(4_100_000) } } })) },
    'large',
  )
  await to.image({ config: Buffer.alloc(5 * 1024 * 1024, ' ') }, 'too-large')
  await to.image({ config: Buffer.from('[]') }, 'list')
  await to.image({ config: Buffer.from('null') }, 'nothing')
  await to.image({ config: { config: 'x', history: { a: 1 }, os: {}, created: 5, author: [] } }, 'shapeless')
  await to.image({ config: 'not read', configType: 'application/vnd.wasm.config.v0+json' } as never, 'other-type')
  const tags = ['_', '0', '__proto__', 'constructor', `t${'t'.repeat(127)}`, 'UPPER.lower-_', '..a'.slice(2), 'null']
  await to.image({ config: { os: 'linux', architecture: 'amd64' } }, ...tags)
  return [
    ...['texts', 'index', 'many-labels', 'deep', 'too-deep', 'binary', 'large', 'too-large', 'list', 'nothing'],
    ...['shapeless', 'other-type', ...tags],
  ]
}

describeWith(['chromium'], 'what strangers write', () => {
  let registry: Registry
  let browser: Browser
  let tags: readonly string[]
  let base: string
  beforeAll(async () => {
    registry = await startRegistry({ args: ['--rate-limits', 'none'] })
    browser = await launchBrowser()
    const to = await pusherOf(registry, 'hostile')
    tags = await fillHostile(to)
    base = `/${registry.alias}/hostile`
  })
  afterAll(async () => {
    await browser?.close()
    await registry?.[Symbol.asyncDispose]()
  })

  const describeAs = (aboutText: string, description = 'x') =>
    registry.control('PutRepositoryCatalogData', { repositoryName: 'hostile', catalogData: { aboutText, description } })

  it('is text on every page, whatever it looks like', async () => {
    expect(HOSTILE_TEXTS.length + HOSTILE_MARKDOWN.length).toBeGreaterThanOrEqual(150)
    const pages: Record<string, string> = {}
    for (const path of ['/', `/${registry.alias}`, `${base}/-/tags`, ...tags.map(tag => `${base}/-/image/${tag}`)]) {
      const answer = await fetch(`${registry.url}${path}`, { headers: HTML })
      pages[path] = await answer.text()
      expect([path, answer.status]).toEqual([path, 200])
      // What is long is shown by its beginning.
      expect(Buffer.byteLength(pages[path]), path).toBeLessThan(100_000)
    }
    for (const text of HOSTILE_TEXTS.filter(each => each.length < 200)) {
      const query = new URLSearchParams({ q: text, after: text, sort: text, back: text })
      const answer = await fetch(`${registry.url}${base}/-/tags?${query}`, { headers: HTML })
      pages[`filter ${text}`] = await answer.text()
      expect([text, answer.status]).toEqual([text, 200])
    }
    expect(await faultsOf(browser, pages)).toEqual([])
    // Faults would be seen: here are four.
    const [home = ''] = Object.values(pages)
    const broken = home.replace('<h1', '<b onclick="x" style="y"><a href="javascript:z">x</a><iframe></iframe></b><h1')
    expect(await faultsOf(browser, { broken })).toHaveLength(4)
  })

  it('as Markdown becomes nothing that runs, loads or leads astray', async () => {
    const pages: Record<string, string> = {}
    const isShort = (text: string) => text.length < 200 && !/^[`~]/.test(text)
    const short = HOSTILE_MARKDOWN.filter(isShort)
    // Some at a time, apart from each other: an unclosed block would swallow those behind it.
    const together = Array.from({ length: Math.ceil(short.length / 10) }, (_, at) =>
      short.slice(at * 10, at * 10 + 10).join('\n\n'),
    )
    const texts = [...together, ...HOSTILE_MARKDOWN.filter(text => !isShort(text))]
    for (const [at, text] of texts.entries()) {
      await describeAs(text.slice(0, ABOUT_LIMIT))
      const answer = await fetch(`${registry.url}${base}`, { headers: HTML })
      pages[`${at} ${text.slice(0, 60)}`] = await answer.text()
      expect([text.slice(0, 60), answer.status]).toEqual([text.slice(0, 60), 200])
    }
    expect(await faultsOf(browser, pages)).toEqual([])
  })

  it('executes nothing and breaks no layout in a browser', async () => {
    const all = HOSTILE_MARKDOWN.filter(text => text.length < 1_000).join('\n\n')
    await describeAs(all.slice(0, ABOUT_LIMIT), HOSTILE_TEXTS.slice(0, 20).join(' ').slice(0, 1_000))
    for (const size of ['desktop', 'phone'] as Size[]) {
      const view = await openView(browser, { size })
      await view.addInitScript('globalThis.marks = []; globalThis.mark = at => globalThis.marks.push(at)')
      const page = await view.newPage()
      const strangers: string[] = []
      page.on('request', request => request.url().startsWith(registry.url) || strangers.push(request.url()))
      page.on('dialog', dialog => void strangers.push(dialog.message()))
      for (const path of [
        base,
        '/',
        `${base}/-/tags`,
        ...['texts', 'index', 'large'].map(tag => `${base}/-/image/${tag}`),
      ]) {
        await page.goto(`${registry.url}${path}`)
        expect(await page.evaluate('globalThis.marks'), path).toEqual([])
        expect(await page.evaluate(`(${INSPECT})(document)`), path).toEqual([])
        expect(await overflowOf(page), `${path} on a ${size}`).toBeLessThanOrEqual(0)
      }
      expect(strangers).toEqual([])
      await view.close()
    }
  })

  it('is shown as far as it can be, and said to be so', async () => {
    const config = async (tag: string) => (await fetch(`${registry.url}${base}/-/json/image/${tag}`)).json()
    expect(await config('many-labels')).toMatchObject({ config: { described: { total: 9_000 } } })
    expect(await config('deep')).toMatchObject({ config: { described: { items: [{ name: 'a', text: 'b' }] } } })
    expect(await config('too-deep')).toMatchObject({ configNotShown: 'unreadable' })
    expect(await config('binary')).toMatchObject({ configNotShown: 'unreadable' })
    expect(await config('large')).toMatchObject({ config: { described: { total: 1 } } })
    expect(await config('too-large')).toMatchObject({ configNotShown: 'tooLarge' })
    for (const tag of ['list', 'nothing']) expect(await config(tag)).toMatchObject({ configNotShown: 'unreadable' })
    expect(await config('shapeless')).toMatchObject({ config: { history: { items: [], total: 0 } } })
  })
})
