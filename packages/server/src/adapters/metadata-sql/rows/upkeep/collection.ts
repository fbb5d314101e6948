import { setImmediate as nextTurn } from 'node:timers/promises'
import { type Expression, expressionBuilder, type Kysely, type SqlBool, sql } from 'kysely'
import type { RepositoryId } from '../../../../ports/rows/common.ts'
import type { BinState } from '../../../../ports/rows/images/bin.ts'
import type { CollectionRows } from '../../../../ports/rows/upkeep/collection.ts'
import type { Schema } from '../../schema.ts'

const PASS = 'collection'
/** Repositories read at a time. */
const PAGE = 1_000

const BLOB = ['blobs.digest', 'blobs.size_bytes as sizeBytes', 'blobs.storage_key as storageKey'] as const

/** That a pass at `now` would remove a blob: no lease, no manifest and no image that stays in the bin needs it. */
function isFree(now: number): Expression<SqlBool> {
  const { and, eb, exists, not, selectFrom } = expressionBuilder<Schema, 'blobs'>()
  const link = selectFrom('repository_blobs')
    .leftJoin('manifest_blobs', join =>
      join
        .onRef('manifest_blobs.repository_id', '=', 'repository_blobs.repository_id')
        .onRef('manifest_blobs.blob', '=', 'repository_blobs.digest'),
    )
    .select('repository_blobs.repository_id')
    .whereRef('repository_blobs.digest', '=', 'blobs.digest')
    .where(({ or, eb }) =>
      or([eb('repository_blobs.lease_until', '>', now), eb('manifest_blobs.manifest', 'is not', null)]),
    )
  const binned = selectFrom('deleted_image_blobs')
    .innerJoin('deleted_images', 'deleted_images.id', 'deleted_image_blobs.deletion_id')
    .select('deleted_images.id')
    .whereRef('deleted_image_blobs.blob', '=', 'blobs.digest')
    .where('deleted_images.purge_after', '>', now)
  return and([eb('blobs.lease_until', '<=', now), not(exists(link)), not(exists(binned))])
}

/**
 * What the counters of all repositories say of their bins. Page by page: one sum would keep SQLite's thread for as long as
 * it scans the table.
 */
async function binTotals(db: Kysely<Schema>): Promise<Pick<BinState, 'images' | 'bytes'>> {
  const total = { images: 0, bytes: 0 }
  for (let after = 0; ; ) {
    const page = await db
      .selectFrom('repositories')
      .select(['id', 'bin_count as images', 'bin_bytes as bytes'])
      .where('id', '>', after as RepositoryId)
      .orderBy('id')
      .limit(PAGE)
      .execute()
    for (const { id, images, bytes } of page) {
      total.images += Number(images)
      total.bytes += Number(bytes)
      after = id
    }
    if (page.length < PAGE) return total
    await nextTurn()
  }
}

export function collectionRows(db: Kysely<Schema>): CollectionRows {
  return {
    async queue(now) {
      const { waiting, firstAt, lastAt } = await db
        .selectFrom('blob_reviews')
        .select(({ fn }) => [
          fn.countAll<number>().as('waiting'),
          fn.min<number | null>('review_after').as('firstAt'),
          fn.max<number | null>('review_after').as('lastAt'),
        ])
        .executeTakeFirstOrThrow()
      const { due } = await db
        .selectFrom('blob_reviews')
        .select(({ fn }) => fn.countAll<number>().as('due'))
        .where('review_after', '<=', now)
        .executeTakeFirstOrThrow()
      return { waiting: Number(waiting), due: Number(due), firstAt: firstAt ?? undefined, lastAt: lastAt ?? undefined }
    },

    async journal() {
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

    async uploads(now) {
      const count = async (comparison: '>' | '<=') => {
        const { total } = await db
          .selectFrom('uploads')
          .select(({ fn }) => fn.countAll<number>().as('total'))
          .where('expires_at', comparison, now)
          .executeTakeFirstOrThrow()
        return Number(total)
      }
      return { open: await count('>'), expired: await count('<=') }
    },

    async collectable(now, { after, limit }) {
      let query = db
        .selectFrom('blob_reviews')
        .innerJoin('blobs', 'blobs.digest', 'blob_reviews.digest')
        .select(BLOB)
        .where('blob_reviews.review_after', '<=', now)
        .where(isFree(now))
        .orderBy('blob_reviews.digest')
        .limit(limit)
      if (after !== undefined) query = query.where('blob_reviews.digest', '>', after)
      return query.execute()
    },

    async collectableOfBin(now, { after, limit }) {
      let query = db
        .selectFrom('deleted_image_blobs')
        .innerJoin('deleted_images', 'deleted_images.id', 'deleted_image_blobs.deletion_id')
        .innerJoin('blobs', 'blobs.digest', 'deleted_image_blobs.blob')
        .select(BLOB)
        .select('deleted_image_blobs.blob')
        .where('deleted_images.purge_after', '<=', now)
        .where(({ not, exists, selectFrom }) =>
          not(
            exists(
              selectFrom('blob_reviews')
                .select('blob_reviews.digest')
                .whereRef('blob_reviews.digest', '=', 'blobs.digest'),
            ),
          ),
        )
        .where(isFree(now))
        // Of a blob that several such images share, one row.
        .where(({ not, exists, selectFrom }) =>
          not(
            exists(
              selectFrom('deleted_image_blobs as other')
                .select('other.blob')
                .whereRef('other.blob', '=', 'deleted_image_blobs.blob')
                .whereRef('other.deletion_id', '<', 'deleted_image_blobs.deletion_id'),
            ),
          ),
        )
        .orderBy('deleted_image_blobs.blob')
        .limit(limit)
      if (after !== undefined) query = query.where('deleted_image_blobs.blob', '>', after)
      return (await query.execute()).map(({ blob: _, ...row }) => row)
    },

    async bin(now) {
      const { firstAt } = await db
        .selectFrom('deleted_images')
        .select(({ fn }) => fn.min<number | null>('purge_after').as('firstAt'))
        .executeTakeFirstOrThrow()
      const { due } = await db
        .selectFrom('deleted_images')
        .select(({ fn }) => fn.countAll<number>().as('due'))
        .where('purge_after', '<=', now)
        .executeTakeFirstOrThrow()
      return { ...(await binTotals(db)), due: Number(due), firstAt: firstAt ?? undefined }
    },

    dueRemovals: (now, limit) =>
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

    async putPass(row) {
      const figures = {
        ran_by: row.ranBy,
        started_at: row.startedAt,
        duration_ms: row.durationMs,
        uploads_expired: row.uploadsExpired,
        images_purged: row.imagesPurged,
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

    lastPass: () =>
      db
        .selectFrom('passes')
        .select([
          'ran_by as ranBy',
          'started_at as startedAt',
          'duration_ms as durationMs',
          'uploads_expired as uploadsExpired',
          'images_purged as imagesPurged',
          'blobs_collected as blobsCollected',
          'bytes_collected as bytesCollected',
          'keys_removed as keysRemoved',
          'failures',
        ])
        .where('name', '=', PASS)
        .executeTakeFirst(),
  }
}
