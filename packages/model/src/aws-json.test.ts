import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decode, encode, encodeText, type JsonValue } from './aws-json.ts'
import { berthOperations } from './berth/operations.ts'
import { ecrOperations } from './ecr/operations.ts'
import { errors } from './errors.ts'
import type { Operation } from './operation.ts'
import { operations } from './operations.ts'
import { SerializationError } from './serialization-error.ts'
import { valid } from './shape.arbitrary.ts'
import { blob, boolean, integer, list, long, string, structure, timestamp } from './shapes.ts'

const all: readonly Operation[] = Object.values({ ...operations, ...ecrOperations, ...berthOperations })
const { BatchDeleteImage, DescribeImages, DescribeImageTags, UploadLayerPart } = operations

const thing = structure('Thing', {
  text: string('Text'),
  count: integer('Count'),
  size: long('Size'),
  flag: boolean('Flag'),
  when: timestamp('When'),
  bytes: blob('Bytes'),
  names: list('Names', string('Name')),
  parts: list('Parts', structure('Part', { name: string('Name') })),
})

function refusal(json: JsonValue): { path: string; message: string } {
  try {
    decode(thing, json)
  } catch (error) {
    if (error instanceof SerializationError) return { path: error.path, message: error.message }
    throw error
  }
  throw new Error('the value was decoded')
}

describe('decode', () => {
  it('reads every type', () => {
    expect(
      decode(thing, {
        text: 'x',
        count: 1,
        size: 2 ** 40,
        flag: false,
        when: 1_700_000_000.123,
        bytes: 'aGk=',
        names: ['a'],
        parts: [{ name: 'b' }],
      }),
    ).toEqual({
      text: 'x',
      count: 1,
      size: 2 ** 40,
      flag: false,
      when: new Date('2023-11-14T22:13:20.123Z'),
      bytes: Buffer.from('hi'),
      names: ['a'],
      parts: [{ name: 'b' }],
    })
  })

  it('drops unknown members and nulls, in lists too', () => {
    const json = JSON.parse('{"text":null,"other":1,"__proto__":{"flag":true},"names":[null,"a",null]}')
    expect(decode(thing, json)).toEqual({ names: ['a'] })
  })

  it('leaves the constraints to validate', () => {
    expect(decode(BatchDeleteImage.input, { imageIds: [] })).toEqual({ imageIds: [] })
  })

  it('orders members as the model does', () => {
    const decoded = decode(DescribeImages.input, { maxResults: 1, repositoryName: 'web', registryId: '1' })
    expect(Object.keys(decoded)).toEqual(['registryId', 'repositoryName', 'maxResults'])
  })

  it.each<[JsonValue, string, string]>([
    [{ count: '1' }, 'count', 'STRING_VALUE can not be converted to an Integer'],
    [{ count: true }, 'count', 'TRUE_VALUE can not be converted to an Integer'],
    [{ count: 1.5 }, 'count', 'NUMBER_VALUE can not be converted to an Integer'],
    [{ size: '1' }, 'size', 'STRING_VALUE can not be converted to a Long'],
    [{ size: 2 ** 53 }, 'size', 'NUMBER_VALUE can not be converted to a Long'],
    [{ text: 1 }, 'text', 'NUMBER_VALUE can not be converted to a String'],
    [{ text: false }, 'text', 'FALSE_VALUE can not be converted to a String'],
    [{ text: [] }, 'text', 'Start of list found where not expected'],
    [{ text: {} }, 'text', 'Start of structure or map found where not expected.'],
    [{ flag: 'true' }, 'flag', 'STRING_VALUE can not be converted to a Boolean'],
    [{ flag: 0 }, 'flag', 'NUMBER_VALUE can not be converted to a Boolean'],
    [{ when: 'soon' }, 'when', 'STRING_VALUE can not be converted to milliseconds since epoch'],
    [{ when: 1e300 }, 'when', 'NUMBER_VALUE can not be converted to milliseconds since epoch'],
    [{ bytes: 'a' }, 'bytes', 'STRING_VALUE can not be converted to a Blob'],
    [{ names: 'a' }, 'names', 'Expected list or null'],
    [{ names: {} }, 'names', 'Start of structure or map found where not expected.'],
    [{ names: ['a', 1] }, 'names[1]', 'NUMBER_VALUE can not be converted to a String'],
    [{ parts: [{}, { name: [] }] }, 'parts[1].name', 'Start of list found where not expected'],
    [{ parts: ['x'] }, 'parts[0]', 'Expected null'],
    [[], '', 'Start of list found where not expected'],
    ['x', '', 'Expected null'],
    [null, '', 'NULL_VALUE can not be converted to a Structure'],
  ])('refuses %j at %j: %s', (json, path, message) => {
    expect(refusal(json)).toEqual({ path, message })
  })

  it('says what it expected and found', () => {
    expect(() => decode(string('Text'), 1)).toThrow(
      expect.objectContaining({ name: 'SerializationError', expected: 'string', found: 'NUMBER_VALUE' }),
    )
  })

  it.each(['YQ', 'YQ=', 'YQ===', 'Y Q==', 'YQ==\n', 'YR==', '_-8=', 'YQ==YQ==', '====', 'é==='])(
    'refuses base64 %j',
    text => {
      expect(() => decode(blob('Bytes'), text)).toThrow(SerializationError)
    },
  )

  it('reads a layer part of the greatest size', () => {
    const layerPartBlob = Buffer.alloc(20_971_520, 'layer')
    const decoded = decode(UploadLayerPart.input, { layerPartBlob: layerPartBlob.toString('base64') })
    expect(layerPartBlob.equals(decoded.layerPartBlob ?? Buffer.alloc(0))).toBe(true)
  })

  it.each([
    ['2023-11-14T22:13:20Z', '2023-11-14T22:13:20.000Z'],
    ['2023-11-14T22:13:20.123456Z', '2023-11-14T22:13:20.123Z'],
    ['2023-11-14T22:13:20+02:00', '2023-11-14T20:13:20.000Z'],
  ])('reads the timestamp %s', (text, expected) => {
    expect(decode(timestamp('When'), text).toISOString()).toBe(expected)
  })

  it.each(['2023-11-14', '2023-11-14T22:13:20', '2023-13-14T22:13:20Z', '14 Nov 2023', ''])(
    'refuses the timestamp %j',
    text => {
      expect(() => decode(timestamp('When'), text)).toThrow(SerializationError)
    },
  )
})

