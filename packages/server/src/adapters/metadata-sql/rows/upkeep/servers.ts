import type { Kysely } from 'kysely'
import type { ServerRows } from '../../../../ports/rows/upkeep/servers.ts'
import type { Schema } from '../../schema.ts'

/** A text below every id. There are few rows, but a walk over an index meets no other transaction's. */
const ANY = ''

export function serverRows(db: Kysely<Schema>): ServerRows {
  return {
    async put({ serverId, presentUntil }, staleAt) {
      await db.deleteFrom('servers').where('server_id', '>', ANY).where('present_until', '<=', staleAt).execute()
      await db
        .insertInto('servers')
        .values({ server_id: serverId, present_until: presentUntil })
        .onConflict(conflict => conflict.column('server_id').doUpdateSet({ present_until: presentUntil }))
        .execute()
    },

    async remove(serverId) {
      await db.deleteFrom('servers').where('server_id', '=', serverId).execute()
    },

    async list() {
      const rows = await db
        .selectFrom('servers')
        .selectAll()
        .where('server_id', '>', ANY)
        .orderBy('server_id')
        .execute()
      return rows.map(row => ({ serverId: row.server_id, presentUntil: row.present_until }))
    },
  }
}
