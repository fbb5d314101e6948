import fc from 'fast-check'
import { expect, it } from 'vitest'
import { digestOf } from './digest.ts'
import { readPastedImage } from './pasted-image.ts'

const digest = digestOf('x')
const web = { alias: 'acme', name: 'tools/web' }

it.each([
  ['acme/tools/web', { ...web, reference: undefined }],
  ['acme/tools/web:v1', { ...web, reference: 'v1' }],
  [`acme/tools/web@${digest}`, { ...web, reference: digest }],
  [`docker pull 127.0.0.1:5000/acme/tools/web:v1@${digest}`, { ...web, reference: digest }],
  ['  docker pull --platform linux/amd64 registry.example/acme/tools/web:v1 ', { ...web, reference: 'v1' }],
  ['sudo podman pull localhost:5000/acme/tools/web', { ...web, reference: undefined }],
  ['skopeo copy docker://registry.example/acme/tools/web:v1 oci:web', { ...web, reference: 'v1' }],
  ['https://registry.example/acme/tools/web/-/image/v1?x=1', { ...web, reference: 'v1' }],
  ['https://registry.example:8443/acme/tools/web/-/tags', { ...web, reference: undefined }],
  ['registry.example/acme', { alias: 'acme' }],
  ['acme', { alias: 'acme' }],
])('%s', (text, expected) => {
  expect(readPastedImage(text)[0]).toEqual(expected)
})

it('tells both where a first part may be a host or an alias', () => {
  expect(readPastedImage('my.alias/web:v1')).toEqual([{ alias: 'my.alias', name: 'web', reference: 'v1' }])
  expect(readPastedImage('my.alias/acme/web')).toEqual([
    { alias: 'acme', name: 'web', reference: undefined },
    { alias: 'my.alias', name: 'acme/web', reference: undefined },
  ])
})

it('makes nothing of other texts, and takes any', () => {
  for (const text of [
    '',
    ' ',
    'docker pull',
    'ls -la',
    '//evil.example/x',
    'acme/web:',
    'acme/web@sha256:x',
    'A/B',
    digest,
  ])
    expect([text, readPastedImage(text)]).toEqual([text, []])
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 2_000 }), text => Array.isArray(readPastedImage(text))))
})
