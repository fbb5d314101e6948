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

interface Place {
  /** A name or an address; of IPv6 with or without brackets. */
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
}

/** Resolves with the URL that the server listens at; `flag` is what sets the port. @throws PortInUse */
export function listen(server: Server, { host, port }: Place, flag: string): Promise<string> {
  return new Promise((listening, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'EADDRINUSE' ? new PortInUse(host, port, flag) : error),
    )
    const bare = host.replace(/^\[|\]$/g, '')
    server.listen({ host: bare, port }, () => {
      const { port: taken } = server.address() as AddressInfo
      const protocol = server instanceof TlsServer ? 'https' : 'http'
      listening(`${protocol}://${bare.includes(':') ? `[${bare}]` : bare}:${taken}`)
    })
  })
}
