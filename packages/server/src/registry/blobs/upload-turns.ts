import { RegistryError } from '../../domain/problem.ts'
import { elapsedMs } from '../../ports/clock.ts'
import type { Rows } from '../../ports/metadata-store.ts'
import { type HashedBytes, LONGEST_TURN_MS } from '../../ports/rows/blobs/upload-claims.ts'
import type { UploadRow } from '../../ports/rows/blobs/uploads.ts'
import type { UploadId } from '../../ports/rows/common.ts'
import { type RegistryContext, type RepositoryRef, words } from '../context.ts'
import { pause } from '../pace.ts'
import type { UploadAtWork } from './upload-at-work.ts'

/**
 * How many milliseconds a turn lasts unless it is renewed: for so long a server that died holds its uploads. The clocks
 * of servers may differ by less.
 */
const TURN_MS = 10_000
/** Milliseconds between two looks at the row. Every third look renews the turn. */
const LOOK_MS = 1_000
const LOOKS_PER_RENEWAL = 3
/** Milliseconds after which a wish to another server is void, should nobody wait for it any more. */
const WISH_MS = 5_000

/** The time that one request has alone with an upload. */
export interface UploadTurn {
  readonly row: UploadRow
  /** Numbers the turns of the upload; undefined where one server has all of them. */
  readonly number: number | undefined
  /** The hash of the bytes as the request before computed it. */
  readonly hashed: HashedBytes | undefined
  /**
   * Returns while this turn is in force. @throws RegistryError `uploadBusy`, `unavailable`, once another request may
   * be at work
   */
  check(): void
  /** Tells `work` what other servers ask for, and when the turn is lost. */
  serve(work: UploadAtWork): void
  /** Ends the turn. `hashed` is for the turn after this one, or says that the upload has ended. */
  end(hashed?: HashedBytes | 'ended' | undefined): Promise<void>
}

/** Gives an upload to one request at a time. */
export interface UploadTurns {
  /** Takes a turn with the upload. @throws RegistryError `uploadUnknown`, `uploadBusy` */
  take(repository: RepositoryRef, id: UploadId): Promise<UploadTurn>
  /** Whether a request of this server has the upload. */
  isTaken(id: UploadId): boolean
  /** Whether a request of any server has the upload, as `rows` see it. */
  isAtWork(rows: Rows, id: UploadId): Promise<boolean>
  /** Asks something of the server that has the upload. False when no other server has it. */
  ask(
    id: UploadId,
    wish: { readonly kind: 'flush' } | { readonly kind: 'takeOver'; firstByte: number },
  ): Promise<boolean>
  /** False once the wish is granted, or no server has the upload any more. */
  isAsked(id: UploadId): Promise<boolean>
}

/** Turns of a server that is alone with its rows. Nothing is written. */
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
      if (row === undefined) throw uploadUnknown(repository, id)
      return { row, number: undefined, hashed: undefined, check() {}, serve() {}, end }
    } catch (error) {
      await end()
      throw error
    }
  }

  isTaken(id: UploadId): boolean {
    return this.#taken.has(id)
  }

  async isAtWork(_rows: Rows, id: UploadId): Promise<boolean> {
    return this.#taken.has(id)
  }

  async ask(): Promise<boolean> {
    return false
  }

  async isAsked(): Promise<boolean> {
    return false
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
    const claim = await metadata.transaction(async ({ uploadClaims }) => {
      const now = clock.now()
      until = elapsedMs(clock) + TURN_MS
      return uploadClaims.claim(repository.id, id, { now, until: now + TURN_MS })
    })
    if (claim === undefined) throw uploadUnknown(repository, id)
    if (claim === 'taken') throw new RegistryError({ kind: 'uploadBusy', uploadId: id })
    this.#taken.add(id)
    const { upload: row, turn: number, hashed } = claim

    const ending = new AbortController()
    let work: UploadAtWork | undefined
    let isLost = false
    const lose = () => {
      isLost = true
      work?.ask('stop')
    }
    const renew = async () => {
      const next = elapsedMs(clock) + TURN_MS
      if (!(await metadata.transaction(rows => rows.uploadClaims.renew(id, number, clock.now() + TURN_MS)))) lose()
      until = next
    }
    const look = async () => {
      const claim = await metadata.rows.uploadClaims.last(id)
      if (claim?.turn !== number) return lose()
      const { wish } = claim
      if (wish === undefined || !isInForce(wish.until, clock.now())) return
      if (wish.kind === 'takeOver') {
        if (work?.isStalledAt(wish.firstByte)) work.ask('yield')
      } else
        work?.ask('flush', () => void metadata.transaction(rows => rows.uploadClaims.grant(id, number)).catch(() => {}))
    }
    let looks = 0
    const looking = repeat(LOOK_MS, ending.signal, () => {
      looks += 1
      return looks % LOOKS_PER_RENEWAL === 0 ? renew().then(look) : look()
    })
    return {
      row,
      number,
      hashed,
      check() {
        if (isLost) throw new RegistryError({ kind: 'uploadBusy', uploadId: id })
        if (elapsedMs(clock) >= until)
          throw new RegistryError({
            kind: 'unavailable',
            what: 'The database could not be reached.',
            retryAfterSeconds: 5,
          })
      },
      serve(served) {
        work = served
      },
      end: async found => {
        ending.abort()
        await looking
        this.#taken.delete(id)
        if (found === 'ended') return
        // The bytes that were received stay, whether the row says so now or when the time is over.
        await metadata.transaction(rows => rows.uploadClaims.release(id, number, found)).catch(() => {})
      },
    }
  }

  isTaken(id: UploadId): boolean {
    return this.#taken.has(id)
  }

  async isAtWork({ uploadClaims }: Rows, id: UploadId): Promise<boolean> {
    return isInForce((await uploadClaims.last(id))?.until ?? 0, this.#context.clock.now())
  }

  ask(id: UploadId, wish: { kind: 'flush' } | { kind: 'takeOver'; firstByte: number }): Promise<boolean> {
    const { metadata, clock } = this.#context
    const now = clock.now()
    return metadata.transaction(rows => rows.uploadClaims.ask(id, now, { ...wish, until: now + WISH_MS }))
  }

  async isAsked(id: UploadId): Promise<boolean> {
    const { metadata, clock } = this.#context
    const claim = await metadata.rows.uploadClaims.last(id)
    return claim?.wish !== undefined && isInForce(claim.until, clock.now())
  }
}

/** Whether a claim is in force. One that lasts longer than a turn was made by a wrong clock, and counts as none. */
const isInForce = (until: number, now: number): boolean => until > now && until <= now + LONGEST_TURN_MS

/** The turns for this store: by the rows where other servers share them, else in memory alone. */
export const uploadTurns = (context: RegistryContext): UploadTurns =>
  context.metadata.isShared ? new SharedTurns(context) : new OwnTurns(context)

/** The error for an upload that is not there, in the caller's terms. */
export const uploadUnknown = (repository: RepositoryRef, id: UploadId) =>
  new RegistryError({ kind: 'uploadUnknown', uploadId: id, ...words(repository) })

/** Calls `work` again and again. A call that fails is followed by the next. */
async function repeat(everyMs: number, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  for (;;) {
    await pause(everyMs, signal)
    if (signal.aborted) return
    await work().catch(() => {})
  }
}
