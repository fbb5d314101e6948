import type { ServerResponse } from 'node:http'

/**
 * Resolves to true once no other answer goes out before this one on its connection, and to false where the connection
 * went away. An answer that opens something waits for its turn by this.
 */
export function whenFirst(response: ServerResponse): Promise<boolean> {
  const { socket: connection } = response.req
  if (connection.destroyed || response.destroyed) return Promise.resolve(false)
  if (response.socket !== null) return Promise.resolve(true)
  return new Promise(resolve => {
    const settle = (): void => {
      response.off('socket', settle)
      connection.off('close', settle)
      resolve(!connection.destroyed)
    }
    response.once('socket', settle)
    connection.once('close', settle)
  })
}
