import { createHash, type Hash, randomUUID } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { algorithmOf, type Digest, type DigestAlgorithm, digestSoFar } from '../domain/digest.ts'
import { isProblem, RegistryError } from '../domain/problem.ts'
import type { BlobWriter, StorageKey } from '../ports/blob-store.ts'
import type { BlobRow, UploadId, UploadRow } from '../ports/metadata-store.ts'
import { leaseBlobs } from './blobs.ts'
import { type RegistryContext, type RepositoryRef, words } from './context.ts'
import type { Removals, Swept } from './removals.ts'

/** An upload that nobody touched for this long is given up. */
const UPLOAD_LIFETIME_MS = 24 * 60 * 60 * 1000
/** Uploads given up in one transaction: a few, because pushes and deletes wait for it. */
const EXPIRY_BATCH = 50
/** Hash states kept for uploads between two requests; one that was dropped is made again from the bytes. */
const KEPT_HASHES = 1_000

/** The bytes of one request, and what the client said of them. */
export interface Chunk {
  readonly body: AsyncIterable<Buffer>
  /** Where the client thinks the bytes begin; undefined: after those received. */
  readonly firstByte?: number | undefined
  /** How many bytes the client announced. */
  readonly lengthBytes?: number | undefined
}

/** How a session ends well. */
export interface Completion {
  /** The digests that the client would take, in one or several algorithms. */
  readonly digests: readonly Digest[]
  readonly chunk?: Chunk | undefined
  /** Refuse a blob that the repository has already, as CompleteLayerUpload does. */
  readonly refuseExisting?: boolean | undefined
}

interface RunningHash {
  readonly algorithm: DigestAlgorithm
  readonly hash: Hash
  sizeBytes: number
}

interface Session {
  readonly writer: BlobWriter
  readonly running: RunningHash
}

/**
 * Upload sessions: bytes stream to a storage key of their own while they are hashed, and become a
 * blob in one transaction. One request at a time works on a session.
 */
export class Uploads {
  readonly #context: RegistryContext
  readonly #removals: Removals
  readonly #busy = new Set<UploadId>()
  readonly #hashes = new Map<UploadId, RunningHash>()

  constructor(context: RegistryContext, removals: Removals) {
    this.#context = context
    this.#removals = removals
  }

  /** Begins a session; `algorithm` is the one its digest is expected in. */
  async begin(repository: RepositoryRef, algorithm: DigestAlgorithm = 'sha256'): Promise<UploadId> {
    const now = this.#context.clock.now()
    const id = randomUUID() as UploadId
    await this.#context.metadata.transaction(async rows => {
      if ((await rows.repositories.imageCount(repository.id)) === undefined)
        throw new RegistryError({ kind: 'repositoryNotFound', ...words(repository) })
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
    this.#keep(id, { algorithm, hash: createHash(algorithm), sizeBytes: 0 })
    return id
  }

  /** @throws RegistryError `uploadUnknown` */
  async find(repository: RepositoryRef, id: UploadId): Promise<UploadRow> {
    const row = await this.#context.metadata.rows.uploads.find(repository.id, id)
    if (row === undefined) throw this.#unknown(repository, id)
    return row
  }

