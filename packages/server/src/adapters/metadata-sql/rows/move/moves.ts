import type { Kysely } from 'kysely'
import { RegistryError } from '../../../../domain/problem.ts'
import type { MoveRows } from '../../../../ports/rows/move/moves.ts'
import { chunksOf, readInChunks } from '../../chunks.ts'
import { toFlag } from '../../columns/stored.ts'
import { hotQuery } from '../../hot-query.ts'
import type { Schema } from '../../schema.ts'

const RETRY_AFTER_SECONDS = 10

const sourceState = hotQuery(db => db.selectFrom('storage_moves').select('state').where('role', '=', 'source'))

/**
 * Refuses a transaction while writes are stopped. Every transaction but those of the move itself begins with it.
 * @throws RegistryError `unavailable` while the registry is moved to other storage, and once it has moved
 */
export async function refuseWhileStopped(db: Kysely<Schema>): Promise<void> {
  const [source] = await sourceState(db, {})
  if (source === undefined || source.state === 'copying') return
  const what = 'The registry is being moved to other storage: it can be pulled from, but not changed.'
  throw new RegistryError({ kind: 'unavailable', what, retryAfterSeconds: RETRY_AFTER_SECONDS })
}

export function moveRows(db: Kysely<Schema>): MoveRows {
  return {
    async find(role) {
      const row = await db.selectFrom('storage_moves').selectAll().where('role', '=', role).executeTakeFirst()
      return (
        row && {
          role,
          moveId: row.move_id,
          state: row.state,
          stopId: row.stop_id ?? undefined,
          worker: row.worker ?? undefined,
          otherEnd: row.other_end,
          changedAt: row.changed_at,
        }
      )
    },

    async put({ role, moveId, state, stopId, worker, otherEnd, changedAt }) {
      const columns = {
        move_id: moveId,
        state,
        stop_id: stopId ?? null,
        worker: worker ?? null,
        other_end: otherEnd,
        changed_at: changedAt,
      }
      await db
        .insertInto('storage_moves')
        .values({ role, ...columns })
        .onConflict(conflict => conflict.column('role').doUpdateSet(columns))
        .execute()
    },

    async total() {
      const { blobs, bytes } = await db
        .selectFrom('blobs')
        .select(({ fn }) => [fn.countAll<number>().as('blobs'), fn.sum<number | null>('size_bytes').as('bytes')])
        .where('damaged_at', 'is', null)
        .executeTakeFirstOrThrow()
      return { blobs: Number(blobs), bytes: Number(bytes ?? 0) }
    },

    async written(keys) {
      const found = await readInChunks(keys, chunk =>
        db.selectFrom('moved_keys').selectAll().where('storage_key', 'in', chunk).execute(),
      )
      return new Map(found.map(row => [row.storage_key, row.is_whole === 1]))
    },

    async intend(keys) {
      for (const chunk of chunksOf(keys)) {
        await db
          .insertInto('moved_keys')
          .values(chunk.map(storage_key => ({ storage_key, is_whole: 0 as const })))
          .onConflict(conflict => conflict.doNothing())
          .execute()
      }
    },

    async setWhole(key, isWhole) {
      await db
        .updateTable('moved_keys')
        .set({ is_whole: toFlag(isWhole) })
        .where('storage_key', '=', key)
        .execute()
    },

    async journal({ after, limit }) {
      let query = db.selectFrom('moved_keys').select('storage_key').orderBy('storage_key').limit(limit)
      if (after !== undefined) query = query.where('storage_key', '>', after)
      return (await query.execute()).map(row => row.storage_key)
    },

    async forget(keys) {
      for (const chunk of chunksOf(keys)) await db.deleteFrom('moved_keys').where('storage_key', 'in', chunk).execute()
    },
  }
}
