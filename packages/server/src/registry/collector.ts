import { setImmediate as nextTurn } from 'node:timers/promises'
import type { RegistryContext } from './context.ts'
import type { Removals } from './removals.ts'

/** Blobs reviewed in one transaction: a few, because pushes and deletes wait for it, and SQLite works on this thread. */
const BATCH = 20

/**
 * Collects blobs that nothing refers to, while the registry serves. Its queue is what deletes, expired
 * leases and taken-back blobs left there, so that its cost follows what was deleted and not what is stored.
 * Whether a blob may go is decided in the transaction that takes its row; its bytes follow from the journal.
 */
export class Collector {
  readonly #context: RegistryContext
  readonly #removals: Removals

  constructor(context: RegistryContext, removals: Removals) {
    this.#context = context
    this.#removals = removals
  }

  /** Reviews every blob that is due, and removes the bytes of those that went. Returns how many did. */
  async collect(): Promise<number> {
    const { metadata, clock } = this.#context
    let collected = 0
    for (;;) {
      const now = clock.now()
      const due = await metadata.rows.blobs.dueReviews(now, BATCH)
      if (due.length === 0) break
      await metadata.transaction(async rows => {
        for (const digest of due) if (await rows.blobs.collect(digest, now)) collected += 1
      })
      // A deleted repository may have left a hundred thousand: requests are served in between.
      await nextTurn()
    }
    await this.#removals.sweep()
    return collected
  }
}
