import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { errors } from './errors.ts'
import type { Operation } from './operation.ts'
import { operations } from './operations.ts'
import { valid } from './shape.arbitrary.ts'
import { blob, enumeration, integer, list, long, type Shape, string, structure } from './shapes.ts'
import { validate } from './validate.ts'

const all: readonly Operation[] = Object.values(operations)
const { BatchDeleteImage, CreateRepository, DescribeImages, PutImage, TagResource, UploadLayerPart } = operations
const digits = 'a'.repeat(64)

describe('constraints in the words of AWS', () => {
  it('requires members', () => {
    expect(validate(BatchDeleteImage.input, {})).toEqual([
      { path: 'repositoryName', constraint: 'Member must not be null' },
      { path: 'imageIds', constraint: 'Member must not be null' },
    ])
  })

  it('takes a member that is undefined for absent', () => {
    expect(validate(PutImage.input, { repositoryName: 'web', imageManifest: undefined })).toEqual([
      { path: 'imageManifest', constraint: 'Member must not be null' },
    ])
  })

  it('bounds the length of lists', () => {
    const ids = (count: number) => ({
      repositoryName: 'web',
      imageIds: Array.from({ length: count }, () => ({ imageTag: 'x' })),
    })
    expect(validate(BatchDeleteImage.input, ids(101))).toEqual([
      { path: 'imageIds', constraint: 'Member must have length less than or equal to 100' },
    ])
    expect(validate(BatchDeleteImage.input, ids(0))).toEqual([
      { path: 'imageIds', constraint: 'Member must have length greater than or equal to 1' },
    ])
    expect(validate(BatchDeleteImage.input, ids(100))).toEqual([])
  })

  it('names list items by their index', () => {
    expect(
      validate(BatchDeleteImage.input, { repositoryName: 'web', imageIds: [{ imageTag: 'x' }, { imageTag: '' }] }),
    ).toEqual([{ path: 'imageIds[1].imageTag', constraint: 'Member must have length greater than or equal to 1' }])
  })

  it('names members of members by dots', () => {
    const catalogData = { architectures: ['ARM', ''], description: 'd'.repeat(1025) }
    expect(validate(CreateRepository.input, { repositoryName: 'web', catalogData })).toEqual([
      { path: 'catalogData.description', constraint: 'Member must have length less than or equal to 1024' },
      { path: 'catalogData.architectures[1]', constraint: 'Member must have length greater than or equal to 1' },
    ])
  })

  it('matches the whole text with a pattern, and quotes the pattern of the model', () => {
    const repositoryName = '(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*'
    for (const bad of ['Web', 'web ', ' web', 'web\n', 'a//b', '/a', 'a/', 'a__b']) {
      expect(validate(DescribeImages.input, { repositoryName: bad })).toEqual([
        {
          path: 'repositoryName',
          constraint: `Member must satisfy regular expression pattern: ${repositoryName}`,
        },
      ])
    }
    expect(validate(DescribeImages.input, { repositoryName: 'team/web.app_1-x' })).toEqual([])
  })

  it('measures a text before it matches it', () => {
    expect(validate(DescribeImages.input, { repositoryName: '/'.repeat(206) })).toEqual([
      { path: 'repositoryName', constraint: 'Member must have length less than or equal to 205' },
    ])
    expect(validate(DescribeImages.input, { repositoryName: '' })).toEqual([
      { path: 'repositoryName', constraint: 'Member must have length greater than or equal to 2' },
    ])
  })

  it('bounds values', () => {
    expect(validate(DescribeImages.input, { repositoryName: 'web', maxResults: 1001 })).toEqual([
      { path: 'maxResults', constraint: 'Member must have value less than or equal to 1000' },
    ])
    expect(validate(DescribeImages.input, { repositoryName: 'web', maxResults: 0 })).toEqual([
      { path: 'maxResults', constraint: 'Member must have value greater than or equal to 1' },
    ])
  })

  it('lists the values of an enumeration', () => {
    expect(validate(enumeration('Colour', ['RED', 'BLUE']), 'red' as 'RED')).toEqual([
      { path: '', constraint: 'Member must satisfy enum value set: [RED, BLUE]' },
    ])
  })

  it('counts characters, not UTF-16 units', () => {
    const key = (Key: string) => validate(TagResource.input, { resourceArn: 'arn', tags: [{ Key, Value: '' }] })
    expect(key('🚀'.repeat(128))).toEqual([])
    expect(key('🚀'.repeat(129))).toEqual([
      { path: 'tags[0].Key', constraint: 'Member must have length less than or equal to 128' },
    ])
    expect(key('\ud83d'.repeat(129))).toHaveLength(1)
  })

  it('counts the bytes of blobs', () => {
    const part = (size: number) => ({
      repositoryName: 'web',
      uploadId: '0b2a3c4d-0000-4000-8000-0123456789ab',
      partFirstByte: 0,
      partLastByte: 1,
      layerPartBlob: Buffer.alloc(size),
    })
    expect(validate(UploadLayerPart.input, part(20_971_520))).toEqual([])
    expect(validate(UploadLayerPart.input, part(20_971_521))).toEqual([
      { path: 'layerPartBlob', constraint: 'Member must have length less than or equal to 20971520' },
    ])
  })

  it('refuses to judge a value that was not decoded', () => {
    expect(() => validate(string('Text'), 1 as unknown as string)).toThrow(TypeError)
    expect(() => validate(list('Texts', string('Text')), {} as unknown as string[])).toThrow(TypeError)
  })
})

