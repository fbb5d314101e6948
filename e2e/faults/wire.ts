import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { Registry } from '../support/registry.ts'

/** Long enough for any answer on any machine: a guard against hanging, not a measure. */
const PATIENCE_MS = 100_000

export interface Answer {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Opens a connection to a server of the registry itself. A proxy before it would have its own views of HTTP. */
export async function open(registry: Registry): Promise<Socket> {
  const { hostname, port } = new URL(registry.serverUrl())
  const socket = connect(Number(port), hostname)
  await once(socket, 'connect')
  return socket
}

/** The head of a request with its empty line. Each item of the array is a line. */
export const head = (...lines: string[]): Buffer => Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1')

/** Sends bytes as they are, and returns the first answer. Rejects when none comes back. */
export async function ask(registry: Registry, bytes: Uint8Array, { thenEnd = false } = {}): Promise<Answer> {
  const socket = await open(registry)
  try {
    const answer = firstAnswer(socket, { toHead: Buffer.from(bytes.subarray(0, 5)).toString() === 'HEAD ' })
    socket.write(bytes)
    if (thenEnd) socket.end()
    return await answer
  } finally {
    socket.destroy()
  }
}

/** Reads one answer whose length is told. An answer to HEAD has no body. */
export function firstAnswer(socket: Socket, { toHead = false } = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    let text = ''
    const fail = (why: string) => () => reject(new Error(`${why} after ${JSON.stringify(text.slice(0, 500))}`))
    const timer = setTimeout(fail('no answer came'), PATIENCE_MS)
    const settle = (answer: Answer) => {
      clearTimeout(timer)
      resolve(answer)
    }
    socket.on('data', chunk => {
      text += chunk.toString('latin1')
      const answer = parseAnswer(text, toHead)
      if (answer !== undefined) settle(answer)
    })
    socket.once('error', () => {}) // a reset shows as the close that follows it
    socket.once('close', () => {
      clearTimeout(timer)
      fail('the connection ended')()
    })
  })
}

function parseAnswer(text: string, toHead: boolean): Answer | undefined {
  const end = text.indexOf('\r\n\r\n')
  if (end < 0) return undefined
  const [statusLine = '', ...lines] = text.slice(0, end).split('\r\n')
  const headers = Object.fromEntries(
    lines.map(line => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  )
  const status = Number(statusLine.split(' ')[1])
  if (status === 100) return parseAnswer(text.slice(end + 4), toHead)
  const body = text.slice(end + 4)
  const length = toHead ? 0 : Number(headers['content-length'] ?? 0)
  return body.length < length ? undefined : { status, headers, body: body.slice(0, length) }
}
