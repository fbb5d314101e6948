import type { JsonValue } from '@berth/model'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isProblem } from '../../domain/problem.ts'
import { parseBody, parseLongBody } from './parse-body.ts'

const BLOBS = new Set(['blob'])

const longBody = (bytes: Buffer) => ({
  sizeBytes: bytes.length,
  read: async (into: Buffer, position: number) => {
    expect(bytes.copy(into, 0, position)).toBe(into.length)
  },
})
const parseLong = (text: string | Buffer) => parseLongBody(longBody(Buffer.from(text)), BLOBS)
const malformed = (reason: string) => (error: unknown) =>
  isProblem(error, 'requestMalformed') && error.problem.reason.includes(reason)

/** Long enough for each to be read by itself, and in several pieces. */
const LONG = 600_000
const texts = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('\\', '"', '\\"', '\u0000', 'é', '😀', '/'),
)
const longTexts = texts.filter(text => text.length > 0).map(text => text.repeat(Math.ceil(LONG / text.length)))

describe('a long body', () => {
  it('is read as a parser reads it, whatever is in its texts', async () => {
    const document = fc.record({
      a: longTexts,
      b: fc.array(fc.oneof(texts, longTexts), { maxLength: 2 }),
      c: fc.integer(),
    })
    await fc.assert(
      fc.asyncProperty(document, fc.constantFrom(undefined, 1, '\t\n'), async (value, space) => {
        const json = JSON.stringify(value, undefined, space)
        expect(await parseLong(json)).toEqual(JSON.parse(json))
      }),
      { numRuns: 15 },
    )
  })

  it.each([
    ['as they are', (text: string) => text],
    ['with escaped slashes', (text: string) => text.replaceAll('/', '\\/')],
    ['with all signs escaped', (text: string) => text.replaceAll('+', '\\u002B').replaceAll('=', '\\u003d')],
  ])('has its blobs as bytes, %s', async (_, escaped) => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: LONG, max: LONG + 5 }), async length => {
        const bytes = Buffer.from(Array.from({ length }, (_, index) => (index * 151 + (index >> 7)) & 255))
        const json = `{"deep":{"blob":"${escaped(bytes.toString('base64'))}"}}`
        const { deep } = (await parseLong(json)) as unknown as { deep: { blob: Uint8Array } }
        expect(bytes.equals(deep.blob)).toBe(true)
      }),
      { numRuns: 6 },
    )
  })

  it.each([
    ['a blank', (text: string) => `${text.slice(0, 300_000)} ${text.slice(300_001)}`],
    ['padding within', (text: string) => `${text.slice(0, 400_000 - 2)}==${text.slice(400_000)}`],
    ['the other alphabet', (text: string) => `${text.slice(0, 300_000)}-_${text.slice(300_002)}`],
    ['no padding', (text: string) => `${text}AA`],
    ['spare bits', (text: string) => `${text}AB==`],
  ])('takes no base64 with %s', async (_, spoil) => {
    const text = Buffer.alloc(LONG, 1).toString('base64')
    expect(((await parseLong(`{"blob":"${text}"}`)) as { blob: unknown }).blob).toBeInstanceOf(Uint8Array)
    expect(((await parseLong(`{"blob":"${spoil(text)}"}`)) as { blob: JsonValue }).blob).toBe('*')
  })

  it('may have any number of blanks between members, and not many of those', async () => {
    const blanks = ' \r\n\t'.repeat(500_000)
    expect(await parseLong(`{"a":${blanks}1,${blanks}"b":2}${blanks}`)).toEqual({ a: 1, b: 2 })
    await expect(parseLong(`{"a":[1${blanks}2]}`)).rejects.toSatisfy(malformed('not JSON'))
    await expect(parseLong(`[${'[],'.repeat(500_000)}[]]`)).rejects.toSatisfy(malformed('too many members'))
    await expect(parseLong(`${'['.repeat(200_000)}`)).rejects.toSatisfy(malformed('too deeply'))
  })

  it.each([
    ['a text that does not end', `{"a":"${'x'.repeat(LONG)}`],
    ['a line break in a text', `{"a":"${'x'.repeat(LONG)}\n"}`],
    ['a bad escape', `{"a":"${'x'.repeat(LONG)}\\x"}`],
    ['half an escape', `{"a":"${'x'.repeat(LONG)}\\u12"}`],
    ['no UTF-8', Buffer.concat([Buffer.from(`{"a":"${'x'.repeat(LONG)}`), Buffer.from([0xff]), Buffer.from('"}')])],
    ['half a sign', Buffer.concat([Buffer.from(`{"a":"${'x'.repeat(LONG)}`), Buffer.from([0xc3]), Buffer.from('"}')])],
    ['more after its end', `{"a":"${'x'.repeat(LONG)}"}"`],
  ])('is refused with %s', async (_, body) => {
    await expect(parseLong(body)).rejects.toSatisfy(malformed('not JSON'))
  })

  it('takes no text for one of its own marks, and no name for a member of all objects', async () => {
    const text = 'y'.repeat(LONG)
    const json = `{"__proto__":"${text}","${text}":1,"0":"${'0'.repeat(32)}0"}`
    expect(Object.getPrototypeOf(await parseLong(json))).toBe(Object.prototype)
    expect(await parseLong(json)).toHaveProperty('0', '0'.repeat(33))
  })
})

it('a short body is parsed at once', () => {
  expect(parseBody(Buffer.alloc(0))).toEqual({})
  expect(parseBody(Buffer.from('{"a":"é"}'))).toEqual({ a: 'é' })
  expect(() => parseBody(Buffer.from([0x22, 0xff, 0x22]))).toThrow()
})
