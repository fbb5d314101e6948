import { type Kysely, sql } from 'kysely'
import type { StorageKey } from '../../../../ports/blob-store.ts'
import type { JournalRows } from '../../../../ports/rows/blobs/journal.ts'
import type { RepositoryId } from '../../../../ports/rows/common.ts'
import type { Schema } from '../../schema.ts'

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
  }
}
