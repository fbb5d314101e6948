import { setImmediate as nextTurn } from 'node:timers/promises'
import { type Kysely, type SelectQueryBuilder, sql } from 'kysely'
import type { Digest } from '../../../../domain/digest.ts'
import type { Tag } from '../../../../domain/names.ts'
import type { DeletionId, RepositoryId } from '../../../../ports/rows/common.ts'
import type { BinRow, BinRows, BinState } from '../../../../ports/rows/images/bin.ts'
import { chunksOf, readInChunks } from '../../chunks.ts'
import type { Stored } from '../../columns.ts'
import type { SqlEngine } from '../../engine.ts'
import { MANIFEST, toManifest } from '../../manifest-columns.ts'
import { PAGE, readInPages } from '../../pages.ts'
import { restoreImage, restoreTags, SHARED } from '../../restore-image.ts'
import type { Schema } from '../../schema.ts'
import { queueReviews } from '../blobs/reviews.ts'

/** Repositories read at a time. */
const REPOSITORIES = 1_000

const DELETION = [
  'id',
  'deleted_at as deletedAt',
  'deleted_by as deletedBy',
  'reason',
  'purge_after as purgeAfter',
] as const

type TagOfDeletion = Pick<Schema['deleted_image_tags'], 'deletion_id' | 'tag'>
type StoredRow = Stored<Omit<BinRow, 'tags'>>