describe('what the model leaves to the operations', () => {
  it.each([
    ['an image without tag and digest', {}],
    ['a digest of any form', { imageDigest: 'nonsense' }],
    ['a digest of any length', { imageDigest: digits.repeat(100) }],
    ['a tag beyond the OCI grammar', { imageTag: '!'.repeat(300) }],
  ])('accepts %s', (_, imageId) => {
    expect(validate(BatchDeleteImage.input, { repositoryName: 'web', imageIds: [imageId] })).toEqual([])
  })

  it('accepts an empty layer digest to check', () => {
    const input = { repositoryName: 'web', layerDigests: [''] }
    expect(validate(operations.BatchCheckLayerAvailability.input, input)).toEqual([])
  })

  it('accepts a repository policy that is empty', () => {
    expect(validate(operations.SetRepositoryPolicy.input, { repositoryName: 'web', policyText: '' })).toEqual([])
  })

  it('takes an alias for a registry on the push path only', () => {
    const input = { registryId: 'p8v8e7e5', repositoryName: 'web' }
    expect(validate(operations.InitiateLayerUpload.input, input)).toEqual([])
    expect(validate(operations.DescribeImages.input, input)).toEqual([
      { path: 'registryId', constraint: 'Member must satisfy regular expression pattern: [0-9]{12}' },
    ])
  })
})

/** Every way to break one constraint of a shape, with the words expected for it. */
function* breaks(shape: Shape): Generator<{ value: unknown; path: string; constraint: string }> {
  if (shape.type === 'structure') {
    for (const name of shape.required) yield { value: {}, path: `.${name}`, constraint: 'Member must not be null' }
    for (const [name, member] of Object.entries(shape.members)) {
      for (const { value, path, constraint } of breaks(member)) {
        yield { value: { [name]: value }, path: `.${name}${path}`, constraint }
      }
    }
  }
  if (shape.type === 'list') {
    for (const { value, path, constraint } of breaks(shape.item))
      yield { value: [value], path: `[0]${path}`, constraint }
  }
  if ('max' in shape && shape.max !== undefined) {
    const what = shape.type === 'integer' || shape.type === 'long' ? 'value' : 'length'
    yield {
      value: measuring(shape, shape.max + 1),
      path: '',
      constraint: `Member must have ${what} less than or equal to ${shape.max}`,
    }
  }
  if ('min' in shape && shape.min !== undefined && (shape.min > 0 || shape.type === 'long')) {
    const what = shape.type === 'integer' || shape.type === 'long' ? 'value' : 'length'
    yield {
      value: measuring(shape, shape.min - 1),
      path: '',
      constraint: `Member must have ${what} greater than or equal to ${shape.min}`,
    }
  }
  if ('pattern' in shape && shape.pattern !== undefined) {
    const constraint = `Member must satisfy regular expression pattern: ${shape.pattern}`
    yield { value: ' '.repeat(shape.min ?? 1), path: '', constraint }
  }
}

