import { setImmediate as nextTurn } from 'node:timers/promises'
import { type Kysely, type SelectQueryBuilder, sql } from 'kysely'
import type { DeletionId, RepositoryId } from '../../../../ports/rows/common.ts'
import type { BinRows, BinState } from '../../../../ports/rows/images/bin.ts'
import { binnedImages, withTags } from '../../binned-images.ts'
import { chunksOf } from '../../chunks.ts'
import { SHARED } from '../../columns/manifest-columns.ts'
import { countBin } from '../../counters.ts'
import type { SqlEngine } from '../../engine.ts'
import { restoreImage } from '../../restore-image.ts'
import type { Schema } from '../../schema.ts'
import { queueReviews } from '../blobs/reviews.ts'
import { restoreTags } from './tags.ts'

/** How many repositories are read at a time. */
const REPOSITORIES = 1_000

export function binRows(db: Kysely<Schema>, engine: SqlEngine): BinRows {
  const due = (now: number, limit: number) =>
    binnedImages(db).where('purge_after', '<=', now).orderBy('purge_after').orderBy('id').limit(limit)

  return {
    async add(repositoryId, digests, { deletedAt, deletedBy, reason, purgeAfter }) {
      for (const chunk of chunksOf(digests)) {
        const added = await db
          .insertInto('deleted_images')
          .columns([...SHARED, 'account_id', 'bytes', 'deleted_at', 'deleted_by', 'reason', 'purge_after'])
          .expression(
            db
              .selectFrom('manifests')
              .innerJoin('manifest_bytes', join =>
                join
                  .onRef('manifest_bytes.repository_id', '=', 'manifests.repository_id')
                  .onRef('manifest_bytes.digest', '=', 'manifests.digest'),
              )
              .innerJoin('repositories', 'repositories.id', 'manifests.repository_id')
              .select(SHARED.map(column => `manifests.${column}` as const))
              .select([
                'repositories.account_id',
                'manifest_bytes.bytes',
                sql<number>`cast(${deletedAt} as bigint)`.as('deleted_at'),
                sql<string>`cast(${deletedBy} as text)`.as('deleted_by'),
                sql<string>`cast(${reason} as text)`.as('reason'),
                sql<number>`cast(${purgeAfter} as bigint)`.as('purge_after'),
              ])
              .where('manifests.repository_id', '=', repositoryId)
              .where('manifests.digest', 'in', chunk),
          )
          .returning(['id', 'image_size_bytes'])
          .execute()
        const ids = added.map(row => row.id)
        if (ids.length === 0) continue
        const binned = db.selectFrom('deleted_images').where('deleted_images.id', 'in', ids)
        await copyTags(db, binned)
        await copyReferences(db, binned)
        await countBin(
          db,
          repositoryId,
          added.length,
          added.reduce((sum, row) => sum + row.image_size_bytes, 0),
        )
      }
    },

    async list(repositoryId, { after, limit, notDueAt }) {
      let query = binnedImages(db).where('repository_id', '=', repositoryId).orderBy('id', 'desc').limit(limit)
      if (after !== undefined) query = query.where('id', '<', after)
      if (notDueAt !== undefined) query = query.where('purge_after', '>', notDueAt)
      return withTags(db, await query.execute())
    },

    async listAll(accountId, { after, limit, notDueAt }) {
      let query = binnedImages(db).where('account_id', '=', accountId).orderBy('id', 'desc').limit(limit)
      if (after !== undefined) query = query.where('id', '<', after)
      if (notDueAt !== undefined) query = query.where('purge_after', '>', notDueAt)
      return withTags(db, await query.execute())
    },

    async restore(id, at, leaseUntil) {
      await restoreImage(db, { id, at, leaseUntil })
      const held = await restoreTags(db, id, at)
      await removeBinned(db, [id], at)
      return held
    },

    remove: (ids, at) => removeBinned(db, ids, at),

    async due(now, limit) {
      return withTags(db, await due(now, limit).execute())
    },

    async claimDue(now, limit) {
      return withTags(db, await engine.claiming(due(now, limit)).execute())
    },

    async state(now) {
      // Two statements ask for the two ends: SQLite then reads one entry of the index for each.
      const { firstAt } = await db
        .selectFrom('deleted_images')
        .select(({ fn }) => fn.min<number | null>('purge_after').as('firstAt'))
        .executeTakeFirstOrThrow()
      const { lastAt } = await db
        .selectFrom('deleted_images')
        .select(({ fn }) => fn.max<number | null>('purge_after').as('lastAt'))
        .executeTakeFirstOrThrow()
      const { due } = await db
        .selectFrom('deleted_images')
        .select(({ fn }) => fn.countAll<number>().as('due'))
        .where('purge_after', '<=', now)
        .executeTakeFirstOrThrow()
      return { ...(await binTotals(db)), due: Number(due), firstAt: firstAt ?? undefined, lastAt: lastAt ?? undefined }
    },
  }
}

