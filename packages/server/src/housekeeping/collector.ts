import type { Rows } from '../ports/metadata-store.ts'
import type { BlobRow } from '../ports/rows/blobs/blobs.ts'
import type { Removals, Removed } from '../registry/blobs/removals.ts'
import type { RegistryContext } from '../registry/context.ts'
import { Pace } from '../registry/pace.ts'

/**
 * How many blobs one transaction reviews: few, because pushes and deletes wait for it, and SQLite works on this thread.
 */
const BATCH = 20
const ALL_LEASES_OVER = Number.MAX_SAFE_INTEGER

export interface Collected {
  readonly blobs: number
  readonly bytes: number
}

export interface CollectOptions {
  /**
   * Has leases count as over while this function allows it. It is called in each transaction, and throws where it does
   * not allow it.
   */
  readonly ignoreLeases?: ((rows: Rows) => Promise<void>) | undefined
  /** Ends the work before its next transaction. */
  readonly signal?: AbortSignal | undefined
  /** Called with the blobs collected so far, after each transaction. */
  readonly onProgress?: ((collected: Collected) => void) | undefined
}

/**
 * Collects blobs that nothing refers to, while the registry serves. Its queue is what deletions, expired leases and
 * unlinked blobs left there, so that its cost follows what was deleted and not what is stored. Any number of
 * collectors share the queue: each claims other blobs. The transaction that deletes a blob's row decides whether it
 * may go; the journal removes its bytes afterwards.
 */
export class Collector {
  readonly #context: RegistryContext
  readonly #removals: Removals

  constructor(context: RegistryContext, removals: Removals) {
    this.#context = context
    this.#removals = removals
  }

  /** Reviews every blob that is due, and removes the bytes of those that went. */
  async collect({ signal, onProgress, ignoreLeases }: CollectOptions = {}): Promise<Collected & Removed> {
    const { metadata, clock } = this.#context
    let collected: Collected = { blobs: 0, bytes: 0 }
    const pace = new Pace(metadata)
    while (signal?.aborted !== true) {
      const now = ignoreLeases === undefined ? clock.now() : ALL_LEASES_OVER
      if ((await metadata.rows.reviews.due(now, 1)).length === 0) break
      const { claimed, blobs, bytes } = await pace.work(() =>
        metadata.transaction(async rows => {
          await ignoreLeases?.(rows)
          return reviewSome(rows, now)
        }),
      )
      if (claimed === 0) break // the blobs that are left are in the hands of other collectors
      collected = { blobs: collected.blobs + blobs, bytes: collected.bytes + bytes }
      onProgress?.(collected)
      // A deleted repository may have left a hundred thousand: requests get more time than this work.
      await pace.rest(signal)
    }
    return { ...collected, ...(await this.#removals.emptyJournal()) }
  }
}

async function reviewSome({ blobs: rows, reviews }: Rows, now: number): Promise<Collected & { claimed: number }> {
  const claimed = await reviews.claim(now, BATCH)
  const collected: BlobRow[] = []
  for (const digest of claimed) {
    const blob = await rows.collect(digest, now)
    if (blob !== undefined) collected.push(blob)
  }
  const bytes = collected.reduce((sum, blob) => sum + blob.sizeBytes, 0)
  return { claimed: claimed.length, blobs: collected.length, bytes }
}
