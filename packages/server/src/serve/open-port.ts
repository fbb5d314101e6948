import { createServer, type Server } from 'node:http'
import { Server as TlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'

/** No server can listen on the port; the message says why. */
export class PortError extends Error {
  constructor({ host, port, flag }: Place, error: NodeJS.ErrnoException) {
    const hostFlag = flag.replace('port', 'host')
    const why: Readonly<Record<string, string>> = {
      EADDRINUSE: `Port ${port} of ${host} is in use by another program; name another port with ${flag}.`,
      EACCES: `Port ${port} of ${host} is not for this user to listen on; name one from 1024 on with ${flag}.`,
      EADDRNOTAVAIL: `${host} is no address of this machine; name one that is with ${hostFlag}, or 0.0.0.0 for all.`,
      ENOTFOUND: `No address of the host ${host} is known; name another with ${hostFlag}.`,
    }
    super(why[error.code ?? ''] ?? `Port ${port} of ${host} cannot be listened on: ${error.message}.`, { cause: error })
    this.name = 'PortError'
  }
}

interface Place {
  /** A name or an address. An IPv6 address may have brackets. */
  readonly host: string
  /** The port's number; 0 takes a free one. */
  readonly port: number
  /** The flag that sets the port. */
  readonly flag: '--port' | '--metrics-port'
}

export interface PortOptions extends Place {
  /** Called for connections that could not be accepted later. They are no reason to end. */
  readonly onError: (error: unknown) => void
}

/** Has the server listen, and resolves with the URL that it listens at. @throws PortError */
export function openPort(server: Server, { onError, ...place }: PortOptions): Promise<string> {
  return new Promise((listening, reject) => {
    const fail = (error: NodeJS.ErrnoException) => reject(new PortError(place, error))
    server.once('error', fail)
    const bare = place.host.replace(/^\[|\]$/g, '')
    server.listen({ host: bare, port: place.port }, () => {
      server.off('error', fail).on('error', onError)
      const { port: taken } = server.address() as AddressInfo
      const protocol = server instanceof TlsServer ? 'https' : 'http'
      listening(`${protocol}://${bare.includes(':') ? `[${bare}]` : bare}:${taken}`)
    })
  })
}

/**
 * Makes sure that a port can be listened on at this moment, before anything is made for the server that is to listen
 * there.
 */
export async function tryPort(place: Place): Promise<void> {
  const server = createServer()
  await openPort(server, { ...place, onError: () => {} })
  await new Promise(closed => server.close(closed))
}
