import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createResponseReader, formatRequest } from './http1.ts'

/** Feeds bytes in pieces cut at `cuts`, and then the end of the connection unless the answer is complete before. */
function read(text: string, cuts: readonly number[] = []) {
  const bytes = Buffer.from(text)
  const reader = createResponseReader()
  const places = [...new Set(cuts.map(cut => cut % (bytes.length + 1)))].sort((a, b) => a - b)
  let from = 0
  for (const to of [...places, bytes.length]) {
    const response = reader.push(bytes.subarray(from, to))
    if (response) return response
    from = to
  }
  return reader.end()
}

const chunked = (parts: readonly string[]) =>
  `${parts.map(part => `${Buffer.byteLength(part).toString(16)};x=1\r\n${part}\r\n`).join('')}0\r\nTrailer: x\r\n\r\n`

describe('the response reader', () => {
  it('reads an answer however it is framed and cut', () => {
    const parts = fc.array(fc.string({ minLength: 1, unit: 'grapheme' }), { maxLength: 4 })
    fc.assert(
      fc.property(
        parts,
        fc.array(fc.nat(2000)),
        fc.constantFrom('length', 'chunked', 'close'),
        (body, cuts, framing) => {
          const text = body.join('')
          const head = 'HTTP/1.1 200 All right\r\nX-Thing:  a b \r\n'
          const wire =
            framing === 'length'
              ? `${head}content-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`
              : framing === 'chunked'
                ? `${head}Transfer-Encoding: chunked\r\n\r\n${chunked(body)}`
                : `${head}\r\n${text}`
          const response = read(wire, cuts)
          expect(response).toMatchObject({ status: 200, reason: 'All right', body: text })
          expect(response.headers.get('x-thing')).toBe('a b')
        },
      ),
    )
  })

  it('passes over interim answers, and knows that some have no body', () => {
    expect(read('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n')).toMatchObject({
      status: 204,
      body: '',
    })
  })

  it.each([
    ['what is no HTTP', 'SSH-2.0-OpenSSH\r\n\r\n'],
    ['an answer that ends in its headers', 'HTTP/1.1 200 OK\r\nA: b\r\n'],
    ['an answer that is too short', 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nabc'],
    ['a chunk that is cut off', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nabc'],
    ['a chunk without a size', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nx\r\n'],
    ['a length that is no number', 'HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n'],
    ['headers without end', `HTTP/1.1 200 OK\r\n${'a: b\r\n'.repeat(60_000)}`],
  ])('refuses %s', (_, wire) => {
    expect(() => read(wire)).toThrow()
  })
})

describe('formatRequest', () => {
  it('lets no header end the headers', () => {
    const text = formatRequest({ method: 'POST', target: '/', headers: { a: 'x\r\nb: y' }, body: 'é' })
    expect(text).toBe('POST / HTTP/1.1\r\na: x b: y\r\ncontent-length: 2\r\n\r\né')
  })
})
