import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Memory, MemoryShare } from '../ports/memory.ts'
import { freeBuffer } from '../runtime/free-buffer.ts'
import { shortTurn } from '../runtime/short-turn.ts'
import { JoinedChunks } from './bodies/joined-chunks.ts'
import { hearBytes } from './hear-bytes.ts'
import { onConnection } from './on-connection.ts'
import { isOnePiece, RequestPieces } from './request-pieces.ts'

/** How many requests of one connection are at work at the same time. */
export const AT_WORK = 4

/**
 * Of a head, and of what follows it in the same read, so much is parsed at a time: that may be short chunks. A head
 * that is too large is so within one piece, whose first bytes tell in which form to say so.
 */
const HEAD_BYTES = 17 * 1024

/** What a connection takes of which something was read that is not parsed yet: that, and what its stream has read. */
const HELD_BYTES = 128 * 1024

/**
 * Lets the requests of each connection begin in the order they came. Answers go out in that order whatever is at work,
 * so a client that sends many requests without reading could make the server work at all of them. Four are at work at
 * most, and one that may change something is at work alone. A request that waits has opened, read and built nothing.
 * Of waiting requests few are parsed: 64 KiB, which are read at once, may be thousands of requests, and Node would
 * make all of them in one turn. While a request waits, the connection is not read from. What was read until then
 * counts in `memory`, and a client whose share has no room for it loses the connection.
 * A body in chunks is parsed slice by slice, in short turns and as fast as it is read, because 64 KiB may be ten
 * thousand chunks.
 */
