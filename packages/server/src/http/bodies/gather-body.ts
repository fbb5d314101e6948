import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { type CoreProblem, RegistryError } from '../../domain/problem.ts'
import type { MemoryShare } from '../../ports/memory.ts'
import { freeBuffer } from '../../runtime/free-buffer.ts'
import { shortTurn } from '../../runtime/short-turn.ts'
import type { BodyFile, BodyFiles } from './body-files.ts'
import { refuseCodedBody } from './content-coding.ts'
import { pacedBody } from './paced-body.ts'
import { announcedBytes } from './read-body.ts'

/** The most bytes that gather in memory. A longer body gathers in a file, and comes into memory when it is complete. */
const IN_MEMORY_BYTES = 1024 * 1024
/**
 * The bytes that are written to a file at a time. A body whose length is not told is taken to be as long, until it
 * turns out longer.
 */
const BLOCK_BYTES = 64 * 1024

export interface GatherOptions {
  readonly limitBytes: number
  readonly tooLarge: CoreProblem
  /** Milliseconds: half of the time that a connection may be idle. */
  readonly windowMs: number
  /** The address that the body comes from. */
  readonly address: string
  /** Counts what is kept in memory. */
  readonly share: MemoryShare
  /** How many times its own bytes a body in memory takes, once it is used. */
  readonly timesHeld: number
  readonly files: BodyFiles
  /** Asks the client for the body, where the client waits to be asked. */
  readonly wantBody?: () => void
}

/** A body that is complete. */
export interface GatheredBody {
  readonly sizeBytes: number
  /** The SHA-256 of the body, in lower-case hex. */
  readonly sha256: string
  /** All bytes of the body, or the file that has them. */
  readonly kept: Buffer | BodyFile
}

/**
 * Reads a body and hashes it meanwhile. Up to 1 MiB goes into memory, where the share has room, and everything else
 * into a file. So clients that begin bodies and do not end them take no memory from those that do.
 * @throws RegistryError `tooLarge`, without reading beyond the limit, `bodyTooSlow`, `unavailable`, and as
 * `refuseCodedBody`
 */
export async function gatherBody(request: IncomingMessage, options: GatherOptions): Promise<GatheredBody> {
  const { limitBytes, address, files, share, timesHeld } = options
  refuseCodedBody(request)
  const announced = announcedBytes(request)
  const tooLarge = () => new RegistryError(options.tooLarge)
  if ((announced ?? 0) > limitBytes) throw tooLarge()
  const fitsMemory = (sizeBytes: number) => sizeBytes <= IN_MEMORY_BYTES && share.ask(timesHeld * sizeBytes)
  const openFile = () => files.open(address, announced ?? limitBytes)

  const hash = createHash('sha256')
  let file = fitsMemory(announced ?? BLOCK_BYTES) ? undefined : await openFile()
  let buffer = Buffer.allocUnsafeSlow(file === undefined ? (announced ?? BLOCK_BYTES) : BLOCK_BYTES)
  let [inBuffer, sizeBytes] = [0, 0]
  // A file that has to make room ends the reading. The file may be opened only on the way.
  const ended = new AbortController()
  const watch = (opened: BodyFile | undefined): void => {
    opened?.signal.addEventListener('abort', () => ended.abort(opened.signal.reason))
  }
  /** Makes room in the buffer: it grows, or what it holds goes to the file. */
  const makeRoom = async (): Promise<void> => {
    if (file === undefined && fitsMemory(2 * buffer.length)) {
      const larger = Buffer.allocUnsafeSlow(2 * buffer.length)
      buffer.copy(larger, 0, 0, inBuffer)
      buffer = larger
      return
    }
    if (file === undefined) {
      file = await openFile()
      watch(file)
    }
    await file.write(buffer.subarray(0, inBuffer))
    inBuffer = 0
    if (buffer.length > BLOCK_BYTES) buffer = Buffer.allocUnsafeSlow(BLOCK_BYTES)
    share.release()
  }
  try {
    watch(file)
    options.wantBody?.()
    for await (const chunk of pacedBody(request, { windowMs: options.windowMs, signal: ended.signal })) {
      sizeBytes += chunk.length
      if (sizeBytes > limitBytes) throw tooLarge()
      const turn = shortTurn(() => address)
      if (turn !== undefined) await turn
      hash.update(chunk)
      for (let done = 0; done < chunk.length; ) {
        if (inBuffer === buffer.length) await makeRoom()
        const taken = chunk.copy(buffer, inBuffer, done)
        inBuffer += taken
        done += taken
      }
      freeBuffer(chunk)
    }
    await file?.write(buffer.subarray(0, inBuffer))
    file?.complete()
    return { sizeBytes, sha256: hash.digest('hex'), kept: file ?? buffer.subarray(0, inBuffer) }
  } catch (error) {
    await file?.close()
    share.release()
    throw error
  }
}
