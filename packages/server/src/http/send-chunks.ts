import type { ServerResponse } from 'node:http'
import { Turns } from '../registry/pace.ts'

/**
 * Writes `chunks`, which must be `sizeBytes` in all, as part of an answer whose head was sent. A chunk's memory is
 * used again for the next one, so each write is waited for until the socket has taken it. It stops early, and so frees
 * the source, when the client goes away. The socket tells that: Node does not close an answer that still waits for its
 * turn behind another one on the same connection.
 */
export async function sendChunks(
  response: ServerResponse,
  chunks: AsyncIterable<Buffer>,
  sizeBytes: number,
): Promise<void> {
  const { socket } = response.req
  const isGone = (): boolean => response.destroyed || socket.destroyed
  let wake = (): void => {}
  const taken = (): void => wake()
  let sent = 0
  response.once('close', taken)
  socket.once('close', taken)
  try {
    for await (const chunk of chunks) {
      if (isGone()) return
      sent += chunk.length
      await new Promise<void>(resolve => {
        wake = resolve
        response.write(chunk, taken)
      })
      if (isGone()) return
    }
  } finally {
    response.off('close', taken)
    socket.off('close', taken)
  }
  // Without this the client would wait for bytes that never come.
  if (sent !== sizeBytes) throw new Error(`the blob store gave ${sent} bytes where ${sizeBytes} are recorded`)
}

const CHUNK_BYTES = 256 * 1024

/** The most bytes that go out as text, together with the head. As bytes they would be a second piece. */
const TEXT_BYTES = 8 * 1024

/**
 * Ends an answer with `bytes`. A long answer is given to the connection as the connection takes it: TLS would make a
 * copy of all.
 */
export function sendBytes(response: ServerResponse, bytes: Buffer): Promise<void> | undefined {
  if (bytes.length > CHUNK_BYTES)
    return sendChunks(response, slices(bytes), bytes.length).then(() => void response.end())
  if (bytes.length > TEXT_BYTES) response.end(bytes)
  else response.end(bytes.toString('latin1'), 'latin1')
  return undefined
}

async function* slices(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) yield bytes.subarray(at, at + CHUNK_BYTES)
}

/** Ends an answer with `pieces`, which are `sizeBytes` in all. */
export async function sendPieces(
  response: ServerResponse,
  pieces: readonly Buffer[],
  sizeBytes: number,
): Promise<void> {
  const [first, ...others] = pieces
  if (first !== undefined && others.length === 0) return sendBytes(response, first)
  await sendChunks(response, each(pieces), sizeBytes)
  response.end()
}

async function* each(pieces: readonly Buffer[]): AsyncGenerator<Buffer> {
  yield* pieces
}

/** The bytes of a text that is made piece by piece, with turns for others in between. */
export async function writeText(text: Iterable<string>): Promise<{ pieces: Buffer[]; sizeBytes: number }> {
  const turns = new Turns()
  const pieces: Buffer[] = []
  let sizeBytes = 0
  for (const piece of text) {
    await turns.pass()
    const bytes = Buffer.from(piece)
    sizeBytes += bytes.length
    pieces.push(bytes)
  }
  return { pieces, sizeBytes }
}