function measuring(shape: Shape, measure: number): unknown {
  if (shape.type === 'string') return 'a'.repeat(measure)
  if (shape.type === 'blob') return Buffer.alloc(measure)
  if (shape.type === 'list') return Array.from({ length: measure }, () => ({}))
  return measure
}

describe('any value', () => {
  it.each(all.map(operation => [operation.name, operation] as const))('%s accepts what is valid', (_, operation) => {
    for (const shape of [operation.input, operation.output]) {
      fc.assert(
        fc.property(valid(shape), value => {
          expect(validate(shape, value)).toEqual([])
        }),
        { numRuns: 30 },
      )
    }
  })

  const refusing = all.filter(({ input }) => [...breaks(input)].length > 0)
  it.each(refusing.map(({ name, input }) => [name, input] as const))('%s refuses what is not', (_, shape) => {
    for (const { value, path, constraint } of breaks(shape)) {
      const violations = validate(shape, value as object)
      expect(violations).toContainEqual({ path: path.slice(1), constraint })
    }
  })

  it('is refused for the one member that was broken', () => {
    for (const { input } of all) {
      const broken = [...breaks(input)].filter(({ constraint }) => constraint !== 'Member must not be null')
      if (broken.length === 0) continue
      fc.assert(
        fc.property(valid(input), fc.constantFrom(...broken), (value, { value: change, path, constraint }) => {
          const violations = validate(input, { ...value, ...(change as object) })
          expect(violations[0]).toEqual({ path: path.slice(1), constraint })
        }),
        { numRuns: 10 },
      )
    }
  })
})

function* patterns(shape: Shape): Generator<string> {
  if (shape.type === 'string' && shape.pattern !== undefined) yield shape.pattern
  if (shape.type === 'list') yield* patterns(shape.item)
  if (shape.type === 'structure') for (const member of Object.values(shape.members)) yield* patterns(member)
}

describe('hostile text', () => {
  const shapes = [...all.flatMap(({ input, output }) => [input, output]), errors.InvalidLayerPartException.shape]
  const hostile = ['a', '0', 'a.', 'a/', 'a-b/', '-', 'aA:', '0-', ':']

  // A pattern that backtracks more than linearly would not come to an end on 200,000 repetitions.
  it.each([...new Set(shapes.flatMap(shape => [...patterns(shape)]))])('ends for %s', pattern => {
    const unbounded = string('Unbounded', { pattern })
    for (const piece of hostile) {
      expect(validate(unbounded, `${piece.repeat(200_000)}\n`)).toHaveLength(1)
    }
  })

  it('does not look into a list that is too long', () => {
    const imageIds = Array.from({ length: 100_000 }, () => ({ imageTag: '' }))
    expect(validate(BatchDeleteImage.input, { repositoryName: 'web', imageIds })).toHaveLength(1)
  })
})

describe('ranges without one end', () => {
  it('are open there', () => {
    const shape = structure('Open', { a: integer('A', { min: 1 }), b: long('B', { max: 1 }), c: blob('C', { min: 1 }) })
    expect(validate(shape, { a: 2 ** 31, b: -(2 ** 40), c: Buffer.alloc(1000) })).toEqual([])
    expect(validate(shape, { a: 0, b: 2, c: Buffer.alloc(0) }).map(({ path }) => path)).toEqual(['a', 'b', 'c'])
  })
})
