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

  it('takes a folded header for one line, wherever it is cut, and the same length told twice for one', () => {
    const wire = 'HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\td\r\nContent-Length: 2\r\n \r\ncontent-length: 2, 2\r\n\r\nok'
    for (let cut = 0; cut < wire.length; cut += 1) {
      const response = read(wire, [cut])
      expect(response.body).toBe('ok')
      expect(response.headers.get('a')).toBe('b c d')
    }
  })

  it('reads chunks with padded sizes, extensions and trailers', () => {
    const wire =
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n00000000000000002 ;a="b"\r\nok\r\n000\r\nT: x\r\n\r\n'
    expect(read(wire)).toMatchObject({ body: 'ok' })
  })

  const ok = (...lines: readonly string[]) => ['HTTP/1.1 200 OK', ...lines, '', 'ok'].join('\r\n')
  /** Each says how its body comes; the body comes in chunks. */
  const inChunks = (line = 'Transfer-Encoding: chunked', body = '2\r\nok\r\n0\r\n\r\n') =>
    `HTTP/1.1 200 OK\r\n${line}\r\n\r\n${body}`

  it.each([
    ['two lengths', ok('Content-Length: 2', 'Content-Length: 1')],
    ['two lengths in one header', ok('Content-Length: 1, 2')],
    ['a length and a list that goes on', ok('Content-Length: 2,')],
    ['a length that a fold has made', ok('Content-Length: 1', ' 2')],
    ['a length with a sign', ok('Content-Length: +2')],
    ['a length in another base', ok('Content-Length: 0x2')],
    ['a length that no number holds', ok('Content-Length: 99999999999999999')],
    ['a length beside chunks', inChunks('Content-Length: 2\r\nTransfer-Encoding: chunked')],
    ['a coding that nobody asked for', inChunks('Transfer-Encoding: gzip, chunked')],
    ['chunks in chunks', inChunks('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked')],
    ['a coding that only looks like chunks', inChunks('Transfer-Encoding: xchunked')],
    ['a blank before the first header', ok(' A: b')],
    ['a blank before a colon', ok('A : b')],
    ['a header without a colon', ok('A b')],
    ['a header without a name', ok(': b')],
    ['a name that is none', ok('A(b): c')],
    ['NUL in a header', ok('A: b\0c')],
    ['a carriage return in a header', ok('A: b\rB: c')],
    ['a carriage return in the reason', 'HTTP/1.1 200 O\rK\r\n\r\n'],
    ['another major version', 'HTTP/2.0 200 OK\r\n\r\n'],
    ['a status of two digits', 'HTTP/1.1 20 OK\r\n\r\n'],
    ['a status below 100', 'HTTP/1.1 099 OK\r\n\r\n'],
    ['a switch to another protocol', 'HTTP/1.1 101 Switching Protocols\r\n\r\nHTTP/1.1 200 OK\r\n\r\n'],
    ['a chunk that is longer than it says', inChunks(undefined, '2\r\noks\r\n0\r\n\r\n')],
    ['a chunk that no number counts', inChunks(undefined, 'fffffffffffffff\r\n')],
    ['more than a size before a chunk', inChunks(undefined, '2 2\r\nok\r\n0\r\n\r\n')],
    ['trailers without end', inChunks(undefined, `0\r\n${'a: b\r\n'.repeat(70_000)}\r\n`)],
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
