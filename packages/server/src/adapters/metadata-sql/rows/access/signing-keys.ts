import type { Kysely } from 'kysely'
import type { SigningKeyRows } from '../../../../ports/rows/access/signing-keys.ts'
import { hotQuery } from '../../hot-query.ts'
import type { Schema } from '../../schema.ts'

const newestFirst = hotQuery(db =>
  db
    .selectFrom('signing_keys')
    .select(['id', 'sealed_key as sealedKey', 'created_at as createdAt', 'expires_at as expiresAt'])
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc'),
)

export function signingKeyRows(db: Kysely<Schema>): SigningKeyRows {
  return {
    async add(row) {
      await db
        .insertInto('signing_keys')
        .values({ id: row.id, sealed_key: row.sealedKey, created_at: row.createdAt, expires_at: row.expiresAt })
        .execute()
    },

    list: () => newestFirst(db, {}),

    async delete(id) {
      const { numDeletedRows } = await db.deleteFrom('signing_keys').where('id', '=', id).executeTakeFirstOrThrow()
      return numDeletedRows > 0n
    },
  }
}
