import { algorithmOf, type Digest, type DigestAlgorithm } from '../../domain/digest.ts'
import { isProblem } from '../../domain/problem.ts'
import { RunningHash } from '../../domain/running-hash.ts'
import type { Holder } from '../../ports/memory.ts'
import type { Rows } from '../../ports/metadata-store.ts'
import type { HashedBytes } from '../../ports/rows/blobs/upload-claims.ts'
import type { UploadRow } from '../../ports/rows/blobs/uploads.ts'
import type { UploadId } from '../../ports/rows/common.ts'
import type { RegistryContext, RepositoryRef } from '../context.ts'
import { KeptHashes } from './kept-hashes.ts'
import type { Session } from './receive-chunk.ts'
import { TakenUploads } from './taken-uploads.ts'
import type { UploadAtWork } from './upload-at-work.ts'
import { type UploadTurn, type UploadTurns, uploadTurns, uploadUnknown } from './upload-turns.ts'

/** An upload that nobody touched for these milliseconds is given up. */
export const UPLOAD_LIFETIME_MS = 24 * 60 * 60 * 1000

/** What a request says before it works on an upload. */
export interface Opening {
  /**
   * The position where the request's bytes begin, where it names one. It may take over from a request that has stalled
   * there.
   */
  readonly firstByte?: number | undefined
  /** A digest in the algorithm that the client will ask for, where that is known. */
  readonly expected?: Digest | undefined
  readonly holder?: Holder | undefined
}

/** What a request has done with its turn. */
export interface TurnOutcome<T> {
  readonly value: T
  /** Whether the upload has ended, as a blob or for good. */
  readonly isOver: boolean
}

/** Gives one request at a time an upload to work on, with a writer and the running hash, and takes the upload back. */
export class UploadSessions {
  readonly #context: RegistryContext
  readonly #turns: UploadTurns
  readonly #taken: TakenUploads
  readonly #hashes = new KeptHashes()

  constructor(context: RegistryContext) {
    this.#context = context
    this.#turns = uploadTurns(context)
    this.#taken = new TakenUploads(this.#turns)
  }

  /** Makes ready for an upload that begins. `algorithm` is the one that its digest is expected in. */
  begin(id: UploadId, algorithm: DigestAlgorithm): void {
    this.#hashes.begin(id, algorithm, this.#context.metadata.isShared)
  }

  /**
   * Has `use` work on the upload, and ends the turn whatever comes of it. Where the upload ended meanwhile, as by a
   * deletion of its repository, the request fails with that.
   * @throws RegistryError `uploadUnknown`, `uploadBusy`, and as `use`
   */
  async hold<T>(
    repository: RepositoryRef,
    id: UploadId,
    opening: Opening,
    use: (session: Session) => Promise<TurnOutcome<T>>,
  ): Promise<T> {
    const { turn, work } = await this.#taken.take(repository, id, opening.firstByte)
    let session: Session | undefined
    let isOver = false
    try {
      await this.#extend(turn.row)
      session = await this.#open(turn, work, opening)
      const outcome = await use(session)
      isOver = outcome.isOver
      return outcome.value
    } finally {
      await session?.writer.close()
      const ending = isOver
        ? turn.end('ended')
        : Promise.all([turn.end(session && hashedBy(session)), this.#requireUpload(repository, turn.row)])
      await this.#taken.letGo(id, work, ending)
    }
  }

  /** Keeps the hash of the stored bytes for the next request. */
  keep({ turn, writer, running }: Session): void {
    if (running?.sizeBytes === writer.sizeBytes) this.#hashes.keep(turn, running)
  }

  /** Forgets the hash of an upload that has ended. */
  forget(id: UploadId): void {
    this.#hashes.forget(id)
  }

  /** As `TakenUploads.receivedBytes`. */
  receivedBytes(id: UploadId): Promise<number | undefined> {
    return this.#taken.receivedBytes(id)
  }

  /** As `TakenUploads.stop`. */
  stop(id: UploadId): Promise<void> {
    return this.#taken.stop(id)
  }

  /** Whether a request of this server has the upload. */
  isTaken(id: UploadId): boolean {
    return this.#turns.isTaken(id)
  }

  /** Whether a request of any server has the upload, as `rows` see it. */
  isAtWork(rows: Rows, id: UploadId): Promise<boolean> {
    return this.#turns.isAtWork(rows, id)
  }

  /** Puts the expiry off, once half of the lifetime is over: not a write for every chunk. */
  async #extend(row: UploadRow): Promise<void> {
    const now = this.#context.clock.now()
    if (row.expiresAt - now > UPLOAD_LIFETIME_MS / 2) return
    await this.#context.metadata.transaction(rows => rows.uploads.extend(row.id, now + UPLOAD_LIFETIME_MS))
  }

  async #open(turn: UploadTurn, work: UploadAtWork, { expected, holder }: Opening): Promise<Session> {
    const key = turn.row.storageKey
    const kept = this.#hashes.take(turn)
    const found = kept?.isNew ? undefined : await this.#context.blobs.resume(key, holder)
    const writer = found ?? (await this.#context.blobs.create(key, holder))
    work.open(writer)
    if (writer.sizeBytes === 0) {
      const algorithm = kept?.algorithm ?? (expected === undefined ? 'sha256' : algorithmOf(expected))
      return { turn, work, writer, running: new RunningHash(algorithm) }
    }
    return { turn, work, writer, running: kept?.running?.sizeBytes === writer.sizeBytes ? kept.running : undefined }
  }

  /**
   * Makes sure that the upload is still there. Where it is not, its bytes may have been removed already, and nobody
   * would know of bytes that came later: they are removed here. Bytes of a blob stay, whoever made it one.
   * @throws RegistryError `uploadUnknown`
   */
  async #requireUpload(repository: RepositoryRef, { id, storageKey: key }: UploadRow): Promise<void> {
    const { metadata, blobs } = this.#context
    try {
      await findUpload(metadata.rows, repository, id)
    } catch (error) {
      if (!isProblem(error, 'uploadUnknown')) return // nobody can be asked now
      // Without its upload a key becomes no blob's any more; what the journal holds is tried again.
      if (!(await metadata.rows.inventory.isOfBlob(key)))
        await blobs.remove(key).catch(() => metadata.transaction(rows => rows.journal.add(key)))
      throw error
    }
  }
}

/** The row of an upload. @throws RegistryError `uploadUnknown` */
export async function findUpload(rows: Rows, repository: RepositoryRef, id: UploadId): Promise<UploadRow> {
  const row = await rows.uploads.find(repository.id, id)
  if (row === undefined) throw uploadUnknown(repository, id)
  return row
}

/** The digest of all bytes of the session, as this request or the one before computed it. */
export function hashedBy({ turn, writer, running }: Session): HashedBytes | undefined {
  const { sizeBytes } = writer
  if (running === undefined) return turn.hashed?.sizeBytes === sizeBytes ? turn.hashed : undefined
  if (running.sizeBytes !== sizeBytes) return undefined
  return { digest: running.digest(), sizeBytes }
}