  /** Bytes received so far. @throws RegistryError `uploadUnknown` */
  async sizeBytes(repository: RepositoryRef, id: UploadId): Promise<number> {
    const row = await this.find(repository, id)
    return (await this.#context.blobs.sizeBytes(row.storageKey)) ?? 0
  }

  /**
   * Appends a chunk and returns the bytes received so far. What arrived before a client went away is
   * kept, so that it can resume.
   * @throws RegistryError `uploadUnknown`, `uploadBusy`, `uploadOutOfOrder`, `uploadSizeMismatch`, `quotaExceeded`
   */
  append(repository: RepositoryRef, id: UploadId, chunk: Chunk): Promise<number> {
    return this.#exclusively(repository, id, async row => {
      await this.#extend(row)
      const session = await this.#open(repository, row)
      try {
        await this.#receive(repository, id, session, chunk)
        return session.writer.sizeBytes
      } finally {
        await session.writer.close()
      }
    })
  }

  /**
   * Appends the last chunk, if any, and makes the upload a blob that the repository can read; durable
   * when it resolves. Bytes that hash to none of the digests end the session and leave nothing.
   * @throws RegistryError as `append`, and `digestMismatch`, `layerExists`
   */
  complete(repository: RepositoryRef, id: UploadId, completion: Completion): Promise<BlobRow> {
    const { digests, chunk, refuseExisting = false } = completion
    return this.#exclusively(repository, id, async row => {
      await this.#extend(row)
      const session = await this.#open(repository, row)
      try {
        if (chunk !== undefined) await this.#receive(repository, id, session, chunk)
        const digest = await this.#match(session, row.storageKey, digests)
        // To say that a layer exists is to acknowledge it, so that its lease begins anew.
        if (refuseExisting && (await leaseBlobs(this.#context, repository.id, [digest])).has(digest))
          throw new RegistryError({ kind: 'layerExists', digest, ...words(repository) })
        await session.writer.commit()
        const sizeBytes = session.writer.sizeBytes
        return await this.#commit(repository, id, { digest, sizeBytes, storageKey: row.storageKey })
      } catch (error) {
        if (isProblem(error, 'digestMismatch') || isProblem(error, 'layerExists')) {
          await session.writer.close()
          await this.#end(id)
        }
        throw error
      } finally {
        await session.writer.close()
      }
    })
  }

  /** Ends the session and removes its bytes. @throws RegistryError `uploadUnknown`, `uploadBusy` */
  cancel(repository: RepositoryRef, id: UploadId): Promise<void> {
    return this.#exclusively(repository, id, () => this.#end(id))
  }

  /**
   * Gives up every session that nobody touched for a day, and removes its bytes. One that is at work gets
   * another day: asked for and given in one transaction, so that none is extended meanwhile.
   */
  async expire(signal?: AbortSignal): Promise<Swept & { readonly expired: number }> {
    const now = this.#context.clock.now()
    let expired = 0
    for (let found = EXPIRY_BATCH; found === EXPIRY_BATCH && signal?.aborted !== true; ) {
      found = await this.#context.metadata.transaction(async ({ uploads }) => {
        const due = await uploads.expired(now, EXPIRY_BATCH)
        for (const { id } of due)
          if (this.#busy.has(id)) await uploads.extend(id, now + UPLOAD_LIFETIME_MS)
          else if (await uploads.cancel(id)) expired += 1
        return due.length
      })
      await nextTurn()
    }
    return { expired, ...(await this.#removals.sweep()) }
  }

  async #exclusively<T>(repository: RepositoryRef, id: UploadId, work: (row: UploadRow) => Promise<T>): Promise<T> {
    if (this.#busy.has(id)) throw new RegistryError({ kind: 'uploadBusy', uploadId: id })
    this.#busy.add(id)
    try {
      return await work(await this.find(repository, id))
    } finally {
      this.#busy.delete(id)
    }
  }

  /** Puts the expiry off, once half of the lifetime is over: not a write for every chunk. */
  async #extend(row: UploadRow): Promise<void> {
    const now = this.#context.clock.now()
    if (row.expiresAt - now > UPLOAD_LIFETIME_MS / 2) return
    await this.#context.metadata.transaction(rows => rows.uploads.extend(row.id, now + UPLOAD_LIFETIME_MS))
  }

  async #open(repository: RepositoryRef, { id, storageKey: key }: UploadRow): Promise<Session> {
    const writer = (await this.#context.blobs.resume(key)) ?? (await this.#create(repository, id, key))
    try {
      const kept = this.#hashes.get(id)
      this.#hashes.delete(id)
      const running = kept?.sizeBytes === writer.sizeBytes ? kept : await this.#rehash(key, kept?.algorithm ?? 'sha256')
      return { writer, running }
    } catch (error) {
      await writer.close()
      throw error
    }
  }

  /**
   * Where the session ended while the object was made, as by a delete of its repository, its removal may
   * be over already: nobody else would know of the bytes.
   */
  async #create(repository: RepositoryRef, id: UploadId, key: StorageKey): Promise<BlobWriter> {
    const writer = await this.#context.blobs.create(key)
    try {
      await this.find(repository, id)
      return writer
    } catch (error) {
      await writer.close()
      if (isProblem(error, 'uploadUnknown')) await this.#context.blobs.remove(key)
      throw error
    }
  }

  async #rehash(key: StorageKey, algorithm: DigestAlgorithm): Promise<RunningHash> {
    const running: RunningHash = { algorithm, hash: createHash(algorithm), sizeBytes: 0 }
    for await (const bytes of (await this.#context.blobs.read(key)) ?? []) {
      running.hash.update(bytes)
      running.sizeBytes += bytes.length
    }
    return running
  }

  async #receive(
    repository: RepositoryRef,
    id: UploadId,
    { writer, running }: Session,
    { body, firstByte, lengthBytes }: Chunk,
  ): Promise<void> {
    const start = writer.sizeBytes
    if (firstByte !== undefined && firstByte !== start) {
      this.#keep(id, running)
      throw new RegistryError({ kind: 'uploadOutOfOrder', uploadId: id, nextByte: start, ...words(repository) })
    }
    const limit = this.#context.quotas.layerMaxBytes
    try {
      for await (const bytes of body) {
        if (writer.sizeBytes + bytes.length > limit)
          throw new RegistryError({ kind: 'quotaExceeded', quota: 'layer size', limit, ...words(repository) })
        running.hash.update(bytes)
        running.sizeBytes += bytes.length
        await writer.write(bytes)
      }
    } finally {
      await writer.flush()
      if (running.sizeBytes === writer.sizeBytes) this.#keep(id, running)
    }
    const receivedBytes = writer.sizeBytes - start
    if (lengthBytes !== undefined && receivedBytes !== lengthBytes)
      throw new RegistryError({ kind: 'uploadSizeMismatch', expectedBytes: lengthBytes, receivedBytes })
  }

  /** The first of `digests` that the bytes hash to. */
  async #match({ writer, running }: Session, key: StorageKey, digests: readonly Digest[]): Promise<Digest> {
    const computed = new Map([[running.algorithm, digestSoFar(running.hash, running.algorithm)]])
    for (const digest of digests) {
      const algorithm = algorithmOf(digest)
      let own = computed.get(algorithm)
      if (own === undefined) {
        await writer.flush()
        own = digestSoFar((await this.#rehash(key, algorithm)).hash, algorithm)
        // Once for each algorithm, in whatever order they come: the bytes may be many.
        computed.set(algorithm, own)
      }
      if (digest === own) return digest
    }
    const [latest = ''] = [...computed.values()].slice(-1)
    throw new RegistryError({ kind: 'digestMismatch', given: digests, computed: latest })
  }

  async #commit(repository: RepositoryRef, id: UploadId, row: BlobRow): Promise<BlobRow> {
    const leaseUntil = this.#context.clock.now() + this.#context.blobLeaseMs
    const kept = await this.#context.metadata.transaction(async rows => {
      // Gone when the repository was deleted meanwhile: its uploads went with it.
      if (!(await rows.uploads.complete(id))) throw this.#unknown(repository, id)
      return rows.blobs.commit(repository.id, row, leaseUntil)
    })
    this.#hashes.delete(id)
    if (kept.storageKey !== row.storageKey) await this.#removals.sweep()
    return kept
  }

  async #end(id: UploadId): Promise<void> {
    this.#hashes.delete(id)
    await this.#context.metadata.transaction(rows => rows.uploads.cancel(id))
    await this.#removals.sweep()
  }

  #keep(id: UploadId, running: RunningHash): void {
    this.#hashes.set(id, running)
    for (const oldest of this.#hashes.keys()) {
      if (this.#hashes.size <= KEPT_HASHES) break
      this.#hashes.delete(oldest)
    }
  }

  #unknown(repository: RepositoryRef, id: UploadId): RegistryError {
    return new RegistryError({ kind: 'uploadUnknown', uploadId: id, ...words(repository) })
  }
}
