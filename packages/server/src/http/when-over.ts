import type { ServerResponse } from 'node:http'
import type { Holder, Memory, MemoryShare } from '../ports/memory.ts'

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

/**
 * A share of the memory for what a request holds. It ends once the answer is sent, or nobody is left to take it: work
 * that goes on for a client who is gone gets none.
 */
export function holdUntilOver(memory: Memory, holder: Holder, response: ServerResponse): MemoryShare {
  const share = memory.share(holder)
  whenOver(response, share.end)
  return share
}
