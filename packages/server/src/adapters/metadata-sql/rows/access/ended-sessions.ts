import type { Kysely } from 'kysely'
import type { EndedSessionRows } from '../../../../ports/rows/access/ended-sessions.ts'
import { chunksOf } from '../../chunks.ts'
import type { Schema } from '../../schema.ts'

export function endedSessionRows(db: Kysely<Schema>): EndedSessionRows {
  return {
    async end(sessionId, forgetAfter) {
      await db
        .insertInto('ended_sessions')
        .values({ session_id: sessionId, forget_after: forgetAfter })
        .onConflict(conflict => conflict.column('session_id').doNothing())
        .execute()
    },

    async forget(now, limit) {
      const due = await db
        .selectFrom('ended_sessions')
        .select('session_id')
        .where('forget_after', '<=', now)
        .orderBy('forget_after')
        .limit(limit)
        .execute()
      for (const ids of chunksOf(due.map(row => row.session_id)))
        await db.deleteFrom('ended_sessions').where('session_id', 'in', ids).execute()
      return due.length
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
