import { type ClientRequest, request as httpRequest, type RequestOptions } from 'node:http'
import type { Socket } from 'node:net'
import { proxyFailed } from './network-error.ts'
import { hostOf } from './send.ts'

/** Plain HTTP through a proxy: the proxy is asked for the whole URL. */
export function openThroughProxy(url: URL, proxy: URL): (options: RequestOptions) => ClientRequest {
  return ({ headers, ...more }) => {
    const outgoing = httpRequest({
      ...proxyAddress(proxy),
      ...more,
      path: `http://${url.host}${url.pathname}`,
      headers: { ...(headers as Record<string, string>), ...authorization(proxy) },
    })
    return outgoing
  }
}

/** A connection to the host of `url` that a proxy made for us. @throws NetworkError */
export function openTunnel(url: URL, proxy: URL): Promise<Socket> {
  const target = `${url.hostname}:${url.port || 443}`
  return new Promise((resolve, reject) => {
    const fail = (cause?: unknown) => reject(proxyFailed(proxyText(proxy), cause))
    const outgoing = httpRequest({
      ...proxyAddress(proxy),
      method: 'CONNECT',
      path: target,
      headers: { host: target, ...authorization(proxy) },
    })
    outgoing.on('error', fail)
    outgoing.on('connect', (response, socket) => {
      if (response.statusCode === 200) {
        resolve(socket)
      } else {
        socket.destroy()
        fail(new Error(`the proxy answered with status ${response.statusCode}`))
      }
    })
    outgoing.end()
  })
}

const proxyAddress = (proxy: URL) => ({ host: hostOf(proxy), port: proxy.port || 80, agent: false })

const proxyText = (proxy: URL) => `${proxy.protocol}//${proxy.host}`

function authorization({ username, password }: URL): Record<string, string> {
  if (username === '') return {}
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return { 'proxy-authorization': `Basic ${Buffer.from(pair).toString('base64')}` }
}
