import type { Socket } from 'node:net'
import { exchange } from './exchange.ts'
import type { Target } from './target.ts'

/** The headers by which a proxy learns who asks: user name and password, if its URL has them. */
export function proxyAuthorization({ username, password }: URL): Record<string, string> {
  if (username === '') return {}
  const pair = `${unescaped(username)}:${unescaped(password)}`
  return { 'proxy-authorization': `Basic ${Buffer.from(pair).toString('base64')}` }
}

/** Undoes percent-encoding, in which a percent sign may also stand for itself. */
function unescaped(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Asks a proxy for a connection to the host of `url`. @throws Error unless the proxy makes one */
export async function openTunnel(socket: Socket, url: Target, proxy: URL, seconds: number): Promise<void> {
  const target = `${url.hostname}:${url.port || 443}`
  const { status } = await exchange(
    socket,
    { method: 'CONNECT', target, headers: { host: target, ...proxyAuthorization(proxy) } },
    { seconds, onTimeout: () => new Error('the proxy does not answer'), keep: true },
  )
  if (status === 200) return
  socket.destroy()
  throw new Error(`the proxy answered with status ${status}`)
}
