import type { Kysely } from 'kysely'
import type { BlobRows } from '../../ports/rows/blobs/blobs.ts'
import type { SqlEngine } from './engine.ts'
import type { Schema } from './schema.ts'

/** The part of `BlobRows` that only the collector uses. */
export function collectorRows(
  db: Kysely<Schema>,
  engine: SqlEngine,
): Pick<BlobRows, 'dueReviews' | 'claimReviews' | 'collect'> {
  const dueReviews = (now: number, limit: number) =>
    db.selectFrom('blob_reviews').select('digest').where('review_after', '<=', now).orderBy('review_after').limit(limit)

  return {
    async dueReviews(now, limit) {
      return (await dueReviews(now, limit).execute()).map(row => row.digest)
    },

    async claimReviews(now, limit) {
      return (await engine.claiming(dueReviews(now, limit)).execute()).map(row => row.digest)
    },

    async collect(digest, now) {
      // Claim and check are one statement each: no push can come between them on any engine.
      await db
        .deleteFrom('repository_blobs')
        .where('digest', '=', digest)
        .where('lease_until', '<=', now)
        .where(({ not, exists, selectFrom }) =>
          not(
            exists(
              selectFrom('manifest_blobs')
                .select('manifest')
                .whereRef('manifest_blobs.repository_id', '=', 'repository_blobs.repository_id')
                .whereRef('manifest_blobs.blob', '=', 'repository_blobs.digest'),
            ),
          ),
        )
        .execute()
      const collected = await db
        .deleteFrom('blobs')
        .where('digest', '=', digest)
        .where('lease_until', '<=', now)
        .where(({ not, exists, selectFrom }) =>
          not(
            exists(
              selectFrom('repository_blobs')
                .select('repository_id')
                .whereRef('repository_blobs.digest', '=', 'blobs.digest'),
            ),
          ),
        )
        .where(({ not, exists, selectFrom }) =>
          not(
            exists(
              selectFrom('deleted_image_blobs')
                .select('deletion_id')
                .whereRef('deleted_image_blobs.blob', '=', 'blobs.digest'),
            ),
          ),
        )
        .returning(['digest', 'size_bytes as sizeBytes', 'storage_key as storageKey'])
        .executeTakeFirst()
      if (collected !== undefined)
        await db.insertInto('removals').values({ storage_key: collected.storageKey }).execute()

      // No link's lease outlives the blob's, so that one time is enough.
      const leased = await db
        .selectFrom('blobs')
        .select('lease_until')
        .where('digest', '=', digest)
        .where('lease_until', '>', now)
        .executeTakeFirst()
      if (leased === undefined) await db.deleteFrom('blob_reviews').where('digest', '=', digest).execute()
      else {
        await db
          .updateTable('blob_reviews')
          .set({ review_after: leased.lease_until })
          .where('digest', '=', digest)
          .execute()
      }
      return collected
    },
  }
}
