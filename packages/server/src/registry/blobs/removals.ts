import { inParallel } from '@berth/lifecycle'
import type { StorageKey } from '../../ports/blob-store.ts'
import type { RemovalRow } from '../../ports/rows/blobs/journal.ts'
import type { RegistryContext } from '../context.ts'
import { Pace } from '../pace.ts'

const BATCH = 100
/** How many removals are under way at a time: each waits for the disk. */
const AT_ONCE = 8

/**
 * A removal that fails is tried again after a minute, and then after twice as long each time, up to these
 * milliseconds: six hours.
 */
export const LONGEST_RETRY_MS = 6 * 60 * 60 * 1000
const RETRY_MS = { first: 60 * 1000, longest: LONGEST_RETRY_MS }

export interface RemovalsOptions {
  /** Ends the work. Keys that are left stay in the journal. */
  readonly signal?: AbortSignal | undefined
  /** Whether a run leaves most of the disk to requests. Set where bytes are files and nobody waits for the run. */
  readonly sparesDisk?: boolean
}

/** What a run did. */
export interface Removed {
  /** Keys whose bytes are gone. */
  readonly removed: number
  readonly failures: number
}

/**
 * Removes the bytes that the journal names. Their rows are deleted before, so a crash between the two leaves a key in
 * the journal, and the next run finishes the work.
 */
export class Removals {
  readonly #context: RegistryContext
  readonly #onError: (error: unknown) => void
  readonly #signal: AbortSignal | undefined
  readonly #sparesDisk: boolean
  #running: Promise<Removed> | undefined
  #again = false

  /** `onError` is told of bytes that could not be removed now. Their keys stay in the journal. */
  constructor(
    context: RegistryContext,
    onError: (error: unknown) => void,
    { signal, sparesDisk = false }: RemovalsOptions = {},
  ) {
    this.#context = context
    this.#onError = onError
    this.#signal = signal
    this.#sparesDisk = sparesDisk
  }

  /**
   * Removes the bytes of one key of the journal, for a request that cannot wait for all the others. It never rejects.
   */
  async remove(key: StorageKey): Promise<void> {
    try {
      await this.#context.blobs.remove(key)
      await this.#context.metadata.transaction(rows => rows.journal.removed(key))
    } catch (error) {
      this.#onError(error)
    }
  }

  /**
   * Empties the journal, except for what failed and is to be tried later. A call during a run has the run look once
   * more, and gets the run's figures. It never rejects.
   */
  emptyJournal(): Promise<Removed> {
    this.#again = true
    this.#running ??= this.#run()
    return this.#running
  }

  async #run(): Promise<Removed> {
    const done = { removed: 0, failures: 0 }
    const pace = new Pace(this.#context.metadata)
    try {
      while (this.#again && this.#signal?.aborted !== true) {
        this.#again = false
        if (!(await pace.work(() => this.#removeSome(done)))) continue
        this.#again = true
        if (this.#sparesDisk) await pace.rest(this.#signal)
      }
    } catch (error) {
      done.failures += 1
      this.#onError(error)
    } finally {
      this.#running = undefined
    }
    return done
  }

  /**
   * Removes the bytes of some keys that are due. False where none was due. A key whose bytes cannot be removed does not
   * hold up the others: it is put off.
   */
  async #removeSome(done: { removed: number; failures: number }): Promise<boolean> {
    const { metadata, blobs, clock } = this.#context
    const due = await metadata.rows.journal.due(clock.now(), BATCH)
    if (due.length === 0) return false
    const gone: StorageKey[] = []
    const failed: RemovalRow[] = []
    const remove = async (row: RemovalRow) => {
      if (this.#signal?.aborted) return
      try {
        await blobs.remove(row.storageKey)
        gone.push(row.storageKey)
      } catch (error) {
        failed.push(row)
        this.#onError(error)
      }
    }
    await inParallel(due, AT_ONCE, remove)
    const now = clock.now()
    await metadata.transaction(async ({ journal }) => {
      for (const key of gone) await journal.removed(key)
      for (const { storageKey, attempts } of failed) await journal.postpone(storageKey, now + retryAfter(attempts))
    })
    done.removed += gone.length
    done.failures += failed.length
    return true
  }
}

const retryAfter = (attempts: number): number => Math.min(RETRY_MS.first * 2 ** attempts, RETRY_MS.longest)
