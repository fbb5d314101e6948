import { type Kysely, sql } from 'kysely'
import { naturalKey } from '../../../../domain/natural-order.ts'
import type { TagOrderRows } from '../../../../ports/rows/gallery/tag-order.ts'
import type { Schema } from '../../schema.ts'
import { setSortKeys, TAG } from '../images/tags.ts'

/** The key of the order, as the index says it. */
const KEY = sql<string>`coalesce(sort_key, tag)`

export function tagOrderRows(db: Kysely<Schema>): TagOrderRows {
  const lacking = (limit: number) =>
    db.selectFrom('tags').select(['repository_id', 'tag']).where('sort_key', 'is', null).limit(limit).execute()

  return {
    async list(repositoryId, { after, limit }) {
      let query = db.selectFrom('tags').select(TAG).where('repository_id', '=', repositoryId)
      if (after !== undefined) {
        const held = await db
          .selectFrom('tags')
          .select(KEY.as('key'))
          .where('repository_id', '=', repositoryId)
          .where('tag', '=', after)
          .executeTakeFirst()
        // A tag that was deleted meanwhile has stood here as well.
        const key = held?.key ?? naturalKey(after)
        query = query.where(KEY, '>=', key).where(({ or, eb }) => or([eb(KEY, '>', key), eb('tag', '>', after)]))
      }
      return query.orderBy(KEY).orderBy('tag').limit(limit).execute()
    },

    async fill(limit) {
      const found = await lacking(limit)
      await setSortKeys(db, found)
      return found.length
    },

    isLacking: async () => (await lacking(1)).length > 0,
  }
}
