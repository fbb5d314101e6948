import { type Kysely, sql } from 'kysely'
import type { RepositoryId } from '../../ports/rows/common.ts'
import type { Schema } from './schema.ts'

/** Adds to `imageCount`, which keeps it right when images come or go. */
export async function countImages(db: Kysely<Schema>, id: RepositoryId, change: number): Promise<void> {
  await db
    .updateTable('repositories')
    .set(({ eb }) => ({ image_count: eb('image_count', '+', change) }))
    .where('id', '=', id)
    .execute()
}

/** As `countImages`, for an image that was pushed: the repository remembers when. */
export async function countPush(db: Kysely<Schema>, id: RepositoryId, pushedAt: number): Promise<void> {
  await db
    .updateTable('repositories')
    .set(({ eb }) => ({ image_count: eb('image_count', '+', 1), last_pushed_at: pushedAt }))
    .where('id', '=', id)
    .execute()
}

/**
 * Fills in the time of the last push for repositories from before it was kept: that of their newest image, or their own
 * where there is none.
 */
export async function notePushTimes(db: Kysely<Schema>, ids: readonly RepositoryId[]): Promise<void> {
  const newest = sql<number>`coalesce(
    (select max(pushed_at) from manifests where repository_id = repositories.id), created_at)`
  await db.updateTable('repositories').set({ last_pushed_at: newest }).where('id', 'in', ids).execute()
}

/** Adds to `binCount` and `binBytes`, which keeps both right when deleted images come or go. */
export async function countBin(db: Kysely<Schema>, id: RepositoryId, images: number, bytes: number): Promise<void> {
  await db
    .updateTable('repositories')
    .set(({ eb }) => ({ bin_count: eb('bin_count', '+', images), bin_bytes: eb('bin_bytes', '+', bytes) }))
    .where('id', '=', id)
    .execute()
}

export const liveCount = sql<number>`(select count(*) from manifests where repository_id = repositories.id)`
export const binnedCount = sql<number>`(select count(*) from deleted_images where repository_id = repositories.id)`
export const binnedBytes = sql<number>`(select coalesce(sum(image_size_bytes), 0) from deleted_images
  where repository_id = repositories.id)`

/** Sets a repository's counters to its counts. */
export async function recount(db: Kysely<Schema>, id: RepositoryId): Promise<void> {
  await db
    .updateTable('repositories')
    .set({ image_count: liveCount, bin_count: binnedCount, bin_bytes: binnedBytes })
    .where('id', '=', id)
    .execute()
}
