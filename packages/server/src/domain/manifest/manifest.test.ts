import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { digestOf } from '../digest.ts'
import { isProblem, RegistryError } from '../problem.ts'
import { MANIFEST_LIMIT_BYTES, parseManifest } from './manifest.ts'
import { DOCKER_LIST, DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST } from './media-types.ts'

const LAYER = 'application/vnd.oci.image.layer.v1.tar+gzip'
const CONFIG = 'application/vnd.oci.image.config.v1+json'
const [one, two, three] = [digestOf('1'), digestOf('2'), digestOf('3')]
const descriptor = (digest: string = one, mediaType = LAYER) => ({ mediaType, digest, size: 3 })
const image = { schemaVersion: 2, mediaType: OCI_MANIFEST, config: descriptor(one, CONFIG), layers: [descriptor(two)] }
const index = { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [descriptor(one, OCI_MANIFEST)] }

const bytesOf = (document: unknown) => Buffer.from(typeof document === 'string' ? document : JSON.stringify(document))
const parse = (document: unknown, contentType?: string) => parseManifest(bytesOf(document), contentType)
const reasonOf = (document: unknown, contentType?: string) => {
  try {
    parse(document, contentType)
  } catch (error) {
    if (isProblem(error, 'manifestInvalid')) return error.problem.reason
    throw error
  }
  return undefined
}

describe('parseManifest: images', () => {
  it('reads what an image refers to', () => {
    const annotations = { 'org.example': 'yes' }
    const document = { ...image, subject: descriptor(three, OCI_MANIFEST), annotations }
    expect(parse(document)).toEqual({
      mediaType: OCI_MANIFEST,
      kind: 'image',
      artifactType: CONFIG,
      configMediaType: CONFIG,
      subject: three,
      annotations,
      blobs: [
        { digest: one, required: true },
        { digest: two, required: true },
      ],
      children: [],
      foreign: [],
      digestedBytes: bytesOf(document),
    })
  })

  it('prefers artifactType to the type of the config', () => {
    const { artifactType, configMediaType } = parse({ ...image, artifactType: 'application/vnd.example+type' })
    expect({ artifactType, configMediaType }).toEqual({
      artifactType: 'application/vnd.example+type',
      configMediaType: CONFIG,
    })
  })

  it('names a layer that occurs twice once, and takes one with no layers', () => {
    expect(parse({ ...image, layers: [descriptor(two), descriptor(two)] }).blobs).toHaveLength(2)
    expect(parse({ ...image, layers: [] }).blobs).toEqual([{ digest: one, required: true }])
  })

  it.each([
    'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip',
    'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
  ])('does not require a layer that need not be distributed: %s', mediaType => {
    const layers = [descriptor(two, mediaType), descriptor(three)]
    expect(parse({ ...image, layers }).blobs).toEqual([
      { digest: one, required: true },
      { digest: two, required: false },
      { digest: three, required: true },
    ])
  })

  it('requires a blob that is named both ways, in either order', () => {
    const foreign = descriptor(two, 'application/vnd.oci.image.layer.nondistributable.v1.tar')
    for (const layers of [
      [foreign, descriptor(two)],
      [descriptor(two), foreign],
    ])
      expect(parse({ ...image, layers }).blobs).toContainEqual({ digest: two, required: true })
  })

  it('takes sha512 digests', () => {
    const long = digestOf('x', 'sha512')
    expect(parse({ ...image, layers: [descriptor(long)] }).blobs).toContainEqual({ digest: long, required: true })
  })
})

describe('parseManifest: indexes', () => {
  it.each([OCI_INDEX, DOCKER_LIST])('reads the entries of %s', mediaType => {
    const manifests = [descriptor(one, OCI_MANIFEST), descriptor(two, OCI_INDEX), descriptor(one, OCI_MANIFEST)]
    expect(parse({ ...index, mediaType, manifests })).toMatchObject({
      mediaType,
      kind: 'index',
      artifactType: undefined,
      configMediaType: undefined,
      blobs: [],
      children: [
        { digest: one, required: true },
        { digest: two, required: true },
      ],
    })
  })

  it('takes an index without entries', () => {
    expect(parse({ ...index, manifests: [] }).children).toEqual([])
  })
})

