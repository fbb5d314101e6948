import { describe, expect, it } from 'vitest'
import { parseImagePath } from '../../domain/image-path.ts'
import { href, jsonPathOf, pathOf } from './href.ts'

describe('href', () => {
  it.each([
    'https://example.org/a?b=c',
    'HTTP://example.org',
    'mailto:a@example.org',
    '/acme/web',
    ' https://a.example ',
  ])('lets %s be', text => {
    expect(href(text)).toBe(text.trim())
  })

  it.each([
    ...['javascript:alert(1)', 'JaVaScRiPt:alert(1)', ' javascript:x', 'data:text/html,x', 'vbscript:x', 'file:///etc'],
    ...[
      '//evil.example',
      '/\\evil.example',
      '\\\\evil.example',
      'https:',
      'ht\ntps://x',
      'java\tscript:x',
      '',
      'x',
      '#x',
    ],
    ...['blob:https://x', 'view-source:https://x', 'https://exa mple.org'],
  ])('leads nowhere for %j', text => {
    expect(href(text)).toBeUndefined()
  })
})

it('writes paths with what is asked for in them, and the document beside each', () => {
  const path = parseImagePath('acme/tools/web')
  expect(pathOf.tags(path, { q: 'a b&c', sort: undefined })).toBe('/acme/tools/web/-/tags?q=a+b%26c')
  expect(pathOf.home({ after: '' })).toBe('/')
  expect(['/', '/acme', '/acme/web', '/acme/web/-/tags?q=a', '/acme/web/-/image/v1'].map(jsonPathOf)).toEqual([
    '/-/json',
    '/acme/-/json',
    '/acme/web/-/json',
    '/acme/web/-/json/tags?q=a',
    '/acme/web/-/json/image/v1',
  ])
})
