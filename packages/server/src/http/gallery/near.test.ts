import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTemporaryRegistry, type TemporaryRegistry } from '../../testing/temporary-registry.ts'
import { type ServedGallery, serveGallery } from './testing/serve-gallery.ts'

let registry: TemporaryRegistry
let gallery: ServedGallery
beforeAll(async () => {
  registry = await openTemporaryRegistry()
  await registry.addImage('{"os":"linux","architecture":"amd64"}', 'v1.9', 'v1.10', 'latest')
  gallery = await serveGallery(registry)
})
afterAll(async () => {
  await gallery[Symbol.asyncDispose]()
  await registry[Symbol.asyncDispose]()
})

const get = async (url: string, path: string) => {
  const answer = await fetch(`${url}${path}`, { headers: { accept: 'text/html' } })
  return { status: answer.status, text: await answer.text() }
}
const nearIn = (text: string) =>
  Array.from(/<ul class="near">(.*?)<\/ul>/s.exec(text)?.[1]?.matchAll(/href="([^"]*)"/g) ?? [], ([, href]) => href)

describe('a path that leads nowhere', () => {
  it.each([
    ['/acme/tools/wbe', '/acme/tools/web'],
    ['/acme/web', '/acme/tools/web'],
    ['/acme/tools', '/acme/tools/web'],
    ['/acmee/tools/web', '/acme/tools/web'],
    ['/amce', '/acme'],
    ['/web', '/acme/tools/web'],
    ['/tools/web', '/acme/tools/web'],
    ['/Acme/Tools/Web', '/acme/tools/web'],
    ['/acme/tools/web:v1.9', '/acme/tools/web/-/image/v1.9'],
    ['/r/acme/tools/web', '/acme/tools/web'],
    ['/repository/acme/tools/web/tags', '/acme/tools/web'],
    ['/gallery/acme/tools/web/-/nothing', '/acme/tools/web'],
    ['/acme/tools/web/-/image/v1.8', '/acme/tools/web/-/image/v1.9'],
    ['/acme/tools/web/-/image/V1.9', '/acme/tools/web/-/image/v1.9'],
    ['/acme/tools/web/-/image/ltest', '/acme/tools/web/-/image/latest'],
    ['/acme/tools/web/-/history/v1.11', '/acme/tools/web/-/image/v1.10'],
    ['/-/open?q=acme/tools/webb:v1.9', '/acme/tools/web'],
  ])('%s is told of %s', async (path, near) => {
    const { status, text } = await get(gallery.url, path)
    expect([status, nearIn(text)]).toEqual([404, expect.arrayContaining([near])])
  })

  it('is told of nothing where nothing is like it, whatever it is made of', async () => {
    const odd = [
      '/%',
      '/%ff',
      '/%00',
      '/...',
      '/a'.repeat(200),
      '/acme/x/../y',
      '/acme/%3Cscript%3E',
      '//',
      '/acme/-/tags',
    ]
    for (const path of [...odd, '/zzz/qqq/yyy', `/acme/${'w'.repeat(204)}`]) {
      const { status, text } = await get(gallery.url, path)
      expect([path, status]).toEqual([path, 404])
      expect(text).not.toContain('<script>')
      expect(text.length).toBeLessThan(10_000)
    }
    expect(gallery.errors).toEqual([])
  })

  it('tells nobody of what they may not know of', async () => {
    await using closed = await serveGallery(registry, { mayRead: () => false })
    for (const path of ['/acme/tools/wbe', '/web', '/acmee/tools/web', '/acme/tools/web:v1.9', '/Acme/Tools/Web'])
      expect((await get(closed.url, path)).text, path).not.toContain('href="/acme/tools')
  })

  it('has what may have been meant in its document', async () => {
    const answer = await fetch(`${gallery.url}/acme/tools/wbe/-/json`)
    expect(await answer.json()).toMatchObject({ kind: 'error', status: 404, near: ['/acme/tools/web'] })
  })
})