describe('parseManifest: null', () => {
  it('stands for a member that is absent, or for an empty list', () => {
    const absent = { annotations: null, subject: null, artifactType: null }
    expect(parse({ ...image, ...absent, mediaType: null, layers: null, manifests: null }, OCI_MANIFEST)).toMatchObject({
      mediaType: OCI_MANIFEST,
      blobs: [{ digest: one, required: true }],
      children: [],
      annotations: undefined,
      subject: undefined,
    })
    expect(parse({ ...index, ...absent, manifests: null, config: null, layers: null }).children).toEqual([])
  })
})

describe('parseManifest: the media type', () => {
  it('comes from the request, without its parameters', () => {
    const { mediaType: _, ...untyped } = image
    expect(parse(untyped, `${DOCKER_MANIFEST}; charset=utf-8`).mediaType).toBe(DOCKER_MANIFEST)
  })

  it('comes from the document where the request has none', () => {
    expect(parse(image).mediaType).toBe(OCI_MANIFEST)
    expect(parse(image, ' ').mediaType).toBe(OCI_MANIFEST)
  })

  it('is guessed from the shape where neither has one', () => {
    expect(parse({ ...image, mediaType: undefined }).mediaType).toBe(OCI_MANIFEST)
    expect(parse({ ...index, mediaType: undefined }).mediaType).toBe(OCI_INDEX)
    expect(reasonOf({ schemaVersion: 2 })).toMatch(/no mediaType/)
  })

  it('must be the same in both', () => {
    expect(reasonOf(image, DOCKER_MANIFEST)).toMatch(/but it was pushed as/)
    expect(reasonOf(index, OCI_MANIFEST)).toMatch(/but it was pushed as/)
  })

  it.each(['image', 'a/b c', 'a/', '/b', `a/${'b'.repeat(128)}`, 'a/b\n'])('must be one: %j', text => {
    expect(reasonOf({ ...image, mediaType: text })).toBeDefined()
    if (text.trim() === text) expect(reasonOf({ ...image, mediaType: undefined }, text)).toBeDefined()
  })
})

describe('parseManifest: other types', () => {
  const type = 'application/vnd.example.thing+json'

  it('keeps whatever looks like a descriptor, and demands nothing', () => {
    const document = {
      mediaType: type,
      config: descriptor(one, CONFIG),
      layers: [descriptor(two), { digest: 'nothing' }, 7, null],
      blobs: [descriptor(three)],
      manifests: [descriptor(three, OCI_MANIFEST)],
      subject: descriptor(two, OCI_MANIFEST),
      annotations: { a: 1 },
    }
    expect(parse(document)).toEqual({
      mediaType: type,
      kind: 'other',
      artifactType: CONFIG,
      configMediaType: CONFIG,
      subject: two,
      annotations: undefined,
      blobs: [one, two, three].map(digest => ({ digest, required: false })),
      children: [{ digest: three, required: false }],
      foreign: [],
      digestedBytes: bytesOf(document),
    })
  })

  it.each(['toString', 'hasOwnProperty', 'constructor'])('is not led astray by a type like %s', name => {
    expect(parse({}, `application/${name}`)).toMatchObject({ kind: 'other', blobs: [], children: [] })
  })
})

