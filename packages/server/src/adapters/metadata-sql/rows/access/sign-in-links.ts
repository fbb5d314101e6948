import type { Kysely } from 'kysely'
import type { SignInLinkRows } from '../../../../ports/rows/access/sign-in-links.ts'
import type { Schema } from '../../schema.ts'

const LINK = ['hash', 'access_key_id as accessKeyId', 'good_until as goodUntil'] as const

export function signInLinkRows(db: Kysely<Schema>): SignInLinkRows {
  return {
    async add({ hash, accessKeyId, goodUntil }, now) {
      await db.deleteFrom('sign_in_links').where('good_until', '<=', now).execute()
      await db.insertInto('sign_in_links').values({ hash, access_key_id: accessKeyId, good_until: goodUntil }).execute()
    },

    find: hash => db.selectFrom('sign_in_links').select(LINK).where('hash', '=', hash).executeTakeFirst(),

    claim: hash => db.deleteFrom('sign_in_links').where('hash', '=', hash).returning(LINK).executeTakeFirst(),
  }
}
