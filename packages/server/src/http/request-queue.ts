import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Memory, MemoryShare } from '../ports/memory.ts'
import { onConnection } from './on-connection.ts'

/** How many requests of one connection are at work at a time. */
export const AT_WORK = 4
/** What a request takes that waits: its head, and the answer that Node makes with it. */
const WAITING_BYTES = 4 * 1024

/**
 * The requests of each connection, in the order they came. Answers go out in that order, whatever is at work, so a
 * client that sends many requests without reading could make the server work at all of them. Four are at work at most,
 * and one that may change something is at work alone: what waits has opened, read and built nothing. While one waits
 * the connection is not read from; but Node parses what it has read to the end, and those requests count in `memory`. A
 * client that makes more of them wait than its share has room for loses the connection.
 */
export function createRequestQueue(
  server: Server,
  memory: Memory,
): (request: IncomingMessage, response: ServerResponse, begin: () => void) => void {
  const queues = new WeakMap<Socket, Queue>()
  onConnection(server, socket => queues.set(socket, new Queue(socket, memory)))
  return (request, response, begin) => {
    const queue = queues.get(request.socket)
    if (queue === undefined) begin()
    else queue.add({ isAlone: request.method !== 'GET' && request.method !== 'HEAD', response, begin })
  }
}

interface Queued {
  readonly isAlone: boolean
  readonly response: ServerResponse
  readonly begin: () => void
}

class Queue {
  readonly #socket: Socket
  readonly #memory: Memory
  #waiting: Queued[] = []
  #atWork = 0
  /** The one at work may change something. */
  #isAlone = false
  #share: MemoryShare | undefined

  constructor(socket: Socket, memory: Memory) {
    this.#socket = socket
    this.#memory = memory
  }

  add(next: Queued): void {
    if (this.#socket.destroyed) return // what was parsed of a connection that is gone
    if (this.#waiting.length === 0 && this.#mayBegin(next)) this.#begin(next)
    else this.#keep(next)
  }

  #mayBegin({ isAlone }: Queued): boolean {
    return isAlone ? this.#atWork === 0 : !this.#isAlone && this.#atWork < AT_WORK
  }

  #begin({ isAlone, response, begin }: Queued): void {
    this.#atWork += 1
    this.#isAlone = isAlone
    response.once('close', this.#goOn)
    begin()
  }

  readonly #goOn = (): void => {
    this.#atWork -= 1
    if (this.#atWork === 0) this.#isAlone = false
    if (this.#waiting.length === 0) return
    if (this.#socket.destroyed || this.#socket.writableEnded) this.#drop()
    else this.#beginWaiting()
  }

  #beginWaiting(): void {
    let begun = 0
    for (const next of this.#waiting) {
      if (!this.#mayBegin(next)) break
      begun += 1
      this.#begin(next)
    }
    this.#waiting.splice(0, begun)
    this.#share?.ask(this.#waiting.length * WAITING_BYTES)
    if (begun > 0 && this.#waiting.length === 0) this.#socket.resume()
  }

  #keep(next: Queued): void {
    const isFirst = this.#share === undefined
    this.#share ??= this.#memory.share({ address: this.#socket.remoteAddress })
    this.#waiting.push(next)
    if (!this.#share.ask(this.#waiting.length * WAITING_BYTES)) {
      this.#drop()
      this.#socket.destroy()
      return
    }
    if (isFirst) this.#socket.once('close', this.#drop).on('resume', this.#stayPaused)
    if (this.#waiting.length === 1) this.#socket.pause()
  }

  /** Node resumes a connection whenever one of its requests has ended. */
  readonly #stayPaused = (): void => {
    if (this.#waiting.length > 0) this.#socket.pause()
  }

  readonly #drop = (): void => {
    this.#waiting = []
    this.#share?.release()
  }
}
