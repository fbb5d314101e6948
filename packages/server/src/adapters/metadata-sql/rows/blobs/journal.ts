import { type Kysely, sql } from 'kysely'
import type { StorageKey } from '../../../../ports/blob-store.ts'
import { type JournalRows, LONGEST_HOLD_MS } from '../../../../ports/rows/blobs/journal.ts'
import type { RepositoryId } from '../../../../ports/rows/common.ts'
import type { Schema } from '../../schema.ts'

/** By how much the clocks of servers may differ, at most. */
const SLACK_MS = 60_000
/** A text below every id. There are few rows, but a walk over an index meets no other transaction's. */
const ANY = ''

/** Journals the key of a row that this transaction deletes. */
export async function journal(db: Kysely<Schema>, storageKey: StorageKey): Promise<void> {
  await db.insertInto('removals').values({ storage_key: storageKey }).execute()
}

/** Journals the keys of all uploads of a repository. */
export async function journalUploads(db: Kysely<Schema>, repositoryId: RepositoryId): Promise<void> {
  await db
    .insertInto('removals')
    .columns(['storage_key'])
    .expression(db.selectFrom('uploads').select('storage_key').where('repository_id', '=', repositoryId))
    .execute()
}

export function journalRows(db: Kysely<Schema>): JournalRows {
  /** The holds in force. A hold that lies further ahead than one can last was made by a clock that was wrong. */
  const holds = (now: number) =>
    db
      .selectFrom('removal_holds')
      .where('hold_id', '>', ANY)
      .where('held_until', '>', now)
      .where('held_until', '<=', now + LONGEST_HOLD_MS + SLACK_MS)

  return {
    async add(key) {
      await db
        .insertInto('removals')
        .values({ storage_key: key })
        .onConflict(conflict => conflict.doNothing())
        .execute()
    },

    due: (now, limit) =>
      db
        .selectFrom('removals')
        .select(['storage_key as storageKey', 'attempts'])
        .where('retry_at', '<=', now)
        // One statement lists keys and looks for holds: a key that it lists where it sees no hold was journalled before
        // the hold.
        .where(({ not, exists }) => not(exists(holds(now).select('hold_id'))))
        .orderBy('retry_at')
        .limit(limit)
        .execute(),

    async postpone(key, retryAt) {
      await db
        .updateTable('removals')
        .set({ attempts: sql<number>`attempts + 1`, retry_at: retryAt })
        .where('storage_key', '=', key)
        .execute()
    },

    async retryAll() {
      await db.updateTable('removals').set({ retry_at: 0 }).where('retry_at', '>', 0).execute()
    },

    async removed(key) {
      await db.deleteFrom('removals').where('storage_key', '=', key).execute()
    },

    async state() {
      const { keys } = await db
        .selectFrom('removals')
        .select(({ fn }) => fn.countAll<number>().as('keys'))
        .executeTakeFirstOrThrow()
      // Only a failure gives a key a time before which it is not tried.
      const { failing, retryAt } = await db
        .selectFrom('removals')
        .select(({ fn }) => [fn.countAll<number>().as('failing'), fn.min<number | null>('retry_at').as('retryAt')])
        .where('retry_at', '>', 0)
        .executeTakeFirstOrThrow()
      return { keys: Number(keys), failing: Number(failing), retryAt: retryAt ?? undefined }
    },

    async hold(holdId, until, staleAt) {
      await db.deleteFrom('removal_holds').where('hold_id', '>', ANY).where('held_until', '<=', staleAt).execute()
      await db
        .insertInto('removal_holds')
        .values({ hold_id: holdId, held_until: until })
        .onConflict(conflict => conflict.column('hold_id').doUpdateSet({ held_until: until }))
        .execute()
    },

    async release(holdId) {
      await db.deleteFrom('removal_holds').where('hold_id', '=', holdId).execute()
    },

    async heldUntil(now) {
      const held = await holds(now)
        .select(({ fn }) => fn.max<number | null>('held_until').as('until'))
        .executeTakeFirst()
      return held?.until ?? undefined
    },
  }
}
