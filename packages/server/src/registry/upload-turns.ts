import { setTimeout as delay } from 'node:timers/promises'
import { RegistryError } from '../domain/problem.ts'
import type { HashedBytes, UploadId, UploadRow } from '../ports/metadata-store.ts'
import { type RegistryContext, type RepositoryRef, words } from './context.ts'

/** A server that died holds its uploads for so long at most. It is more than clocks of servers may differ by. */
const TURN_MS = 10_000
const RENEWAL_MS = 3_000

/** One request's time alone with an upload. */
export interface UploadTurn {
  readonly row: UploadRow
  /** Counts the turns of the upload; undefined where one server has all of them. */
  readonly number: number | undefined
  /** What the request before found the bytes to hash to. */
  readonly hashed: HashedBytes | undefined
  /** @throws RegistryError `uploadBusy`, `unavailable`, once another request may be at work */
  check(): void
  /** Lets others go on. `hashed` is for the next of them; the upload may have ended. */
  end(hashed?: HashedBytes | 'ended' | undefined): Promise<void>
}

/** Gives an upload to one request at a time. */
export interface UploadTurns {
  /** @throws RegistryError `uploadUnknown`, `uploadBusy` */
  take(repository: RepositoryRef, id: UploadId): Promise<UploadTurn>
  /** Whether a request of this server has the upload. */
  isTaken(id: UploadId): boolean
}

/** For a server that is alone with its rows: nothing is written. */
class OwnTurns implements UploadTurns {
  readonly #context: RegistryContext
  readonly #taken = new Set<UploadId>()

  constructor(context: RegistryContext) {
    this.#context = context
  }

  async take(repository: RepositoryRef, id: UploadId): Promise<UploadTurn> {
    if (this.#taken.has(id)) throw new RegistryError({ kind: 'uploadBusy', uploadId: id })
    this.#taken.add(id)
    const end = async () => void this.#taken.delete(id)
    try {
      const row = await this.#context.metadata.rows.uploads.find(repository.id, id)
      if (row === undefined) throw unknown(repository, id)
      return { row, number: undefined, hashed: undefined, check() {}, end }
    } catch (error) {
      await end()
      throw error
    }
  }

  isTaken(id: UploadId): boolean {
    return this.#taken.has(id)
  }
}

/**
 * For servers that share their rows: a turn is a claim on the upload's row, renewed while it lasts. A server that could
 * not renew it stops by itself before another can begin; should its clock have stood still, the turn's number keeps it
 * from ending the upload.
 */
class SharedTurns implements UploadTurns {
  readonly #context: RegistryContext
  readonly #taken = new Set<UploadId>()

  constructor(context: RegistryContext) {
    this.#context = context
  }

  async take(repository: RepositoryRef, id: UploadId): Promise<UploadTurn> {
    const { metadata, clock } = this.#context
    let until = 0
    const claim = await metadata.transaction(async ({ uploads }) => {
      const now = clock.now()
      until = now + TURN_MS
      return uploads.claim(repository.id, id, { now, until })
    })
    if (claim === undefined) throw unknown(repository, id)
    if (claim === 'taken') throw new RegistryError({ kind: 'uploadBusy', uploadId: id })
    this.#taken.add(id)
    const { upload: row, turn: number, hashed } = claim

    const ending = new AbortController()
    let isLost = false
    const renewing = repeat(RENEWAL_MS, ending.signal, async () => {
      const next = clock.now() + TURN_MS
      isLost = !(await metadata.transaction(rows => rows.uploads.renew(id, number, next)))
      until = next
    })
    return {
      ...{ row, number, hashed },
      check() {
        if (isLost) throw new RegistryError({ kind: 'uploadBusy', uploadId: id })
        if (clock.now() >= until)
          throw new RegistryError({
            kind: 'unavailable',
            what: 'The database could not be reached.',
            retryAfterSeconds: 5,
          })
      },
      end: async found => {
        ending.abort()
        await renewing
        this.#taken.delete(id)
        if (found === 'ended') return
        // What was received is received, whether the row says so now or when the time is over.
        await metadata.transaction(rows => rows.uploads.release(id, number, found)).catch(() => {})
      },
    }
  }

  isTaken(id: UploadId): boolean {
    return this.#taken.has(id)
  }
}

export const uploadTurns = (context: RegistryContext): UploadTurns =>
  context.metadata.isShared ? new SharedTurns(context) : new OwnTurns(context)

const unknown = (repository: RepositoryRef, id: UploadId) =>
  new RegistryError({ kind: 'uploadUnknown', uploadId: id, ...words(repository) })

/** A time that fails is followed by the next. */
async function repeat(everyMs: number, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  for (;;) {
    await delay(everyMs, undefined, { signal }).catch(() => {})
    if (signal.aborted) return
    await work().catch(() => {})
  }
}
