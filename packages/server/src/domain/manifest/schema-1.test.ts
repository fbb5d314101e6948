import { describe, expect, it } from 'vitest'
import { digestOf } from '../digest.ts'
import { isProblem } from '../problem.ts'
import { signed } from '../testing/schema-1.ts'
import { parseManifest, readStoredManifest } from './manifest.ts'
import { DOCKER_SCHEMA_1, DOCKER_SCHEMA_1_SIGNED, OCI_MANIFEST } from './media-types.ts'

const [one, two] = [digestOf('1'), digestOf('2')]
const payload = (document: object = {}) =>
  JSON.stringify(
    {
      ...{ schemaVersion: 1, name: 'a/b', tag: 'c', architecture: 'amd64' },
      ...{ fsLayers: [one, two, one].map(blobSum => ({ blobSum })), history: [{ v1Compatibility: '{"ID":1,"id":2}' }] },
      ...document,
    },
    undefined,
    3,
  )
const parse = (text: string, type = DOCKER_SCHEMA_1_SIGNED) => parseManifest(Buffer.from(text), type)
const reasonOf = (text: string, type?: string) => {
  try {
    parse(text, type)
  } catch (error) {
    if (isProblem(error, 'manifestInvalid')) return error.problem.reason
    throw error
  }
  return undefined
}

describe('a manifest of schema 1', () => {
  it('needs its layers, and has the digest of what was signed', () => {
    const text = payload()
    const manifest = parse(signed(text))
    expect(manifest.kind).toBe('schema1')
    expect(manifest.blobs).toEqual([one, two].map(digest => ({ digest, required: true })))
    expect(manifest.digestedBytes.toString()).toBe(text)
  })

  it('has the digest of all of its bytes where nobody signed it', () => {
    expect(parse(payload(), DOCKER_SCHEMA_1).digestedBytes.toString()).toBe(payload())
    expect(parse(signed(payload()), DOCKER_SCHEMA_1).digestedBytes.toString()).toBe(payload())
    expect(reasonOf(payload())).toMatch(/^signatures: is missing/)
  })

  it('may have several signatures of the same bytes', () => {
    expect(parse(signed(payload(), {}, {})).digestedBytes.toString()).toBe(payload())
    expect(reasonOf(signed(payload(), {}, { formatLength: 7 }))).toMatch(/not all of the same/)
    expect(reasonOf(signed(payload(), {}, { formatTail: ' }' }))).toMatch(/not all of the same/)
  })

  it.each<[string, string]>([
    ['a length inside of the document', signed(payload(), { formatLength: 40 })],
    ['a length beyond its end', signed(payload(), { formatLength: 40_000 })],
    ['a length that is none', signed(payload(), { formatLength: -1 })],
    ['a length of half a byte', signed(payload(), { formatLength: 40.5 })],
    ['a tail that adds members', signed(payload(), { formatTail: ',"fsLayers":[]}' })],
    ['a tail that does not end it', signed(payload(), { formatTail: '' })],
    ['a header that is no JSON', signed(payload(), { header: 'e30x' })],
    ['a header that is no base64url', signed(payload(), { header: '+/' })],
    ['an empty list of signatures', signed(payload()).replace(/"signatures": \[[^\]]*\]/, '"signatures": []')],
    ['signatures that are no list', payload({ signatures: {} })],
    ['members after the signatures', signed(payload()).replace(/\}\s*$/, ',"x":1}')],
    ['signatures twice', signed(payload({ signatures: [] }))],
    ['another schema version', signed(payload({ schemaVersion: 2 }))],
    ['a layer that is no digest', signed(payload({ fsLayers: [{ blobSum: 'sha256:ab' }] }))],
    ['no layers', signed(payload({ fsLayers: undefined }))],
    ['layers under a name of another case', signed(payload({ FSLayers: [] }))],
    ['the config of another schema', signed(payload({ config: { digest: one, size: 1, mediaType: 'a/b' } }))],
    ['the layers of another schema', signed(payload({ layers: [] }))],
  ])('is refused with %s', (_, text) => {
    expect(reasonOf(text)).toBeDefined()
  })

  it('keeps its layers where it was taken before, by whatever digest', () => {
    const broken = Buffer.from(payload({ fsLayers: [{ blobSum: one }, { blobSum: 'nothing' }] }))
    expect(readStoredManifest(broken, DOCKER_SCHEMA_1)).toMatchObject({ kind: 'other', blobs: [] })
    expect(readStoredManifest(Buffer.from(signed(payload())), DOCKER_SCHEMA_1_SIGNED)?.blobs).toHaveLength(2)
  })
})

describe('a manifest that was taken before', () => {
  const descriptor = (digest: string) => ({ mediaType: 'a/b', digest, size: 1 })

  it('refers to all that some reader may find in it', () => {
    const text = JSON.stringify({
      ...{ schemaVersion: 2, config: descriptor(one), layers: [], Layers: [descriptor(two)] },
      Manifests: [descriptor(digestOf('3'))],
    })
    expect(reasonOf(text, OCI_MANIFEST)).toBe('it has "Layers", which other readers take for "layers"')
    expect(readStoredManifest(Buffer.from(text), OCI_MANIFEST)).toMatchObject({
      kind: 'image',
      blobs: [
        { digest: one, required: true },
        { digest: two, required: false },
      ],
      children: [{ digest: digestOf('3'), required: false }],
    })
  })

  it('is none where it is no JSON', () => {
    expect(readStoredManifest(Buffer.from('{'), OCI_MANIFEST)).toBeUndefined()
  })
})
