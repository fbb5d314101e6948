import {
  type Expression,
  expressionBuilder,
  type Kysely,
  type OnConflictBuilder,
  type SelectQueryBuilder,
  type SqlBool,
  sql,
} from 'kysely'
import type { Digest } from '../../../../domain/digest.ts'
import type { ReviewRows } from '../../../../ports/rows/blobs/reviews.ts'
import type { Page } from '../../../../ports/rows/common.ts'
import { BLOB } from '../../columns/blob-columns.ts'
import type { SqlEngine } from '../../engine.ts'
import type { Schema } from '../../schema.ts'

/**
 * Queues the blobs that a query finds for the collector, at the time `at`. A blob that is queued for a later time
 * keeps that time: whoever asked for it relies on no review before.
 */
export async function queueReviews(
  db: Kysely<Schema>,
  digests: SelectQueryBuilder<Schema, keyof Schema, { digest: Digest }>,
  at: number,
): Promise<void> {
  await db
    .insertInto('blob_reviews')
    .columns(['digest', 'review_after'])
    // Each digest stands once: PostgreSQL does not update a row twice in one statement.
    .expression(digests.distinct().select(sql<number>`cast(${at} as bigint)`.as('review_after')))
    .onConflict(waitLonger)
    .execute()
}

/** Queues one blob, as `queueReviews` does. */
export async function queueReview(db: Kysely<Schema>, digest: Digest, at: number): Promise<void> {
  await db.insertInto('blob_reviews').values({ digest, review_after: at }).onConflict(waitLonger).execute()
}

/** Of two times for one blob the later one counts. */
const waitLonger = (conflict: OnConflictBuilder<Schema, 'blob_reviews'>) =>
  conflict
    .column('digest')
    .doUpdateSet(({ ref }) => ({ review_after: ref('excluded.review_after') }))
    .whereRef('blob_reviews.review_after', '<', 'excluded.review_after')

/** Has a blob that was reviewed wait for the end of its lease, or leave the queue where it has none. */
export async function settleReview(db: Kysely<Schema>, digest: Digest, leaseUntil: number | undefined): Promise<void> {
  if (leaseUntil === undefined) await db.deleteFrom('blob_reviews').where('digest', '=', digest).execute()
  else await db.updateTable('blob_reviews').set({ review_after: leaseUntil }).where('digest', '=', digest).execute()
}

/** A time at which every lease is over. */
const NO_LEASE = Number.MAX_SAFE_INTEGER

/**
 * The condition that a pass at `now` would remove a blob: no manifest and no image that stays in the bin needs it, nor
 * has it a lease that ends after `leasesEndBy`.
 */
function isFree(now: number, leasesEndBy = now): Expression<SqlBool> {
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
      or([eb('repository_blobs.lease_until', '>', leasesEndBy), eb('manifest_blobs.manifest', 'is not', null)]),
    )
  const binned = selectFrom('deleted_image_blobs')
    .innerJoin('deleted_images', 'deleted_images.id', 'deleted_image_blobs.deletion_id')
    .select('deleted_images.id')
    .whereRef('deleted_image_blobs.blob', '=', 'blobs.digest')
    .where('deleted_images.purge_after', '>', now)
  return and([eb('blobs.lease_until', '<=', leasesEndBy), not(exists(link)), not(exists(binned))])
}

export function reviewRows(db: Kysely<Schema>, engine: SqlEngine): ReviewRows {
  const due = (now: number, limit: number) =>
    db.selectFrom('blob_reviews').select('digest').where('review_after', '<=', now).orderBy('review_after').limit(limit)

  /** A page of the queue, with the blobs' own rows. */
  const queued = ({ after, limit }: Page<Digest>) => {
    const query = db
      .selectFrom('blob_reviews')
      .innerJoin('blobs', 'blobs.digest', 'blob_reviews.digest')
      .select(BLOB)
      .orderBy('blob_reviews.digest')
      .limit(limit)
    return after === undefined ? query : query.where('blob_reviews.digest', '>', after)
  }

  return {
    async due(now, limit) {
      return (await due(now, limit).execute()).map(row => row.digest)
    },

    async claim(now, limit) {
      return (await engine.claiming(due(now, limit)).execute()).map(row => row.digest)
    },

    async collectable(now, page) {
      return queued(page).where('blob_reviews.review_after', '<=', now).where(isFree(now)).execute()
    },

    async leased(now, page) {
      return queued(page)
        .select('blob_reviews.review_after as reviewAfter')
        .where('blob_reviews.review_after', '>', now)
        .where(isFree(now, NO_LEASE))
        .execute()
    },

    async unneededOf(repositoryId, now, { after, limit }) {
      let query = db
        .selectFrom('repository_blobs')
        .innerJoin('blob_reviews', 'blob_reviews.digest', 'repository_blobs.digest')
        .innerJoin('blobs', 'blobs.digest', 'repository_blobs.digest')
        .select(BLOB)
        .select('blob_reviews.review_after as reviewAfter')
        .where('repository_blobs.repository_id', '=', repositoryId)
        .where(isFree(now, NO_LEASE))
        .orderBy('repository_blobs.digest')
        .limit(limit)
      if (after !== undefined) query = query.where('repository_blobs.digest', '>', after)
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
        // A blob that several such images share is one row.
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

    async state(now) {
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
  }
}
