import type { Kysely } from 'kysely'
import type { PassRows } from '../../../../ports/rows/upkeep/passes.ts'
import type { Schema } from '../../schema.ts'

const PASS = 'collection'

export function passRows(db: Kysely<Schema>): PassRows {
  return {
    async put(row) {
      const figures = {
        ran_by: row.ranBy,
        started_at: row.startedAt,
        duration_ms: row.durationMs,
        uploads_expired: row.uploadsExpired,
        images_purged: row.imagesPurged,
        images_expired: row.imagesExpired,
        blobs_collected: row.blobsCollected,
        bytes_collected: row.bytesCollected,
        keys_removed: row.keysRemoved,
        failures: row.failures,
      }
      await db
        .insertInto('passes')
        .values({ name: PASS, ...figures })
        .onConflict(conflict => conflict.column('name').doUpdateSet(figures))
        .execute()
    },

    last: () =>
      db
        .selectFrom('passes')
        .select([
          'ran_by as ranBy',
          'started_at as startedAt',
          'duration_ms as durationMs',
          'uploads_expired as uploadsExpired',
          'images_purged as imagesPurged',
          'images_expired as imagesExpired',
          'blobs_collected as blobsCollected',
          'bytes_collected as bytesCollected',
          'keys_removed as keysRemoved',
          'failures',
        ])
        .where('name', '=', PASS)
        .executeTakeFirst(),
  }
}
