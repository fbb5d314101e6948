import type { Kysely } from 'kysely'
import type { MultipartRows } from '../../../../ports/rows/blobs/multiparts.ts'
import type { Schema } from '../../schema.ts'

export function multipartRows(db: Kysely<Schema>): MultipartRows {
  return {
    async put({ storageKey, multipartId }) {
      await db
        .insertInto('multiparts')
        .values({ storage_key: storageKey, multipart_id: multipartId })
        .onConflict(conflict => conflict.doNothing())
        .execute()
    },

    async delete({ storageKey, multipartId }) {
      await db
        .deleteFrom('multiparts')
        .where('storage_key', '=', storageKey)
        .where('multipart_id', '=', multipartId)
        .execute()
    },

    async of(key) {
      const found = await db.selectFrom('multiparts').selectAll().where('storage_key', '=', key).execute()
      return found.map(row => ({ storageKey: row.storage_key, multipartId: row.multipart_id }))
    },

    async keys({ after, limit }) {
      let query = db.selectFrom('multiparts').select('storage_key').distinct().orderBy('storage_key').limit(limit)
      if (after !== undefined) query = query.where('storage_key', '>', after)
      return (await query.execute()).map(row => row.storage_key)
    },
  }
}