describe('encode', () => {
  it('writes modelled members only, in order, and leaves the absent ones out', () => {
    const image = { imageTag: 'latest', imageDigest: 'sha256:0', secret: 'x' }
    const output = { failures: [], imageIds: [image, { imageTag: undefined }], internal: 1 }
    expect(JSON.stringify(encode(BatchDeleteImage.output, output))).toBe(
      '{"imageIds":[{"imageDigest":"sha256:0","imageTag":"latest"},{}],"failures":[]}',
    )
  })

  it('writes timestamps as seconds with a fraction, and blobs as base64', () => {
    const createdAt = new Date('2023-11-14T22:13:20.123Z')
    expect(JSON.stringify(encode(DescribeImageTags.output, { imageTagDetails: [{ createdAt }] }))).toBe(
      '{"imageTagDetails":[{"createdAt":1700000000.123}]}',
    )
    const slice = new Uint8Array(Buffer.from('_hi_')).subarray(1, 3)
    expect(encode(blob('Bytes'), slice)).toBe('aGk=')
  })

  it('writes an empty answer as an object', () => {
    expect(encode(operations.TagResource.output, {})).toEqual({})
    expect([...encodeText(operations.TagResource.output, {})]).toEqual(['{}'])
  })

  it('writes a long answer in short pieces', () => {
    const imageIds = Array.from({ length: 10_000 }, (_, each) => ({ imageTag: `{${each}` }))
    const output = { imageIds, failures: [] }
    const pieces = [...encodeText(BatchDeleteImage.output, output)]
    expect(pieces.join('')).toBe(JSON.stringify(output))
    expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThan(66_000)
  })

  it('writes the members of an exception', () => {
    const { shape } = errors.InvalidLayerPartException
    const error = { message: 'm', lastValidByteReceived: 9, uploadId: 'u', repositoryName: 'r', registryId: '1' }
    expect(JSON.stringify(encode(shape, error))).toBe(
      '{"registryId":"1","repositoryName":"r","uploadId":"u","lastValidByteReceived":9,"message":"m"}',
    )
  })

  it.each([
    ['a number for a string', string('Text'), 1],
    ['no number', long('Size'), Number.NaN],
    ['a fraction', integer('Count'), 1.5],
    ['no date', timestamp('When'), new Date(Number.NaN)],
    ['a string for bytes', blob('Bytes'), 'aGk='],
    ['an object for a list', list('Names', string('Name')), {}],
    ['null', thing, null],
  ])('throws rather than write %s', (_, shape, value) => {
    expect(() => encode(shape, value as never)).toThrow(TypeError)
  })
})

describe('any value', () => {
  it.each(all.map(operation => [operation.name, operation] as const))('%s comes back from JSON', (_, operation) => {
    for (const shape of [operation.input, operation.output]) {
      fc.assert(
        fc.property(valid(shape), value => {
          const json = JSON.parse(JSON.stringify(encode(shape, value)))
          expect(decode(shape, json)).toEqual(value)
          expect([...encodeText(shape, value)].join('')).toBe(JSON.stringify(encode(shape, value)))
        }),
        { numRuns: 30 },
      )
    }
  })

  it('of JSON is decoded or refused', () => {
    fc.assert(
      fc.property(fc.constantFrom(...all), fc.jsonValue(), ({ input }, json) => {
        try {
          decode(input, json as JsonValue)
        } catch (error) {
          expect(error).toBeInstanceOf(SerializationError)
        }
      }),
    )
  })
})
