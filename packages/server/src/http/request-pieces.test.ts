import fc from 'fast-check'
import { expect, it } from 'vitest'
import { isOnePiece, RequestPieces } from './request-pieces.ts'

const cut = (bytes: Buffer): Buffer[] => {
  const pieces = new RequestPieces(bytes)
  const all: Buffer[] = []
  for (let piece = pieces.next(); piece !== undefined; piece = pieces.next()) all.push(piece)
  return all
}

const heads = (bytes: Buffer) => bytes.toString('latin1').split(/\n\r?\n/).length - 1

it.each(['\r\n\r\n', '\r\n\n'])('has five of the shortest heads in a piece, where %j ends them', end => {
  const head = `GET / HTTP/1.0${end}`
  const pieces = cut(Buffer.from(head.repeat(3_000)))
  expect(Math.max(...pieces.map(heads))).toBeLessThanOrEqual(5)
  expect(pieces.every(piece => piece.toString().endsWith(end))).toBe(true)
})

it('leaves whole what has no empty line, and what is short', () => {
  const [body, head] = [Buffer.alloc(65_536, 'x'), Buffer.from(`GET / HTTP/1.1\r\nHost: ${'a'.repeat(300)}\r\n\r\n`)]
  expect([cut(body), cut(head), cut(Buffer.alloc(0))]).toEqual([[body], [head], []])
})

it('knows a single piece at once where it is short and ends with an empty line', () => {
  const lines = fc.string({ unit: fc.constantFrom('\r\n\r\n', '\n', 'a', 'b'.repeat(50)), maxLength: 12 })
  fc.assert(
    fc.property(lines, text => {
      const bytes = Buffer.from(text)
      if (isOnePiece(bytes)) expect(cut(bytes).length).toBeLessThanOrEqual(1)
    }),
  )
  const head = (bytes: number) => Buffer.from(`GET / HTTP/1.1\r\nHost: ${'a'.repeat(bytes)}\r\n\r\n`)
  expect([isOnePiece(head(300)), isOnePiece(head(5_000))]).toEqual([true, false])
  expect(isOnePiece(Buffer.concat([head(300), head(1)]))).toBe(false)
})

it('cuts nothing into pieces of less than 64 bytes, and loses none of it', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('\r', '\n', 'a'), maxLength: 3_000 }), text => {
      const bytes = Buffer.from(text)
      const pieces = cut(bytes)
      expect(Buffer.concat(pieces).equals(bytes)).toBe(true)
      expect(pieces.slice(0, -1).every(({ length }) => length >= 64)).toBe(true)
    }),
  )
})

it('looks each byte up a few times at most, however many empty lines there are', () => {
  const bytes = Buffer.alloc(65_536, '\n')
  let looked = 0
  const indexOf = bytes.indexOf.bind(bytes)
  bytes.indexOf = (line: string | number | Uint8Array, from?: number | BufferEncoding) => {
    const found = indexOf(line, Number(from))
    looked += (found < 0 ? bytes.length : found) - Number(from)
    return found
  }
  expect(cut(bytes).length).toBeGreaterThan(900)
  expect(looked).toBeLessThanOrEqual(2 * bytes.length)
})
