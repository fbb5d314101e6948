import type { Kysely } from 'kysely'
import type { EndedSessionRows } from '../../../../ports/rows/access/ended-sessions.ts'
import type { Schema } from '../../schema.ts'

export function endedSessionRows(db: Kysely<Schema>): EndedSessionRows {
  return {
    async end(sessionId, forgetAfter, now) {
      await db.deleteFrom('ended_sessions').where('forget_after', '<=', now).execute()
      await db
        .insertInto('ended_sessions')
        .values({ session_id: sessionId, forget_after: forgetAfter })
        .onConflict(conflict => conflict.column('session_id').doNothing())
        .execute()
    },

    async isEnded(sessionId) {
      const row = await db
        .selectFrom('ended_sessions')
        .select('session_id')
        .where('session_id', '=', sessionId)
        .executeTakeFirst()
      return row !== undefined
    },
  }
}
