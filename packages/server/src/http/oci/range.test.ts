import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { contentRange, lengthOf, parseRange } from './range.ts'

describe('parseRange', () => {
  it.each([
    ['bytes=0-499', [{ first: 0, last: 499 }]],
    ['Bytes=500-', [{ first: 500, last: 999 }]],
    ['bytes=-1', [{ first: 999, last: 999 }]],
    ['bytes=-5000', [{ first: 0, last: 999 }]],
    ['bytes=900-5000', [{ first: 900, last: 999 }]],
    [
      'bytes=0-0, ,-1',
      [
        { first: 0, last: 0 },
        { first: 999, last: 999 },
      ],
    ],
    ['bytes=9-9,5000-', [{ first: 9, last: 9 }]],
    ['bytes=1000-', 'unsatisfiable'],
    ['bytes=500-0', 'unsatisfiable'],
    ['bytes=-0', 'unsatisfiable'],
    [undefined, 'whole'],
    ['', 'whole'],
    ['bytes=', 'whole'],
    ['bytes=a-b', 'whole'],
    ['bytes=0-1-2', 'whole'],
    ['bytes=0-1,x', 'whole'],
    ['lines=0-1', 'whole'],
    ['bytes=0-,0-', 'whole'],
    [`bytes=${Array(17).fill('0-0').join()}`, 'whole'],
  ])('of 1000 bytes, %s is %j', (header, wanted) => expect(parseRange(header, 1000)).toEqual(wanted))

  it('gives all of nothing', () => expect(parseRange('bytes=0-', 0)).toBe('whole'))

  it('serves what a list of readable parts names: inside, in order and never more than the whole', () => {
    const offset = fc.nat(300)
    const specifier = fc.oneof(
      fc.tuple(offset, offset).map(([a, b]) => ({ text: `${Math.min(a, b)}-${Math.max(a, b)}`, bytes: span(a, b) })),
      offset.map(a => ({ text: `${a}-`, bytes: span(a, 10_000) })),
      offset.map(n => ({ text: `-${n}`, bytes: (size: number) => range(Math.max(0, size - n), size - 1) })),
    )
    fc.assert(
      fc.property(
        fc.array(specifier, { minLength: 1, maxLength: 16 }),
        fc.integer({ min: 1, max: 200 }),
        (list, size) => {
          const wanted = list.map(({ bytes }) => bytes(size)).filter(bytes => bytes.length > 0)
          const answer = parseRange(`bytes=${list.map(({ text }) => text).join(', ')}`, size)
          if (wanted.length === 0) expect(answer).toBe('unsatisfiable')
          else if (wanted.flat().length > size) expect(answer).toBe('whole')
          else if (typeof answer === 'string') expect.fail(answer)
          else expect(answer.map(({ first, last }) => range(first, last))).toEqual(wanted)
        },
      ),
    )
  })

  it('never reaches outside, whatever the header', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^bytes=[0-9, -]{0,40}$/), fc.nat(50), (header, size) => {
        const answer = parseRange(header, size)
        if (typeof answer === 'string') return
        for (const each of answer) {
          expect(each.first).toBeGreaterThanOrEqual(0)
          expect(each.last).toBeLessThan(size)
          expect(lengthOf(each)).toBeGreaterThan(0)
        }
      }),
    )
  })
})

it('formats a part', () => expect(contentRange({ first: 1, last: 2 }, 3)).toBe('bytes 1-2/3'))

const range = (first: number, last: number): number[] =>
  Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index)
const span = (a: number, b: number) => (size: number) => range(Math.min(a, b), Math.min(Math.max(a, b), size - 1))
