import { randomUUID } from 'node:crypto'
import { algorithmOf, type Digest, type DigestAlgorithm } from '../../domain/digest.ts'
import { isProblem, RegistryError } from '../../domain/problem.ts'
import { RunningHash } from '../../domain/running-hash.ts'
import type { StorageKey } from '../../ports/blob-store.ts'
import type { BlobRow } from '../../ports/rows/blobs/blobs.ts'
import type { UploadRow, UploadRows } from '../../ports/rows/blobs/uploads.ts'
import type { UploadId } from '../../ports/rows/common.ts'
import { requireRoom, requireRoomIn } from '../access/account-quotas.ts'
import { type RegistryContext, type RepositoryRef, words } from '../context.ts'
import { Pace } from '../pace.ts'
import { readAgain } from '../repositories/repository-ref.ts'
import { leaseBlobs } from './blobs.ts'
import { hashStored } from './hash-stored.ts'
import { type Chunk, receiveChunk, type Session } from './receive-chunk.ts'
import type { Removals, Removed } from './removals.ts'
import { findUpload, hashedBy, UPLOAD_LIFETIME_MS, UploadSessions } from './upload-sessions.ts'
import { type UploadTurn, uploadUnknown } from './upload-turns.ts'

/** How many uploads are given up in one transaction: few, because pushes and deletes wait for it. */
const EXPIRY_BATCH = 50

/** Milliseconds after which a server that could not look at the row has stopped by itself. */
const LATE_BYTES_MS = 60_000

/** What completes an upload. */
export interface Completion {
  /** The digests that the client would take, in one or several algorithms. */
  readonly digests: readonly Digest[]
  readonly chunk?: Chunk | undefined
  /** Whether to refuse a blob that the repository has already, as CompleteLayerUpload does. */
  readonly refuseExisting?: boolean | undefined
}

/** What became of the uploads whose time was over. */
export interface ExpiredUploads extends Removed {
  readonly expired: number
}

/**
 * Uploads. Bytes stream to a storage key of their own while they are hashed, and become a blob in one transaction. One
 * request at a time works on an upload.
 */
export class Uploads {
  readonly #context: RegistryContext
  readonly #removals: Removals
  readonly #sessions: UploadSessions

  constructor(context: RegistryContext, removals: Removals) {
    this.#context = context
    this.#removals = removals
    this.#sessions = new UploadSessions(context)
  }

  /**
   * Begins an upload. `algorithm` is the one that its digest is expected in.
   * @throws RegistryError `accountQuotaExceeded`, and as `readAgain`
   */
  async begin(repository: RepositoryRef, algorithm: DigestAlgorithm = 'sha256'): Promise<UploadId> {
    const now = this.#context.clock.now()
    const id = randomUUID() as UploadId
    await requireRoom(this.#context, repository, 'uploads', 'bytes', 'audit')
    await this.#context.blobs.disk?.require(1)
    await this.#context.metadata.transaction(async rows => {
      await readAgain(rows, repository)
      await requireRoomIn(rows, this.#context, repository, 'uploads', 'bytes', 'audit')
      await rows.uploads.create({
        id,
        repositoryId: repository.id,
        storageKey: randomUUID() as string as StorageKey,
        createdAt: now,
        expiresAt: now + UPLOAD_LIFETIME_MS,
        parts: 0,
        lastPartBytes: 0,
        hasSmallPart: false,
      })
    })
    this.#sessions.begin(id, algorithm)
    return id
  }

