import fc from 'fast-check'
import { expect, it } from 'vitest'
import { parseMultipart } from './multipart.ts'

const TYPE = 'multipart/form-data; boundary="--x"'
const body = (...parts: readonly (readonly [head: string, content: string])[]) =>
  Buffer.from(`${parts.map(([head, content]) => `----x\r\n${head}\r\n\r\n${content}\r\n`).join('')}----x--\r\n`)

it('reads what a browser sends, whatever the bytes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 5 }), async files => {
      const form = new FormData()
      form.set('text', 'Ö\r\n--')
      for (const bytes of files) form.append('file', new Blob([new Uint8Array(bytes)]), 'x')
      const sent = new Response(form)
      const parts = parseMultipart(Buffer.from(await sent.arrayBuffer()), sent.headers.get('content-type') ?? '')
      expect(parts?.map(({ name, isFile }) => [name, isFile])).toEqual([
        ['text', false],
        ...files.map(() => ['file', true]),
      ])
      expect(parts?.slice(1).map(({ bytes }) => [...bytes])).toEqual(files.map(bytes => [...bytes]))
    }),
  )
})

it.each([
  ['no boundary', 'multipart/form-data', body()],
  ['another boundary', 'multipart/form-data; boundary=y', body()],
  ['no end', TYPE, Buffer.from('----x\r\nContent-Disposition: form-data; name="a"\r\n\r\n')],
  ['no name', TYPE, body(['Content-Disposition: form-data', ''])],
  ['a long head', TYPE, body([`X: ${'y'.repeat(3_000)}`, ''])],
  [
    'many parts',
    TYPE,
    body(...Array.from({ length: 51 }, () => ['Content-Disposition: form-data; name="a"', ''] as const)),
  ],
  ['nothing', TYPE, Buffer.alloc(0)],
])('refuses %s', (_, type, bytes) => {
  expect(parseMultipart(bytes, type)).toBeUndefined()
})
