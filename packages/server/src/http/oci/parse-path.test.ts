import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatImagePath, parseImagePath } from '../../domain/image-path.ts'
import { isProblem } from '../../domain/problem.ts'
import { parsePath, type Target } from './parse-path.ts'

const word = fc.stringMatching(/^[a-z0-9]{2,6}(?:[._-][a-z0-9]{1,4})?$/)
// The words that routes end in are legal parts of names.
const part = fc.oneof(word, fc.constantFrom('blobs', 'uploads', 'manifests', 'tags', 'list', 'referrers'))
const alias = fc.stringMatching(/^[a-z][a-z0-9]{1,7}$/)
const name = fc
  .tuple(alias, fc.array(part, { minLength: 1, maxLength: 4 }))
  .map(([a, parts]) => [a, ...parts].join('/'))
const last = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,20}$/)

const problemOf = (url: string): string => {
  try {
    return `no problem: ${parsePath(url).kind}`
  } catch (error) {
    if (isProblem(error, 'nameInvalid') || isProblem(error, 'aliasInvalid') || isProblem(error, 'routeUnknown'))
      return error.problem.kind
    throw error
  }
}

describe('parsePath', () => {
  it('finds name and last part of every route, whatever words the name is made of', () => {
    const routes: [string, (path: string, end: string) => string, (end: string) => object][] = [
      ['manifest', (p, e) => `/v2/${p}/manifests/${e}`, reference => ({ reference })],
      ['blob', (p, e) => `/v2/${p}/blobs/x${e}`, e => ({ digest: `x${e}` })],
      ['upload', (p, e) => `/v2/${p}/blobs/uploads/${e}`, uploadId => ({ uploadId })],
      ['uploads', p => `/v2/${p}/blobs/uploads`, () => ({})],
      ['uploads', p => `/v2/${p}/blobs/uploads/`, () => ({})],
      ['tags', p => `/v2/${p}/tags/list`, () => ({})],
      ['referrers', (p, e) => `/v2/${p}/referrers/${e}`, digest => ({ digest })],
    ]
    fc.assert(
      fc.property(
        name,
        last,
        fc.constantFrom(...routes),
        fc.constantFrom('', '?', '?a=/b/c'),
        (path, end, route, query) => {
          const [kind, format, rest] = route
          expect(parsePath(format(path, end) + query)).toEqual({ kind, path: parseImagePath(path), ...rest(end) })
        },
      ),
    )
  })

  it('parses what it formats', () => {
    fc.assert(
      fc.property(name, path => {
        expect(formatImagePath(parseImagePath(path))).toBe(path)
      }),
    )
  })

  it('answers any text with a target or one of three problems', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.boolean(), (text, under) => {
        expect(problemOf(under ? `/v2/${text}` : text)).toMatch(
          /^(?:no problem: .+|nameInvalid|aliasInvalid|routeUnknown)$/,
        )
      }),
    )
  })

  it.each<[string, Target['kind']]>([
    ['/v2', 'base'],
    ['/v2/', 'base'],
    ['/v2/?x=1', 'base'],
    ['/v2/_catalog', 'catalog'],
    ['/v2/_catalog?n=1', 'catalog'],
  ])('%s is %s', (url, kind) => expect(parsePath(url).kind).toBe(kind))

  it('decodes the colon of a digest', () => {
    expect(parsePath('/v2/acme/web/blobs/sha256%3Aab')).toMatchObject({ digest: 'sha256:ab' })
  })

  it.each([
    ['/v2/%5fcatalog', 'routeUnknown'],
    ['/v2/_c%61talog', 'routeUnknown'],
    ['/v2/acme/web/%6danifests/latest', 'routeUnknown'],
    ['/v2/acme/web/t%61gs/list', 'routeUnknown'],
    ['/v2/acme/web/tags/l%69st', 'routeUnknown'],
    ['/v2/acme/web/blobs%2fuploads/', 'nameInvalid'],
    ['/v2/acme/web/blob%73/uploads/', 'routeUnknown'],
    ['/v2/%61cme/web/tags/list', 'aliasInvalid'],
    ['/v2/acme/w%65b/tags/list', 'nameInvalid'],
    ['/%762/acme/web/tags/list', 'routeUnknown'],
    ['/v2/acme/web/%72eferrers/sha256:0', 'routeUnknown'],
  ])('takes no word that hides behind its encoding: %s is %s', (url, kind) => expect(problemOf(url)).toBe(kind))

  it('sees another tag in one that is encoded', () => {
    expect(parsePath('/v2/acme/web/manifests/l%61test')).toMatchObject({ reference: 'l%61test' })
    // Not the word `uploads`, and so a digest, which it is not.
    expect(parsePath('/v2/acme/web/blobs/upload%73')).toMatchObject({ kind: 'blob', digest: 'upload%73' })
  })

  it.each([
    ['/', 'routeUnknown'],
    ['/v20/', 'routeUnknown'],
    ['/v2/x', 'routeUnknown'],
    ['/v2/acme/web', 'routeUnknown'],
    ['/v2/acme/web/tags/all', 'routeUnknown'],
    ['/v2/acme/web/manifests/', 'routeUnknown'],
    ['/v2/acme/web/blobs/', 'routeUnknown'],
    ['/v2/acme/web/uploads/x', 'routeUnknown'],
    ['/v2/manifests/latest', 'nameInvalid'],
    ['/v2//manifests/latest', 'nameInvalid'],
    ['/v2/web/manifests/latest', 'nameInvalid'],
    ['/v2/acme//web/manifests/latest', 'nameInvalid'],
    ['/v2/acme/web//manifests/latest', 'nameInvalid'],
    ['/v2/acme/../web/manifests/latest', 'nameInvalid'],
    ['/v2/acme/Web/manifests/latest', 'nameInvalid'],
    ['/v2/acme%2fweb/manifests/latest', 'nameInvalid'],
    ['/v2/acme/we%00b/manifests/latest', 'nameInvalid'],
    ['/v2/acme/web/manifests/%2e%2e%2Fx', 'nameInvalid'],
    ['/v2/acme/we%zzb/manifests/latest', 'nameInvalid'],
    ['/v2/1acme/web/manifests/latest', 'aliasInvalid'],
    ['/v2/a/web/manifests/latest', 'aliasInvalid'],
    [`/v2/acme/${'a'.repeat(206)}/manifests/latest`, 'nameInvalid'],
    [`/v2/acme/web/manifests/latest?${'x'.repeat(8200)}`, 'nameInvalid'],
  ])('refuses %s as %s', (url, kind) => expect(problemOf(url)).toBe(kind))

  it('takes names of the full length', () => {
    const path = `${'a'.repeat(50)}/${'b'.repeat(204)}`
    expect(parsePath(`/v2/${path}/tags/list`)).toMatchObject({ kind: 'tags' })
  })
})
