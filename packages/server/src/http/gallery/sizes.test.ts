import { afterAll, beforeAll, expect, it } from 'vitest'
import { parseTag } from '../../domain/names.ts'
import { deleteImages } from '../../registry/images/delete-images.ts'
import { CALLER, openTemporaryRegistry, type TemporaryRegistry } from '../../testing/temporary-registry.ts'
import { type ServedGallery, serveGallery } from './testing/serve-gallery.ts'

/** Of one page, without logos. */
const LIMIT_BYTES = 100_000

let registry: TemporaryRegistry
let gallery: ServedGallery
beforeAll(async () => {
  registry = await openTemporaryRegistry()
  gallery = await serveGallery(registry)
})
afterAll(async () => {
  await gallery[Symbol.asyncDispose]()
  await registry[Symbol.asyncDispose]()
})

const page = async (path: string) => {
  const answer = await fetch(`${gallery.url}${path}`, { headers: { accept: 'text/html' } })
  expect([path, answer.status]).toEqual([path, 200])
  const text = await answer.text()
  expect(Buffer.byteLength(text), path).toBeLessThan(LIMIT_BYTES)
  return text
}
const many = (count: number, text: string) => Array.from({ length: count }, (_, at) => `${at} ${text}`)

it('no page is larger than 100 KB, whatever was pushed', async () => {
  const text = '"&<'.repeat(300)
  const config = {
    os: 'linux',
    architecture: 'amd64',
    config: {
      ...{ Env: many(100, text), Entrypoint: many(100, text), Cmd: many(100, text) },
      Labels: Object.fromEntries(many(10_000, '"').map(name => [name, text.slice(0, 60)])),
      ExposedPorts: Object.fromEntries(many(100, text).map(name => [name, {}])),
      Volumes: Object.fromEntries(many(100, text).map(name => [name, {}])),
    },
    history: many(300, text).map(created_by => ({ created_by })),
  }
  const image = await registry.addImage(JSON.stringify(config), 'large')
  await registry.addIndex(await Promise.all(many(60, 'x').map(seed => registry.addImage(`{"a":"${seed}"}`))), 'wide')
  const names = many(120, 'x').map(name => parseTag(`${name.replace(' ', '-')}-${'w'.repeat(120)}`))
  await registry.metadata.transaction(rows =>
    rows.tags.put(names.map(tag => ({ repositoryId: registry.repository.id, tag, digest: image, createdAt: 1 }))),
  )
  for (const about of ['&'.repeat(25_600), '|a'.repeat(12_800), '<'.repeat(25_600), `${'*a* '.repeat(6_400)}`]) {
    await registry.metadata.transaction(rows =>
      rows.repositorySettings.setCatalogData(registry.repository.id, { aboutText: about, usageText: about }, undefined),
    )
    await page('/acme/tools/web')
  }
  expect(await page('/acme/tools/web/-/image/large')).toMatch(/and [\d,]+ more/)
  await page('/acme/tools/web/-/image/wide')
  await page('/acme')
  await page('/')
  // A page of long names has fewer of them, and goes on behind the last.
  const seen = new Set<string>()
  for (let path: string | undefined = '/acme/tools/web/-/tags?sort=name'; path !== undefined; ) {
    const shown: string = await page(path)
    for (const [, tag = ''] of shown.matchAll(/<a class="tag"[^>]*>([^<]*)</g)) seen.add(tag)
    path = /rel="next" href="([^"]*)"/.exec(shown)?.[1]?.replaceAll('&amp;', '&')
  }
  expect(seen.size).toBe(names.length + 2)
})

it('where a tag led is told to anybody, and who moved it to nobody', async () => {
  const [first, second] = [await registry.addImage('{"v":1}', 'moving'), await registry.addImage('{"v":2}', 'moving')]
  const shown = await page('/acme/tools/web/-/image/moving')
  expect(shown).toContain('Where this tag led')
  expect(shown).toContain(first)
  await deleteImages(registry.context, CALLER, registry.repository, [{ digest: first }])
  const history = await page('/acme/tools/web/-/history/moving')
  expect(history).toContain('not here')
  for (const text of [shown, history]) expect(text).not.toMatch(/caller|127\.0\.0\.1/)
  const answer = await fetch(`${gallery.url}/acme/tools/web/-/json/history/moving`)
  const { moves, digest } = (await answer.json()) as { moves: object[]; digest: string }
  expect(digest).toBe(second)
  expect(moves).toMatchObject([
    { from: first, to: second, fromIsHere: false, toIsHere: true },
    { to: first, toIsHere: false },
  ])
  expect(Object.keys(moves[0] ?? {}).sort()).toEqual(['from', 'fromIsHere', 'movedAt', 'to', 'toIsHere'])
})
