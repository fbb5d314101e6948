import { readFileSync } from 'node:fs'
import type { ClientRequest, RequestOptions } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { type ConnectionOptions, connect } from 'node:tls'
import { CommandError } from '../errors.ts'
import { systemError } from '../parameters/paramfile.ts'
import { hostOf, type Transport } from './send.ts'

/** Requests over TLS, straight or through a proxy's tunnel. @throws NetworkError when the proxy refuses the tunnel */
export async function openTls(
  url: URL,
  { verifyTls, caBundle, proxy }: Transport,
): Promise<(options: RequestOptions) => ClientRequest> {
  const host = hostOf(url)
  const trust: ConnectionOptions = {
    rejectUnauthorized: verifyTls,
    ...(verifyTls && caBundle !== undefined && { ca: readBundle(caBundle) }),
    ...(!/^[\d.]+$|:/.test(host) && { servername: host }),
  }
  const options = { host, port: url.port || 443, path: url.pathname, agent: false }
  if (!proxy) return more => httpsRequest({ ...options, ...trust, ...more })
  const { openTunnel } = await import('./proxy.ts')
  const socket = await openTunnel(url, proxy)
  return more => httpsRequest({ ...options, ...more, createConnection: () => connect({ ...trust, socket, host }) })
}

function readBundle(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new CommandError('general', `Cannot read the CA bundle: ${systemError(error, path)}`)
  }
}
