import type { ServerResponse } from 'node:http'

/**
 * Calls `then` once: when the answer is sent, or nobody is left to take it. The socket is asked as well: Node does not
 * close an answer that still waits for its turn behind another one on the same connection.
 */
export function whenOver(response: ServerResponse, then: () => void): void {
  const { socket } = response.req
  let isOver = false
  const over = (): void => {
    if (isOver) return // the answer and the socket were both closing
    isOver = true
    response.off('close', over)
    socket.off('close', over)
    then()
  }
  if (response.destroyed || socket.destroyed) over()
  else {
    response.once('close', over)
    socket.once('close', over)
  }
}
