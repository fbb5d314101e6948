import { readFileSync } from 'node:fs'
import { isIP, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTls } from 'node:tls'
import { systemError } from '../python/system-error.ts'
import { textRepr } from '../python/text.ts'
import { type Address, established } from './connect.ts'

interface Trust {
  readonly verify: boolean
  /** A file of certificates that replaces the trusted roots. */
  readonly caBundle?: string
}

/** Begins TLS over an open connection. @throws Error of the handshake */
export async function secure(
  socket: Socket,
  { host }: Address,
  { verify, caBundle }: Trust,
  seconds: number,
  onTimeout: () => Error,
): Promise<Socket> {
  const options: ConnectionOptions = {
    socket,
    host,
    rejectUnauthorized: verify,
    ...(isIP(host) === 0 && { servername: host }),
    ...(verify && caBundle !== undefined && { ca: readBundle(caBundle) }),
  }
  return established(connectTls(options), 'secureConnect', seconds, onTimeout)
}

/** Reads a file of certificates. @throws Error where it has none */
export function readBundle(path: string): string {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw new Error(systemError(error, path))
  }
  if (/^-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----/m.test(text)) return text
  throw new Error(`[X509: NO_CERTIFICATE_OR_CRL_FOUND] no certificate or crl found: ${textRepr(path)}`)
}
