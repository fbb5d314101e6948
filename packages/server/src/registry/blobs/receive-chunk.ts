import { RegistryError } from '../../domain/problem.ts'
import type { RunningHash } from '../../domain/running-hash.ts'
import type { BlobWriter } from '../../ports/blob-store.ts'
import type { Holder } from '../../ports/memory.ts'
import { shortTurn } from '../../runtime/short-turn.ts'
import { type RepositoryRef, words } from '../context.ts'
import type { UploadAtWork } from './upload-at-work.ts'
import type { UploadTurn } from './upload-turns.ts'

/** The body of one request, as the Distribution Specification has it, and what the client said of the body. */
export interface Chunk {
  readonly body: AsyncIterable<Buffer>
  /** The position where the client thinks that the bytes begin. Undefined means: behind those received. */
  readonly firstByte?: number | undefined
  /** The number of bytes that the client announced. */
  readonly lengthBytes?: number | undefined
  /** Who sends the bytes. */
  readonly holder?: Holder | undefined
}

/** What a request needs to receive bytes of an upload. */
export interface Session {
  readonly turn: UploadTurn
  readonly work: UploadAtWork
  readonly writer: BlobWriter
  /** The hash of all bytes that the writer has; undefined when nobody here knows it. */
  readonly running: RunningHash | undefined
}

export interface Receiving {
  readonly repository: RepositoryRef
  /** The most bytes that an upload may have. */
  readonly limitBytes: number
  /**
   * Whether the upload ends with this chunk. Then the commit stores the bytes; otherwise they are stored here, for the
   * client to go on from.
   */
  readonly isLast: boolean
  /** Keeps the hash of what was stored for the next request. */
  readonly keep: () => void
}

/**
 * Appends a chunk, until the chunk is whole or another request asks for the upload.
 * @throws RegistryError `uploadOutOfOrder`, `quotaExceeded`, `uploadSizeMismatch`, `uploadBusy`, `uploadUnknown`
 */
export async function receiveChunk(
  session: Session,
  { body, firstByte, lengthBytes, holder }: Chunk,
  { repository, limitBytes, isLast, keep }: Receiving,
): Promise<void> {
  const { turn, work, writer, running } = session
  const start = writer.sizeBytes
  if (firstByte !== undefined && firstByte !== start) {
    keep()
    const facts = { uploadId: turn.row.id, nextByte: start, ...words(repository) }
    throw new RegistryError({ kind: 'uploadOutOfOrder', ...facts })
  }
  let isForCommit = false
  try {
    for await (const bytes of interruptible(body, session, repository)) {
      if (writer.sizeBytes + bytes.length > limitBytes)
        throw new RegistryError({
          kind: 'quotaExceeded',
          quota: 'layer size',
          limit: limitBytes,
          ...words(repository),
        })
      const share = shortTurn(() => holder?.address ?? '')
      if (share !== undefined) await share
      turn.check()
      work.received()
      running?.update(bytes)
      await writer.write(bytes)
    }
    const receivedBytes = writer.sizeBytes - start
    if (lengthBytes !== undefined && receivedBytes !== lengthBytes)
      throw new RegistryError({ kind: 'uploadSizeMismatch', expectedBytes: lengthBytes, receivedBytes })
    isForCommit = isLast
  } finally {
    // A request whose turn is over writes nothing: another may be at work, on bytes that a late flush would replace.
    if (!work.isStopped) {
      turn.check()
      if (!isForCommit) await writer.flush()
      keep()
    }
  }
}

/**
 * Yields the body in pieces, and between them what others ask for. A body that has stalled is left as it is: it may
 * never end.
 */
async function* interruptible(
  body: AsyncIterable<Buffer>,
  { turn, work, writer }: Session,
  repository: RepositoryRef,
): AsyncGenerator<Buffer, void, void> {
  const pieces = body[Symbol.asyncIterator]()
  let next: Promise<IteratorResult<Buffer>> | undefined
  let isDone = false
  try {
    for (;;) {
      next ??= pieces.next()
      const found = await work.wait(next)
      if (found === undefined) {
        const asked = work.takeAsked()
        if (asked === 'flush') {
          await writer.flush()
          work.flushed()
        }
        if (asked === 'yield') throw new RegistryError({ kind: 'uploadBusy', uploadId: turn.row.id })
        if (asked === 'stop') {
          turn.check()
          throw new RegistryError({ kind: 'uploadUnknown', uploadId: turn.row.id, ...words(repository) })
        }
        continue
      }
      next = undefined
      isDone = found.done === true
      if (found.done) return
      yield found.value
    }
  } finally {
    next?.catch(() => {})
    const left = isDone ? undefined : pieces.return?.().catch(() => {})
    if (next === undefined) await left
  }
}
