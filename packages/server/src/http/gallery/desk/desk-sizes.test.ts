import { afterAll, beforeAll, expect, it } from 'vitest'
import type { AccountId } from '../../../domain/names.ts'
import type { Rows } from '../../../ports/metadata-store.ts'
import { putSettings } from '../../../registry/repositories/settings.ts'
import { pushSceneImage } from '../../../testing/deletion-scene.ts'
import { ACCOUNT, CALLER, openTemporaryRegistry, type TemporaryRegistry } from '../../../testing/temporary-registry.ts'
import { TestBrowser } from '../testing/browser.ts'
import { type ServedGallery, serveGallery } from '../testing/serve-gallery.ts'
import { signIn } from '../testing/sign-in.ts'

/** Of one page, without logos and what is typed into it. */
const LIMIT_BYTES = 100_000
const DESK = '/-/manage/acme/tools/web/-'
const IMAGES = 100
/** As long as a tag may be. */
const tagOf = (kind: string, number: number) => `${kind}-${String(number).padStart(3, '0')}-`.padEnd(128, 'w')

let registry: TemporaryRegistry
let gallery: ServedGallery
let browser: TestBrowser
beforeAll(async () => {
  registry = await openTemporaryRegistry()
  gallery = await serveGallery(registry)
  browser = new TestBrowser(gallery.url)
  await signIn(browser, registry, await registry.addAdministrator())
  const push = (image: Parameters<typeof pushSceneImage>[2]) => pushSceneImage(registry, registry.repository, image)
  const children = await Promise.all(Array.from({ length: 12 }, (_, at) => push({ name: `child ${at}` })))
  for (let at = 0; at < IMAGES; at += 1) {
    const tags = [tagOf('one', at), tagOf('two', at), tagOf('three', at)]
    await push({ name: `image ${at}`, tags, ...(at % 2 === 0 && { children }) })
    await push({ name: `loose ${at}` })
  }
})
afterAll(async () => {
  await gallery[Symbol.asyncDispose]()
  await registry[Symbol.asyncDispose]()
})

const small = (path: string, { status, text }: { readonly status: number; readonly text: string }) => {
  expect([path, status]).toEqual([path, 200])
  expect(Buffer.byteLength(text), path).toBeLessThan(LIMIT_BYTES)
  return text
}
const page = async (path: string) => small(path, await browser.get(path))
const hrefOf = (text: string, relation: string) =>
  new RegExp(`rel="${relation}" href="([^"]*)"`).exec(text)?.[1]?.replaceAll('&amp;', '&')

it('a page of images has as many as fit, and goes on behind the last', async () => {
  for (const [first, expected] of [
    [`${DESK}/images`, 3 * IMAGES],
    [`${DESK}/images?view=untagged`, IMAGES],
  ] as const) {
    const seen = new Set<string>()
    for (let path: string | undefined = first; path !== undefined; ) {
      const text: string = await page(path)
      const boxes = Array.from(text.matchAll(/name="i" value="([^"]*)"/g), ([, value = '']) => value)
      expect(boxes.length).toBeGreaterThan(5)
      for (const each of boxes) seen.add(each)
      path = hrefOf(text, 'next')
    }
    expect(seen.size).toBe(expected)
  }
})

it('pages of the bin, of a preview, of a job, of rules and of the log are not larger than others', async () => {
  const protectedTags = Array.from({ length: 30 }, (_, at) => tagOf('one', at))
  await putSettings(registry.context, CALLER, registry.repository, { protectedTags, immutableTags: [] })
  const preview = await page(`${DESK}/images/preview?all=1&q=one`)
  expect(preview).toMatch(/and [\d,]+ more/)
  for (const kind of ['one', 'two', 'three']) {
    const job = await browser.submit(`${DESK}/images/preview?all=1&q=${kind}`, `${DESK}/images/delete`, {})
    expect(job.status).toBe(303)
    await page(job.headers.get('location') ?? '')
  }
  expect(hrefOf(await page(`${DESK}/bin`), 'next')).toBeDefined()
  const ticked = new URLSearchParams(Array.from({ length: 200 }, (_, at): [string, string] => ['i', tagOf('one', at)]))
  const token = /name="form-token" value="([^"]*)"/.exec(preview)?.[1] ?? ''
  ticked.append('form-token', token)
  ticked.append('action', 'purge')
  const type = 'application/x-www-form-urlencoded'
  small('purge', await browser.send(`${DESK}/bin`, Buffer.from(ticked.toString()), type))
  ticked.append('i', 'one-more')
  const refused = await browser.send(`${DESK}/bin`, Buffer.from(ticked.toString()), type)
  expect(await page(refused.headers.get('location') ?? '')).toContain('More than 200 were ticked')

  const lines = Array.from({ length: 1_000 }, (_, at) => ({
    ...{ action: 'DeleteImage' as const, accountId: ACCOUNT as AccountId, recordedAt: at, via: 'call' as const },
    ...{
      principal: `arn:aws:iam::${ACCOUNT}:user/${'w'.repeat(64)}`,
      sourceAddress: `fe80::${'f:'.repeat(20)}1`,
      repository: 'tools/web',
    },
    ...{ tag: tagOf('one', at), detail: '"'.repeat(2_000) },
  }))
  await registry.metadata.transaction((rows: Rows) => rows.audit.append(lines as never))
  expect(hrefOf(await page('/-/manage/-/audit'), 'next')).toBeDefined()
  const rules = Array.from({ length: 40 }, (_, at) => ({
    ...{ rulePriority: at + 1, description: '"'.repeat(90), action: { type: 'expire' } },
    selection: {
      ...{ tagStatus: 'tagged', countType: 'imageCountMoreThan', countNumber: 1 },
      tagPatternList: [`*${at}-${'w'.repeat(100)}`],
    },
  }))
  await browser.submit(`${DESK}/lifecycle`, `${DESK}/lifecycle`, { policy: JSON.stringify({ rules }), do: 'save' })
  await page(`${DESK}/lifecycle`)
  const policy = { Version: '2012-10-17', Statement: [{ Effect: 'Deny', Principal: '*', Action: 'ecr-public:Put*' }] }
  await browser.submit(`${DESK}/permissions`, `${DESK}/permissions`, { policy: JSON.stringify(policy), force: 'on' })
  await page(`${DESK}/permissions`)
})