describe('parseManifest refuses', () => {
  it('an artifact manifest with a name that other readers take for one of its members', () => {
    const type = 'application/vnd.oci.artifact.manifest.v1+json'
    expect(parse({ mediaType: type, blobs: [descriptor()] }, type)).toMatchObject({ kind: 'other' })
    for (const name of ['Blobs', 'SUBJECT', 'artifacttype'])
      expect(() => parse({ mediaType: type, blobs: [descriptor()], [name]: [] }, type)).toThrow()
  })

  it.each<[string, unknown]>([
    ['an image that also has manifests', { ...image, manifests: [] }],
    ['an image that also has fsLayers', { ...image, fsLayers: [] }],
    ['an index that also has layers', { ...index, layers: [] }],
    ['an index that also has a config', { ...index, config: descriptor() }],
    ['an index that says it is an image', { ...index, mediaType: OCI_MANIFEST }],
    ['an image that says it is an index', { ...image, mediaType: OCI_INDEX }],
    ['an image and index in one, of no type', { ...image, ...index, mediaType: undefined }],
    ['an image without a config', { ...image, config: undefined }],
    ['an image without layers', { ...image, layers: undefined }],
    ['schema version 1', { ...image, schemaVersion: 1 }],
    ['a schema version as text', { ...image, schemaVersion: '2' }],
    ['a digest without an algorithm', { ...image, layers: [descriptor(`:${'0'.repeat(32)}`)] }],
    ['an endless digest', { ...image, layers: [descriptor(`md5:${'0'.repeat(600)}`)] }],
    ['a digest in capitals', { ...image, layers: [descriptor(`sha256:${'A'.repeat(64)}`)] }],
    ['a digest that is too short', { ...image, layers: [descriptor(`sha512:${'a'.repeat(64)}`)] }],
    ['a digest with a line after it', { ...image, layers: [descriptor(`${one}\n`)] }],
    ['a descriptor without a type', { ...image, layers: [{ digest: two, size: 1 }] }],
    ['a descriptor without a size', { ...image, layers: [{ digest: two, mediaType: LAYER }] }],
    ['a negative size', { ...image, layers: [{ ...descriptor(), size: -1 }] }],
    ['half a byte', { ...image, layers: [{ ...descriptor(), size: 1.5 }] }],
    ['a size that no number can hold', { ...image, layers: [{ ...descriptor(), size: 2 ** 60 }] }],
    ['layers that are no list', { ...image, layers: { 0: descriptor() } }],
    ['an annotation that is no text', { ...image, annotations: { a: 1 } }],
    ['annotations as a list', { ...image, annotations: ['a'] }],
    ['a subject that is no descriptor', { ...image, subject: one }],
    ['an artifactType that is no media type', { ...image, artifactType: 'thing' }],
    ['a mediaType that is no text', { ...image, mediaType: 5 }],
    ['a list', []],
    ['null', null],
    ['text', '"text"'],
    ['what is not JSON', '{'],
    ['nothing', ''],
    ['a byte order mark', `\uFEFF${JSON.stringify(image)}`],
  ])('%s', (_, document) => {
    expect(reasonOf(document)).toBeDefined()
  })

  it('says which part is wrong', () => {
    expect(reasonOf({ ...image, layers: [descriptor(), descriptor('sha256:ab')] })).toBe(
      'layers.1.digest: is not a digest',
    )
    expect(reasonOf({ ...index, layers: [] })).toBe('layers: is not allowed in an index')
  })

  it('text that is not UTF-8', () => {
    const bytes = Buffer.concat([Buffer.from('{"a":"'), Buffer.of(0xff), Buffer.from('"}')])
    expect(() => parseManifest(bytes, OCI_MANIFEST)).toThrow('manifestInvalid')
  })

  it('more than four mebibytes, and not a byte less', () => {
    const padded = (sizeBytes: number) => Buffer.from(JSON.stringify(image).padEnd(sizeBytes))
    expect(parseManifest(padded(MANIFEST_LIMIT_BYTES), undefined).kind).toBe('image')
    expect(() => parseManifest(padded(MANIFEST_LIMIT_BYTES + 1), undefined)).toThrow('manifestTooLarge')
  })

  // Gathering every fault of such a list took fourteen seconds, and a gigabyte.
  it.each(['layers', 'manifests', 'blobs'])('four mebibytes of what is no descriptor, as %s', list => {
    const entries = (entry: string) =>
      `${`${entry},`.repeat((MANIFEST_LIMIT_BYTES - 1_000) / (entry.length + 1))}${entry}`
    for (const entry of ['1', '{}', '{"digest":{"toString":1}}']) {
      const document = JSON.stringify({ ...(list === 'manifests' ? index : image), mediaType: undefined, [list]: '@' })
      const text = document.replace('"@"', `[${entries(entry)}]`)
      if (list !== 'blobs') expect(reasonOf(text)).toMatch(new RegExp(`^${list}\\.0`))
      expect(reasonOf(text, 'application/vnd.example.list+json')).toBeUndefined()
    }
  })

  it('hundreds of thousands of annotations that are no text', () => {
    const annotations = Object.fromEntries(Array.from({ length: 300_000 }, (_, key) => [key, 1]))
    expect(reasonOf({ ...image, annotations })).toMatch(/^annotations/)
  })

  it('deep nesting, before it costs anything', () => {
    const depth = MANIFEST_LIMIT_BYTES / 2
    expect(reasonOf('['.repeat(depth) + ']'.repeat(depth))).toBe('it is nested too deeply')
    expect(reasonOf(`{"a":"\\"",${'"a":{'.repeat(1_000)}`)).toBe('it is nested too deeply')
    const annotations = { a: '[{'.repeat(2_000), b: `\\"${'['.repeat(2_000)}` }
    const wide = { ...image, layers: Array.from({ length: 2_000 }, () => descriptor()), annotations }
    expect(parse(wide).annotations).toEqual(annotations)
  })

  it('nothing for a __proto__ key, which stays a key', () => {
    const text = JSON.stringify(image).replace('{', `{"__proto__":{"manifests":[],"subject":1},`)
    expect(parse(text)).toMatchObject({ kind: 'image', subject: undefined })
    expect(parse(`{"__proto__":${JSON.stringify(image)}}`, 'application/x').blobs).toEqual([])
  })
})

