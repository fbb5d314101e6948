import type { Readable } from 'node:stream'
import { storeUnavailable } from './s3-errors.ts'

/**
 * The bytes of an answer, which must be `sizeBytes` many. The connection is freed at the end, when the loop is left,
 * when the store sends nothing for `stallMs`, and when nobody begins to read for as long. A slow reader is waited for.
 */
export function readBody(body: Readable, sizeBytes: number, stallMs: number): AsyncGenerator<Buffer, void, void> {
  const unread = setTimeout(() => body.destroy(), stallMs).unref()
  body.on('error', () => {}) // the loop sees the error, where there is a loop
  return chunksOf(body, { sizeBytes, stallMs, begun: () => clearTimeout(unread) })
}

interface Reading {
  readonly sizeBytes: number
  readonly stallMs: number
  readonly begun: () => void
}

async function* chunksOf(body: Readable, { sizeBytes, stallMs, begun }: Reading): AsyncGenerator<Buffer, void, void> {
  begun()
  const chunks: AsyncIterator<Buffer> = body[Symbol.asyncIterator]()
  let readBytes = 0
  try {
    for (;;) {
      const stalled = setTimeout(() => body.destroy(new Error(`no byte came for ${stallMs} ms`)), stallMs)
      const next = await chunks.next().finally(() => clearTimeout(stalled))
      if (next.done) break
      readBytes += next.value.length
      if (next.value.length > 0) yield next.value
    }
    if (readBytes !== sizeBytes) throw new Error(`${readBytes} bytes came of ${sizeBytes}`)
  } catch (error) {
    throw storeUnavailable(error)
  } finally {
    body.destroy()
  }
}
