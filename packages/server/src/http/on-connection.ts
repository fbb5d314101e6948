import type { Server } from 'node:http'
import { Server as TlsServer } from 'node:https'
import type { Socket } from 'node:net'

/** Calls `listener` for each connection as requests have it. For TLS that is not the connection below. */
export function onConnection(server: Server, listener: (socket: Socket) => void): void {
  server.on(server instanceof TlsServer ? 'secureConnection' : 'connection', listener)
}