describe('parseManifest on anything', () => {
  const digests = fc.constantFrom(one, two, three)
  const part = fc.oneof(
    digests.map(digest => descriptor(digest)),
    fc.jsonValue({ maxDepth: 1 }),
  )
  const list = fc.oneof(fc.array(part, { maxLength: 3 }), fc.jsonValue({ maxDepth: 1 }))
  const document = fc.record(
    {
      schemaVersion: fc.constantFrom(2, 2, 2, 1),
      mediaType: fc.constantFrom(OCI_MANIFEST, DOCKER_MANIFEST, OCI_INDEX, DOCKER_LIST, 'application/x', 'x'),
      config: part,
      layers: list,
      manifests: list,
      subject: part,
      annotations: fc.oneof(fc.dictionary(fc.string(), fc.string()), fc.jsonValue()),
    },
    { requiredKeys: ['schemaVersion'] },
  )

  it('gives a manifest or a problem, and never calls one document both an image and an index', () => {
    fc.assert(
      fc.property(document, fc.constantFrom(undefined, OCI_MANIFEST, OCI_INDEX, 'application/x'), (value, type) => {
        let kind: string
        try {
          kind = parse(value, type).kind
        } catch (error) {
          expect(error).toBeInstanceOf(RegistryError)
          return
        }
        // null stands for a member that is not there.
        if (kind === 'image') expect(value.manifests ?? undefined).toBeUndefined()
        if (kind === 'index') expect(value.layers ?? undefined).toBeUndefined()
        // Whatever is taken under one type is refused under the other one's name.
        if (kind !== 'other')
          expect(reasonOf({ ...value, mediaType: kind === 'image' ? OCI_INDEX : OCI_MANIFEST })).toBeDefined()
      }),
      { numRuns: 500 },
    )
  })

  it('gives back the references of any image that it takes, each once, the config first', () => {
    fc.assert(
      fc.property(digests, fc.array(digests), (config, layers) => {
        const value = { ...image, config: descriptor(config, CONFIG), layers: layers.map(digest => descriptor(digest)) }
        expect(parse(value).blobs.map(blob => blob.digest)).toEqual([...new Set([config, ...layers])])
      }),
    )
  })
})
