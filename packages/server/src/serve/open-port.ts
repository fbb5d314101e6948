import type { Server } from 'node:http'
import { Server as TlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'

/** A port that another program has. */
export class PortInUse extends Error {
  constructor(host: string, port: number, flag: string) {
    super(`Port ${port} of ${host} is in use by another program; name another port with ${flag}.`)
    this.name = 'PortInUse'
  }
}

export interface PortOptions {
  /** A name or an address; of IPv6 with or without brackets. */
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  /** What sets the port. */
  readonly flag: string
  /** Hears of connections that could not be accepted afterwards; they are no reason to end. */
  readonly onError: (error: unknown) => void
}

/** Resolves with the URL that the server listens at. @throws PortInUse */
export function openPort(server: Server, { host, port, flag, onError }: PortOptions): Promise<string> {
  return new Promise((listening, reject) => {
    const fail = (error: NodeJS.ErrnoException) =>
      reject(error.code === 'EADDRINUSE' ? new PortInUse(host, port, flag) : error)
    server.once('error', fail)
    const bare = host.replace(/^\[|\]$/g, '')
    server.listen({ host: bare, port }, () => {
      server.off('error', fail).on('error', onError)
      const { port: taken } = server.address() as AddressInfo
      const protocol = server instanceof TlsServer ? 'https' : 'http'
      listening(`${protocol}://${bare.includes(':') ? `[${bare}]` : bare}:${taken}`)
    })
  })
}