export function createRequestQueue(
  server: Server,
  memory: Memory,
): (request: IncomingMessage, response: ServerResponse, begin: () => void) => void {
  const queues = new WeakMap<object, Queue>()
  onConnection(server, socket => queues.set(socket, new Queue(socket, memory)))
  // What follows is no request of this server.
  server.on('connect', (_, socket) => queues.get(socket)?.end())
  server.on('clientError', (_, socket) => queues.get(socket)?.end())
  return (request, response, begin) => {
    const queue = queues.get(request.socket)
    if (queue === undefined) begin()
    else queue.add(request, { isAlone: request.method !== 'GET' && request.method !== 'HEAD', response, begin })
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
  /** What Node's server does with bytes, and when there are no more. */
  readonly #parse: (bytes: Buffer) => void
  readonly #noteEnd: () => void
  #waiting: Queued[] = []
  #atWork = 0
  /** The one at work may change something. */
  #isAlone = false
  /** What was read and is not parsed yet. */
  #unparsed: RequestPieces | undefined
  #share: MemoryShare | undefined
  /** The last request that was parsed, and its body where that comes in chunks. */
  #latest: IncomingMessage | undefined
  #chunks: JoinedChunks | undefined
  /** Whether more of the chunks waits for its turn, or to be read. */
  #waitsFor: 'turn' | 'reader' | undefined
  #hasEnded = false
  #isOver = false

  constructor(socket: Socket, memory: Memory) {
    this.#socket = socket
    this.#memory = memory
    this.#parse = takeOver(socket, 'data')
    this.#noteEnd = takeOver(socket, 'end')
    socket.on('end', this.#hearEnd).on('resume', this.#stayPaused).once('close', this.#drop)
    hearBytes(socket, this.#read)
  }

  add(request: IncomingMessage, next: Queued): void {
    this.#latest = request
    this.#chunks =
      request.headers['transfer-encoding'] === undefined ? undefined : new JoinedChunks(request, this.#hearReader)
    if (this.#socket.destroyed) return // what was parsed of a connection that is gone
    if (this.#waiting.length === 0 && this.#mayBegin(next)) this.#begin(next)
    else if (this.#waiting.push(next) === 1) this.#socket.pause()
  }

  /** Nothing more is parsed. */
  end(): void {
    this.#isOver = true
    this.#unparsed = undefined
  }

  readonly #read = (bytes: Buffer): void => {
    if (this.#isOver) return
    if (this.#waiting.length === 0 && this.#chunks === undefined && isOnePiece(bytes)) {
      this.#parsePiece(bytes)
      return
    }
    this.#unparsed = new RequestPieces(bytes)
    this.#parseOn()
    if (this.#unparsed !== undefined && this.#waitsFor === undefined) this.#hold()
  }

  readonly #hearEnd = (): void => {
    this.#hasEnded = true
    if (this.#unparsed === undefined) this.#noteEnd()
  }

  /** Parses until a request has to wait, or chunks have. With `hasTurn` one slice of chunks need not ask for a turn. */
  #parseOn({ hasTurn } = { hasTurn: false }): void {
    for (let mayParse = hasTurn; this.#waiting.length === 0; mayParse = false) {
      if (this.#holdUpChunks(mayParse)) return
      const piece = this.#unparsed?.next(this.#pieceBytes())
      if (piece === undefined) break
      this.#parsePiece(piece)
    }
    if (this.#unparsed?.isEmpty === true) this.#endPieces()
  }

  #parsePiece(piece: Buffer): void {
    this.#parse(piece)
    if (this.#chunks === undefined) return
    this.#chunks.endSlice()
    if (this.#latest?.complete === true) this.#chunks = undefined
  }

  #pieceBytes(): number | undefined {
    return this.#latest?.complete === false ? this.#chunks?.sliceBytes : HEAD_BYTES
  }

  /** Has chunks wait, with the connection, where they must; they go on by themselves. Returns whether they wait. */
  #holdUpChunks(hasTurn: boolean): boolean {
    if (this.#chunks === undefined) return false
    if (this.#chunks.isFull) this.#waitsFor = 'reader'
    else if (this.#unparsed?.isEmpty === false && !hasTurn) {
      const turn = shortTurn(() => this.#socket.remoteAddress ?? '')
      if (turn !== undefined) this.#waitsFor = 'turn'
      void turn?.then(() => this.#goOnWithChunks({ hasTurn: true }))
    }
    if (this.#waitsFor !== undefined) this.#socket.pause()
    return this.#waitsFor !== undefined
  }

  readonly #hearReader = (): void => {
    // The reader is in the middle of its read.
    if (this.#waitsFor === 'reader') setImmediate(() => this.#waitsFor === 'reader' && this.#goOnWithChunks())
  }

  #goOnWithChunks(turn?: { hasTurn: boolean }): void {
    this.#waitsFor = undefined
    if (this.#isOver || this.#socket.destroyed) return
    this.#parseOn(turn)
    if (this.#waiting.length === 0 && this.#waitsFor === undefined) this.#socket.resume()
  }

  #endPieces(): void {
    if (this.#unparsed === undefined) return
    // Node's parser copies bodies, and half of what uploads leave to the garbage collector would be this.
    freeBuffer(this.#unparsed.bytes)
    this.#unparsed = undefined
    if (this.#hasEnded) this.#noteEnd()
  }

  #hold(): void {
    this.#share ??= this.#memory.share({ address: this.#socket.remoteAddress })
    if (!this.#share.ask(HELD_BYTES)) this.#socket.destroy()
  }

  #mayBegin({ isAlone }: Queued): boolean {
    return isAlone ? this.#atWork === 0 : !this.#isAlone && this.#atWork < AT_WORK
  }

  #begin({ isAlone, response, begin }: Queued): void {
    this.#atWork += 1
    this.#isAlone = isAlone
    response.on('close', this.#goOn)
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
    this.#parseOn()
    if (this.#waiting.length > 0 || this.#waitsFor !== undefined) return
    this.#share?.release()
    this.#socket.resume()
  }

  /** Node resumes a connection whenever one of its requests has ended. */
  readonly #stayPaused = (): void => {
    if (this.#waiting.length > 0 || this.#waitsFor !== undefined) this.#socket.pause()
  }

  readonly #drop = (): void => {
    this.end()
    this.#waiting = []
    this.#share?.end()
  }
}

/**
 * Takes the place of Node's server as the one who hears of an event of a connection, and returns what it does then. It
 * was the last to ask for it. By default it reads past these events; it leaves that off as soon as somebody else
 * listens.
 */
function takeOver(socket: Socket, event: 'data' | 'end'): (bytes?: Buffer) => void {
  const listener = socket.listeners(event).at(-1) as (this: Socket, bytes?: Buffer) => void
  socket.off(event, listener)
  return bytes => listener.call(socket, bytes)
}
