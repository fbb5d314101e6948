import { type Kysely, type SelectQueryBuilder, sql } from 'kysely'
import type { Digest } from '../../../../domain/digest.ts'
import type { Schema } from '../../schema.ts'

/**
 * Queues the blobs that a query finds for the collector, at `at` or at the later time at which they are
 * queued already: whoever asked for that time relies on no review before it.
 */
export async function queueReviews(
  db: Kysely<Schema>,
  digests: SelectQueryBuilder<Schema, keyof Schema, { digest: Digest }>,
  at: number,
): Promise<void> {
  await db
    .insertInto('blob_reviews')
    .columns(['digest', 'review_after'])
    // Each digest once: PostgreSQL does not update a row twice in one statement.
    .expression(digests.distinct().select(sql<number>`cast(${at} as bigint)`.as('review_after')))
    .onConflict(conflict =>
      conflict
        .column('digest')
        .doUpdateSet(({ ref }) => ({ review_after: ref('excluded.review_after') }))
        .whereRef('blob_reviews.review_after', '<', 'excluded.review_after'),
    )
    .execute()
}

/** The same for one blob. */
export async function queueReview(db: Kysely<Schema>, digest: Digest, at: number): Promise<void> {
  await db
    .insertInto('blob_reviews')
    .values({ digest, review_after: at })
    .onConflict(conflict =>
      conflict
        .column('digest')
        .doUpdateSet(({ ref }) => ({ review_after: ref('excluded.review_after') }))
        .whereRef('blob_reviews.review_after', '<', 'excluded.review_after'),
    )
    .execute()
}
