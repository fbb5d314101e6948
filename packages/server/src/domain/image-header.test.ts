import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readImageHeader } from './image-header.ts'
import { gif, jpeg, png } from './testing/image-files.ts'

const side = fc.integer({ min: 0, max: 0xffff })
/** APP0 to APP15, tables, a comment and the three markers that only look like frames. */
const otherMarker = fc.constantFrom(0xe0, 0xe1, 0xef, 0xdb, 0xfe, 0xc4, 0xc8, 0xcc)
const segments = fc.array(fc.tuple(otherMarker, fc.integer({ min: 0, max: 300 })), { maxLength: 5 })

describe('readImageHeader', () => {
  it('reads the size of each format', () => {
    fc.assert(
      fc.property(side, side, segments, (width, height, before) => {
        expect(readImageHeader(png(width, height))).toEqual({ mediaType: 'image/png', extension: 'png', width, height })
        expect(readImageHeader(gif(width, height))).toEqual({ mediaType: 'image/gif', extension: 'gif', width, height })
        const jpg = { mediaType: 'image/jpeg', extension: 'jpg', width, height }
        expect(readImageHeader(jpeg(width, height, before))).toEqual(jpg)
      }),
    )
  })

  it('reads a PNG that an image program wrote', () => {
    const onePixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
    expect(readImageHeader(Buffer.from(onePixel, 'base64'))).toMatchObject({ width: 1, height: 1 })
  })

  it('takes nothing that is cut off, and never throws', () => {
    const files = fc.constantFrom(png(100, 100), gif(100, 100), jpeg(100, 100, [[0xe0, 14]]))
    fc.assert(
      fc.property(files, fc.nat(22), (file, length) => {
        const whole = readImageHeader(file)
        expect([undefined, whole]).toContainEqual(readImageHeader(file.subarray(0, length)))
      }),
    )
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), bytes => {
        readImageHeader(Buffer.from([0xff, 0xd8, ...bytes]))
        readImageHeader(Buffer.from(bytes))
      }),
    )
  })

  it.each(['', '<svg width="100" height="100"/>', 'RIFF\0\0\0\0WEBPVP8 ', 'BM'])('does not know %j', text => {
    expect(readImageHeader(Buffer.from(text.padEnd(40, '\0')))).toBeUndefined()
  })
})