export function binRows(db: Kysely<Schema>, engine: SqlEngine): BinRows {
  const rows = () => db.selectFrom('deleted_images').select(MANIFEST).select(DELETION)

  const due = (now: number, limit: number) =>
    rows().where('purge_after', '<=', now).orderBy('purge_after').orderBy('id').limit(limit)

  const tagsInOrder = db
    .selectFrom('deleted_image_tags')
    .select(['deletion_id', 'tag'])
    .orderBy('deletion_id')
    .orderBy('tag')
    .limit(PAGE)

  async function withTags(found: readonly StoredRow[]): Promise<BinRow[]> {
    const ids = found.map(row => row.id)
    const tagged = await readInPages(ids, {
      keyOf: (row: TagOfDeletion) => row.deletion_id,
      first: some => tagsInOrder.where('deletion_id', 'in', some).execute(),
      after: ({ deletion_id, tag }) =>
        tagsInOrder.where('deletion_id', '=', deletion_id).where('tag', '>', tag).execute(),
    })
    const tags = new Map<DeletionId, Tag[]>(ids.map(id => [id, []]))
    for (const row of tagged) tags.get(row.deletion_id)?.push(row.tag)
    return found.map(row => ({ ...toManifest(row), tags: tags.get(row.id) ?? [] }))
  }

  const deletionsOf = async (repositoryId: RepositoryId, digests: readonly Digest[], now: number) => {
    const found = await readInChunks(digests, chunk =>
      rows()
        .where('repository_id', '=', repositoryId)
        .where('digest', 'in', chunk)
        .where('purge_after', '>', now)
        .execute(),
    )
    return found.sort(byId)
  }

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
      let query = rows().where('repository_id', '=', repositoryId).orderBy('id', 'desc').limit(limit)
      if (after !== undefined) query = query.where('id', '<', after)
      if (notDueAt !== undefined) query = query.where('purge_after', '>', notDueAt)
      return withTags(await query.execute())
    },

    async listAll(accountId, { after, limit, notDueAt }) {
      let query = rows().where('account_id', '=', accountId).orderBy('id', 'desc').limit(limit)
      if (after !== undefined) query = query.where('id', '<', after)
      if (notDueAt !== undefined) query = query.where('purge_after', '>', notDueAt)
      return withTags(await query.execute())
    },

    async newest(repositoryId, digests, now) {
      const found = await deletionsOf(repositoryId, digests, now)
      const newest = new Map<Digest, StoredRow>(found.map(row => [row.digest, row]))
      return withTags([...newest.values()])
    },

    async deletions(repositoryId, digests, now) {
      return withTags(await deletionsOf(repositoryId, digests, now))
    },

    async newestTagged(repositoryId, tags, now) {
      const tagged = await readInChunks(tags, chunk =>
        db
          .selectFrom('deleted_image_tags')
          .innerJoin('deleted_images', 'deleted_images.id', 'deleted_image_tags.deletion_id')
          .select(['deleted_image_tags.tag', 'deleted_images.id'])
          .where('deleted_image_tags.repository_id', '=', repositoryId)
          .where('deleted_image_tags.tag', 'in', chunk)
          .where('deleted_images.purge_after', '>', now)
          .execute(),
      )
      const newest = new Map<Tag, DeletionId>(tagged.sort(byId).map(row => [row.tag, row.id]))
      const found = await readInChunks([...new Set(newest.values())], chunk =>
        rows().where('id', 'in', chunk).execute(),
      )
      const rowOf = new Map((await withTags(found)).map(row => [row.id, row]))
      return new Map(
        [...newest].flatMap(([tag, id]) => {
          const row = rowOf.get(id)
          return row === undefined ? [] : [[tag, row] as const]
        }),
      )
    },

    async children(id) {
      const rows = await db.selectFrom('deleted_image_children').select('child').where('deletion_id', '=', id).execute()
      return rows.map(row => row.child)
    },

    async restore(id, at, leaseUntil) {
      await restoreImage(db, { id, at, leaseUntil })
      const held = await restoreTags(db, { id, at, leaseUntil })
      await removeBinned(db, [id], at)
      return held
    },

    async attached({ id, repositoryId, digest, deletedAt }, now) {
      const found = await rows()
        .where('repository_id', '=', repositoryId)
        .where('subject', '=', digest)
        .where('purge_after', '>', now)
        .where(({ or, eb }) => or([eb('id', '>', id), eb('deleted_at', '>=', deletedAt)]))
        .where(({ not, exists, selectFrom }) =>
          not(
            exists(
              selectFrom('deleted_image_tags')
                .select('tag')
                .whereRef('deleted_image_tags.deletion_id', '=', 'deleted_images.id'),
            ),
          ),
        )
        .execute()
      return [...new Map(found.sort(byId).map(row => [row.digest, row])).values()].map(row => ({
        ...toManifest(row),
        tags: [],
      }))
    },

    parents: (repositoryId, children, now) =>
      readInChunks(children, chunk =>
        db
          .selectFrom('deleted_image_children')
          .innerJoin('deleted_images', 'deleted_images.id', 'deleted_image_children.deletion_id')
          .select([
            'child',
            'deleted_images.digest as parent',
            'deleted_images.id',
            'deleted_images.purge_after as purgeAfter',
          ])
          .where('deleted_image_children.repository_id', '=', repositoryId)
          .where('child', 'in', chunk)
          .where('deleted_images.purge_after', '>', now)
          .execute(),
      ),

    remove: (ids, at) => removeBinned(db, ids, at),

    async due(now, limit) {
      return withTags(await due(now, limit).execute())
    },

    async claimDue(now, limit) {
      return withTags(await engine.claiming(due(now, limit)).execute())
    },

    async state(now) {
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
  }
}

/**
 * What the counters of all repositories say of their bins. Page by page: one sum would keep SQLite's thread for as long
 * as it scans the table.
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

/** `BinRows.remove`, for whoever holds no more than the database. */
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

async function countBin(db: Kysely<Schema>, id: RepositoryId, images: number, bytes: number): Promise<void> {
  await db
    .updateTable('repositories')
    .set(({ eb }) => ({ bin_count: eb('bin_count', '+', images), bin_bytes: eb('bin_bytes', '+', bytes) }))
    .where('id', '=', id)
    .execute()
}

/** Sets are sorted here: asked for the order of ids, SQLite would walk over the repository's whole bin. */
const byId = (a: { readonly id: DeletionId }, b: { readonly id: DeletionId }) => a.id - b.id
