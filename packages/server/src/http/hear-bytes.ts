import type { Socket } from 'node:net'

/**
 * Calls `hear` with what is read of a connection, in the place of `data` events. Node gives each read to `push`, and a
 * stream would tell of it by an event, and look in the next tick whether to read on: half of what it costs to parse a
 * request. What comes while the connection is paused still takes that way.
 */
export function hearBytes(socket: Socket, hear: (bytes: Buffer) => void): void {
  const { push } = socket
  socket.push = (chunk: unknown, encoding?: BufferEncoding): boolean => {
    const isAwaited = socket.readableFlowing === true && socket.readableLength === 0
    if (!isAwaited || !Buffer.isBuffer(chunk)) return push.call(socket, chunk, encoding)
    hear(chunk)
    return socket.readableFlowing === true // or Node stops reading
  }
  // The stream waits for the end of a read that it has not heard of, and so would not begin another one.
  const readOn = (): void => {
    if (socket.readableFlowing === true && !socket.destroyed) socket._read(0)
  }
  socket.on('data', hear).on('resume', readOn)
}