  /** The row of an upload. @throws RegistryError `uploadUnknown` */
  find(repository: RepositoryRef, id: UploadId): Promise<UploadRow> {
    return findUpload(this.#context.metadata.rows, repository, id)
  }

  /** Bytes received so far, with those of a request that is at work. @throws RegistryError `uploadUnknown` */
  async sizeBytes(repository: RepositoryRef, id: UploadId): Promise<number> {
    const row = await this.find(repository, id)
    const received = await this.#sessions.receivedBytes(id)
    return received ?? (await this.#context.blobs.sizeBytes(row.storageKey)) ?? 0
  }

  /**
   * Appends a chunk and returns the number of bytes received so far. What arrived before a client went away is kept,
   * so that the client can resume.
   * @throws RegistryError `uploadUnknown`, `uploadBusy`, `uploadOutOfOrder`, `uploadSizeMismatch`, `quotaExceeded`,
   * `accountQuotaExceeded`, and as `readAgain`
   */
  async append(repository: RepositoryRef, id: UploadId, chunk: Chunk): Promise<number> {
    await requireRoom(this.#context, repository, 'bytes')
    await this.#requireDisk(chunk)
    return this.#sessions.hold(repository, id, chunk, async session => {
      await this.#receive(repository, session, chunk)
      // Nothing takes effect yet. A caller whose rights were taken meanwhile is to hear of it here and not at the end.
      await readAgain(this.#context.metadata.rows, repository)
      return { value: session.writer.sizeBytes, isOver: false }
    })
  }

  /**
   * Appends the last chunk, if any, and makes the upload a blob that the repository can read. The blob is durable when
   * the promise resolves. Bytes that hash to none of the digests end the upload and leave nothing.
   * @throws RegistryError as `append`, and `digestMismatch`, `layerExists`
   */
  async complete(repository: RepositoryRef, id: UploadId, completion: Completion): Promise<BlobRow> {
    const { digests, chunk } = completion
    if (chunk !== undefined) {
      await requireRoom(this.#context, repository, 'bytes')
      await this.#requireDisk(chunk)
    }
    const settled = await this.#sessions.hold(repository, id, { ...chunk, expected: digests[0] }, async session => {
      if (chunk !== undefined) await this.#receive(repository, session, chunk, true)
      return { value: await this.#settle(repository, session, completion), isOver: true }
    })
    if (settled instanceof RegistryError) throw settled
    return settled
  }

  /**
   * Ends the upload and removes its bytes, whoever is at work on it. A request of this server stops at once, a request
   * of another server when that server looks at the row next. Bytes that the request writes until then are removed
   * when it stops or, should its server end first, by the journal.
   * @throws RegistryError `uploadUnknown`, and as `readAgain`
   */
  async cancel(repository: RepositoryRef, id: UploadId): Promise<void> {
    const { metadata, blobs, clock } = this.#context
    const { storageKey, isAtWork } = await metadata.transaction(async rows => {
      await readAgain(rows, repository)
      const row = await rows.uploads.find(repository.id, id)
      const isAtWork = await this.#sessions.isAtWork(rows, id)
      if (row === undefined || !(await rows.uploads.cancel(id))) throw uploadUnknown(repository, id)
      if (isAtWork) await rows.journal.postpone(row.storageKey, clock.now() + LATE_BYTES_MS)
      return { storageKey: row.storageKey, isAtWork }
    })
    this.#sessions.forget(id)
    await this.#sessions.stop(id)
    if (isAtWork) await blobs.remove(storageKey).catch(() => {})
    else await this.#removals.remove(storageKey)
  }

  /**
   * Gives up every upload that nobody touched for a day, and removes its bytes. An upload that is at work gets another
   * day. It is asked for and prolonged in one transaction, so that nobody gives it up in between.
   */
  async expire(signal?: AbortSignal): Promise<ExpiredUploads> {
    const now = this.#context.clock.now()
    const { metadata } = this.#context
    const pace = new Pace(metadata)
    let expired = 0
    while (signal?.aborted !== true) {
      const some = await pace.work(() => metadata.transaction(({ uploads }) => this.#expireSome(uploads, now)))
      expired += some.expired
      if (some.found < EXPIRY_BATCH) break
      await pace.rest(signal)
    }
    return { expired, ...(await this.#removals.emptyJournal()) }
  }

  async #expireSome(uploads: UploadRows, now: number): Promise<{ found: number; expired: number }> {
    const due = await uploads.expired(now, EXPIRY_BATCH)
    let expired = 0
    for (const { id } of due)
      if (this.#sessions.isTaken(id)) await uploads.extend(id, now + UPLOAD_LIFETIME_MS)
      else if (await uploads.cancel(id)) expired += 1
    return { found: due.length, expired }
  }

  /** Refuses a body that is known to be too much for the disk, before it comes. */
  async #requireDisk({ lengthBytes = 1 }: Chunk): Promise<void> {
    if (lengthBytes > 0) await this.#context.blobs.disk?.require(lengthBytes)
  }

  #receive(repository: RepositoryRef, session: Session, chunk: Chunk, isLast = false): Promise<void> {
    const limitBytes = this.#context.quotas.layerMaxBytes
    return receiveChunk(session, chunk, { repository, isLast, limitBytes, keep: () => this.#sessions.keep(session) })
  }

  /** Makes the bytes a blob, or ends the upload for good and returns why. */
  async #settle(
    repository: RepositoryRef,
    session: Session,
    { digests, refuseExisting = false }: Completion,
  ): Promise<BlobRow | RegistryError> {
    const { turn, writer } = session
    try {
      const digest = await this.#match(session, digests)
      // An answer that a layer exists acknowledges the blob, so that its lease begins anew.
      if (refuseExisting && (await leaseBlobs(this.#context, repository.id, [digest])).has(digest))
        throw new RegistryError({ kind: 'layerExists', digest, ...words(repository) })
      turn.check()
      await writer.commit()
      const row = { digest, sizeBytes: writer.sizeBytes, storageKey: turn.row.storageKey }
      return await this.#commit(repository, turn, row)
    } catch (error) {
      if (!isProblem(error, 'digestMismatch') && !isProblem(error, 'layerExists')) throw error
      await writer.close()
      await this.#end(turn)
      return error
    }
  }

  /** The first of `digests` that the bytes hash to. */
  async #match(session: Session, digests: readonly Digest[]): Promise<Digest> {
    const { writer, turn } = session
    const known = hashedBy(session)?.digest
    const computed = new Map(known === undefined ? [] : [[algorithmOf(known), known]])
    for (const digest of digests) {
      const algorithm = algorithmOf(digest)
      let own = computed.get(algorithm)
      if (own === undefined) {
        await writer.flush()
        const stored = await hashStored(this.#context.blobs, turn.row.storageKey, algorithm)
        own = stored ?? new RunningHash(algorithm).digest() // a store may keep no key for no bytes
        // Once for each algorithm, in whatever order they come: the bytes may be many.
        computed.set(algorithm, own)
      }
      if (digest === own) return digest
    }
    const [latest = ''] = [...computed.values()].slice(-1)
    throw new RegistryError({ kind: 'digestMismatch', given: digests, computed: latest })
  }

  async #commit(repository: RepositoryRef, turn: UploadTurn, row: BlobRow): Promise<BlobRow> {
    const { id } = turn.row
    const leaseUntil = this.#context.clock.now() + this.#context.blobLeaseMs
    const kept = await this.#context.metadata.transaction(async rows => {
      // The upload is gone where its repository was deleted meanwhile.
      if (!(await rows.uploads.complete(id, turn.number))) throw uploadUnknown(repository, id)
      await readAgain(rows, repository)
      await requireRoomIn(rows, this.#context, repository, 'bytes')
      return rows.blobs.commit(repository.id, row, leaseUntil)
    })
    this.#sessions.forget(id)
    if (kept.storageKey !== row.storageKey) await this.#removals.remove(row.storageKey)
    return kept
  }

  async #end({ row: { id, storageKey }, number }: UploadTurn): Promise<void> {
    this.#sessions.forget(id)
    if (await this.#context.metadata.transaction(rows => rows.uploads.cancel(id, number)))
      await this.#removals.remove(storageKey)
  }
}
