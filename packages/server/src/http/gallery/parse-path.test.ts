import { describe, expect, it } from 'vitest'
import { digestOf } from '../../domain/digest.ts'
import { isProblem } from '../../domain/problem.ts'
import { isOwnPath, parsePath } from './parse-path.ts'

const digest = digestOf('x')

describe('paths of the gallery', () => {
  it.each([
    ['/', { kind: 'home' }],
    ['/acme', { kind: 'publisher', alias: 'acme' }],
    ['/acme/', { kind: 'publisher', alias: 'acme' }],
    ['/acme/web', { kind: 'repository', path: { alias: 'acme', name: 'web' } }],
    ['/acme/foo/tags', { kind: 'repository', path: { alias: 'acme', name: 'foo/tags' } }],
    ['/acme/foo.json', { kind: 'repository', path: { alias: 'acme', name: 'foo.json' } }],
    ['/acme/a/b/c/-/tags', { kind: 'tags', path: { alias: 'acme', name: 'a/b/c' } }],
    ['/acme/web/-/image/v1.0', { kind: 'image', path: { alias: 'acme', name: 'web' }, reference: { tag: 'v1.0' } }],
    [`/acme/web/-/image/${digest}`, { kind: 'image', path: { alias: 'acme', name: 'web' }, reference: { digest } }],
    [
      `/acme/web/-/image/${digest.replace(':', '%3A')}`,
      { kind: 'image', path: { alias: 'acme', name: 'web' }, reference: { digest } },
    ],
    ['/-/assets/gallery.123.css', { kind: 'asset', name: 'gallery.123.css' }],
    ['/-/suggest', { kind: 'suggest' }],
    ['/-/theme/dark', { kind: 'theme', theme: 'dark' }],
    ['/robots.txt', { kind: 'robots' }],
    ['/robots.txt/web', { kind: 'repository', path: { alias: 'robots.txt', name: 'web' } }],
    ['/-/sitemap.xml', { kind: 'sitemap', file: undefined }],
    ['/-/sitemap/12.xml', { kind: 'sitemap', file: 12 }],
  ])('%s', (path, target) => {
    expect(parsePath(path)).toEqual({ target, isJson: false })
  })

  it.each([
    ['/-/json', 'home'],
    ['/acme/-/json', 'publisher'],
    ['/acme/web/-/json', 'repository'],
    ['/acme/web/-/json/tags', 'tags'],
    ['/acme/web/-/json/image/latest', 'image'],
  ])('%s is the document of a page', (path, kind) => {
    expect(parsePath(path)).toMatchObject({ target: { kind }, isJson: true })
  })

  it.each([
    ...[
      '//',
      '/-',
      '/-/',
      '/-/x',
      '/-/sitemap',
      '/-/sitemap/0.xml',
      '/-/sitemap/1',
      '/-/sitemap/x.xml',
      '/-/sitemap/9999999999.xml',
      '/-/json/sitemap.xml',
      '/-/assets/',
      '/-/assets/a/b',
      '/-/assets/..%2f',
      '/A',
      '/a',
      '/acme//web',
      '/acme/W',
    ],
    ...['/acme/web/-/', '/acme/web/-/x', '/acme/web/-/image/', '/acme/web/-/image/a/b', '/acme/-/tags', '/.git/config'],
    ...[
      '/acme/web/-/image/%00',
      '/acme/../x',
      '/acme/web/-/tags/-/tags',
      '/-/json/assets/x.css',
      `/acme/${'a'.repeat(600)}`,
    ],
  ])('%s is no page', path => {
    try {
      // A few lead home, where what stands behind means nothing.
      expect(['home', 'repository']).toContain(parsePath(path).target.kind)
      expect(['//', '/-/', '/acme/web/-/']).toContain(path)
    } catch (error) {
      if (!isProblem(error, 'pageUnknown')) throw error
    }
  })

  it('tells its own from those that others may have', () => {
    expect(['/-/json', '/acme/-/json', '/acme/web/-/tags', '/robots.txt'].every(isOwnPath)).toBe(true)
    expect(['/', '/acme/web', '/favicon.ico', '/a-/b', '/-'].some(isOwnPath)).toBe(false)
  })
})
