import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'

/** Sends a request as it is written, and returns everything that comes back until the server closes the connection. */
export async function sendRaw(
  host: string,
  lines: readonly string[],
  body: Uint8Array = Buffer.alloc(0),
): Promise<string> {
  const socket = await open(host)
  socket.write(Buffer.concat([head(host, [...lines, 'Connection: close']), body]))
  return text(socket.setEncoding('latin1'))
}

/** Sends the beginning of a request and closes the connection, as a client does whose network goes away. */
export async function sendAndHangUp(host: string, lines: readonly string[], body: Uint8Array): Promise<void> {
  const socket = await open(host)
  await new Promise<void>(resolve => socket.write(Buffer.concat([head(host, lines), body]), () => resolve()))
  socket.destroy()
}

async function open(host: string): Promise<Socket> {
  const { hostname, port } = new URL(`http://${host}`)
  const socket = connect(Number(port), hostname)
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject))
  return socket
}

function head(host: string, [requestLine = '', ...headers]: readonly string[]): Buffer {
  return Buffer.from(`${[requestLine, `Host: ${host}`, ...headers].join('\r\n')}\r\n\r\n`, 'latin1')
}
