import { type Kysely, type Selectable, sql } from 'kysely'
import type { Digest } from '../../../../domain/digest.ts'
import type { Tag } from '../../../../domain/names.ts'
import { naturalKey } from '../../../../domain/natural-order.ts'
import type { DeletionId, RepositoryId } from '../../../../ports/rows/common.ts'
import type { TagRow, TagRows } from '../../../../ports/rows/images/tags.ts'
import { chunksOf, readInChunks } from '../../chunks.ts'
import { hotQuery } from '../../hot-query.ts'
import { PAGE, readInPages } from '../../pages.ts'
import type { Schema } from '../../schema.ts'

/** The tags of one statement. */
const INSERTED = 250

export const TAG = ['repository_id as repositoryId', 'tag', 'digest', 'created_at as createdAt'] as const

const firstTags = hotQuery((db, values: { repositoryId: RepositoryId; digest: Digest; limit: number }) =>
  db
    .selectFrom('tags')
    .select('tag')
    .where('repository_id', '=', values.repositoryId)
    .where('digest', '=', values.digest)
    .orderBy('tag')
    .limit(sql.val(values.limit)),
)

export function tagRows(db: Kysely<Schema>): TagRows {
  const tagsIn = (repositoryId: RepositoryId) =>
    db.selectFrom('tags').select(TAG).where('repository_id', '=', repositoryId)

  const inOrder = (repositoryId: RepositoryId) => tagsIn(repositoryId).orderBy('digest').orderBy('tag').limit(PAGE)

  return {
    async put(rows) {
      for (let start = 0; start < rows.length; start += INSERTED) {
        const values = rows.slice(start, start + INSERTED).map(row => ({
          repository_id: row.repositoryId,
          tag: row.tag,
          digest: row.digest,
          created_at: row.createdAt,
          sort_key: naturalKey(row.tag),
        }))
        await db
          .insertInto('tags')
          .values(values)
          .onConflict(conflict =>
            conflict
              .columns(['repository_id', 'tag'])
              .doUpdateSet(({ ref }) => ({ digest: ref('excluded.digest'), created_at: ref('excluded.created_at') }))
              .whereRef('tags.digest', '<>', 'excluded.digest'),
          )
          .execute()
      }
    },

    async delete(repositoryId, tags) {
      for (const chunk of chunksOf(tags)) {
        await db.deleteFrom('tags').where('repository_id', '=', repositoryId).where('tag', 'in', chunk).execute()
      }
    },

    async find(repositoryId, tags) {
      const found = await readInChunks(tags, chunk => tagsIn(repositoryId).where('tag', 'in', chunk).execute())
      return found.sort(byTag)
    },

    of: (repositoryId, digests) =>
      readInPages(digests, {
        keyOf: row => row.digest,
        first: some => inOrder(repositoryId).where('digest', 'in', some).execute(),
        after: ({ digest, tag }) => inOrder(repositoryId).where('digest', '=', digest).where('tag', '>', tag).execute(),
      }),

    async count(repositoryId, digests) {
      const counts = await readInChunks(digests, chunk =>
        db
          .selectFrom('tags')
          .select(({ fn }) => fn.countAll<number>().as('total'))
          .where('repository_id', '=', repositoryId)
          .where('digest', 'in', chunk)
          .execute(),
      )
      return counts.reduce((sum, { total }) => sum + Number(total), 0)
    },

    async names(repositoryId, { after, limit }) {
      let query = db.selectFrom('tags').select('tag').where('repository_id', '=', repositoryId)
      if (after !== undefined) query = query.where('tag', '>', after)
      return (await query.orderBy('tag').limit(limit).execute()).map(({ tag }) => tag)
    },

    async list(repositoryId, { after, limit }) {
      let query = tagsIn(repositoryId).orderBy('tag').limit(limit)
      if (after !== undefined) query = query.where('tag', '>', after)
      return query.execute()
    },

    async newest(repositoryId, { after, limit }) {
      let query = tagsIn(repositoryId)
      if (after !== undefined)
        query = query.where(({ eb, refTuple, tuple }) =>
          eb(refTuple('created_at', 'tag'), '<', tuple(after.createdAt, after.tag)),
        )
      return query.orderBy('created_at', 'desc').orderBy('tag', 'desc').limit(limit).execute()
    },

    async firstOf(repositoryId, digest, limit) {
      const found = await firstTags(db, { repositoryId, digest, limit })
      return found.map(row => row.tag)
    },
  }
}

/** Notes the keys that tags are sorted by. Tags that are gone stay so. */
export async function setSortKeys(
  db: Kysely<Schema>,
  tags: readonly Pick<Selectable<Schema['tags']>, 'repository_id' | 'tag'>[],
): Promise<void> {
  for (let start = 0; start < tags.length; start += INSERTED) {
    const values = tags
      .slice(start, start + INSERTED)
      .map(({ repository_id, tag }) => sql`(${sql.lit(repository_id)}, ${tag}, ${naturalKey(tag)})`)
    await sql`update tags set sort_key = given.column3 from (values ${sql.join(values)}) as given
      where tags.repository_id = given.column1 and tags.tag = given.column2`.execute(db)
  }
}

/** Deletes every tag of these manifests. */
export async function deleteTagsOf(
  db: Kysely<Schema>,
  repositoryId: RepositoryId,
  digests: readonly Digest[],
): Promise<void> {
  await db.deleteFrom('tags').where('repository_id', '=', repositoryId).where('digest', 'in', digests).execute()
}

/**
 * Points the tags that lead nowhere at the image that had them. Returns the other tags in their byte order, with the
 * images that have them.
 */
export async function restoreTags(
  db: Kysely<Schema>,
  id: DeletionId,
  at: number,
): Promise<{ tag: Tag; digest: Digest }[]> {
  const held = await tagsNow(db, id).select(['tags.tag', 'tags.digest']).orderBy('deleted_image_tags.tag').execute()
  await db
    .insertInto('tags')
    .columns(['repository_id', 'tag', 'digest', 'created_at'])
    .expression(
      db
        .selectFrom('deleted_image_tags')
        .innerJoin('deleted_images', 'deleted_images.id', 'deleted_image_tags.deletion_id')
        .select(['deleted_images.repository_id', 'tag', 'digest', sql<number>`cast(${at} as bigint)`.as('created_at')])
        .where('deletion_id', '=', id),
    )
    .onConflict(conflict => conflict.columns(['repository_id', 'tag']).doNothing())
    .execute()
  const restored = tagsNow(db, id).select(['tags.repository_id', 'tags.tag']).where('tags.sort_key', 'is', null)
  await setSortKeys(db, await restored.execute())
  return held
}

/** The tags that a deleted image had, as they lead now. */
const tagsNow = (db: Kysely<Schema>, id: DeletionId) =>
  db
    .selectFrom('deleted_image_tags')
    .innerJoin('tags', join =>
      join
        .onRef('tags.repository_id', '=', 'deleted_image_tags.repository_id')
        .onRef('tags.tag', '=', 'deleted_image_tags.tag'),
    )
    .where('deletion_id', '=', id)

/**
 * Tags are ASCII, where the order of UTF-16 units is the order of bytes. Sets are sorted here: asked for
 * the order of tags, SQLite would walk over all tags of the repository to find those of a few digests.
 */
const byTag = (a: TagRow, b: TagRow) => (a.tag < b.tag ? -1 : a.tag > b.tag ? 1 : 0)