/**
 * Adds the counters of all repositories' bins, page by page: one sum would keep SQLite's thread for as long as it scans
 * the table.
 */
async function binTotals(db: Kysely<Schema>): Promise<Pick<BinState, 'images' | 'bytes'>> {
  const total = { images: 0, bytes: 0 }
  for (let after = 0; ; ) {
    const page = await db
      .selectFrom('repositories')
      .select(['id', 'bin_count as images', 'bin_bytes as bytes'])
      .where('id', '>', after as RepositoryId)
      .orderBy('id')
      .limit(REPOSITORIES)
      .execute()
    for (const { id, images, bytes } of page) {
      total.images += Number(images)
      total.bytes += Number(bytes)
      after = id
    }
    if (page.length < REPOSITORIES) return total
    await nextTurn()
  }
}

/** As `BinRows.remove`, for callers that have no more than the database. */
async function removeBinned(db: Kysely<Schema>, ids: readonly DeletionId[], at: number): Promise<void> {
  for (const chunk of chunksOf(ids)) {
    const blobs = db.selectFrom('deleted_image_blobs').select('blob as digest').where('deletion_id', 'in', chunk)
    await queueReviews(db, blobs, at)
    for (const table of ['deleted_image_tags', 'deleted_image_blobs', 'deleted_image_children'] as const)
      await db.deleteFrom(table).where('deletion_id', 'in', chunk).execute()
    const removed = await db
      .deleteFrom('deleted_images')
      .where('id', 'in', chunk)
      .returning(['repository_id', 'image_size_bytes'])
      .execute()
    for (const repositoryId of new Set(removed.map(row => row.repository_id))) {
      const images = removed.filter(row => row.repository_id === repositoryId)
      await countBin(
        db,
        repositoryId,
        -images.length,
        images.reduce((sum, row) => sum - row.image_size_bytes, 0),
      )
    }
  }
}

type Binned = SelectQueryBuilder<Schema, 'deleted_images', object>

async function copyTags(db: Kysely<Schema>, binned: Binned): Promise<void> {
  await db
    .insertInto('deleted_image_tags')
    .columns(['deletion_id', 'tag', 'repository_id'])
    .expression(
      binned
        .innerJoin('tags', join =>
          join
            .onRef('tags.repository_id', '=', 'deleted_images.repository_id')
            .onRef('tags.digest', '=', 'deleted_images.digest'),
        )
        .select(['deleted_images.id', 'tags.tag', 'tags.repository_id']),
    )
    .execute()
}

async function copyReferences(db: Kysely<Schema>, binned: Binned): Promise<void> {
  await db
    .insertInto('deleted_image_blobs')
    .columns(['deletion_id', 'blob'])
    .expression(
      binned
        .innerJoin('manifest_blobs', join =>
          join
            .onRef('manifest_blobs.repository_id', '=', 'deleted_images.repository_id')
            .onRef('manifest_blobs.manifest', '=', 'deleted_images.digest'),
        )
        .select(['deleted_images.id', 'manifest_blobs.blob']),
    )
    .execute()
  await db
    .insertInto('deleted_image_children')
    .columns(['deletion_id', 'child', 'repository_id'])
    .expression(
      binned
        .innerJoin('manifest_children', join =>
          join
            .onRef('manifest_children.repository_id', '=', 'deleted_images.repository_id')
            .onRef('manifest_children.parent', '=', 'deleted_images.digest'),
        )
        .select(['deleted_images.id', 'manifest_children.child', 'manifest_children.repository_id']),
    )
    .execute()
}
