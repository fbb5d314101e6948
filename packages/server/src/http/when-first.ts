import type { ServerResponse } from 'node:http'

/**
 * Resolves once no other answer is to go out before this one on its connection: true then, and false where the
 * connection went away. What an answer opens it need not open before.
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
