import type { Kysely } from 'kysely'
import type { RepositoryId } from '../../../../ports/rows/common.ts'
import type { ImageRows } from '../../../../ports/rows/images/images.ts'
import type { TagRow } from '../../../../ports/rows/images/tags.ts'
import { chunksOf, readInChunks } from '../../chunks.ts'
import { PAGE, readInPages } from '../../pages.ts'
import type { Schema } from '../../schema.ts'

/** Tags of one statement. */
const INSERTED = 250

type TagRows = Pick<ImageRows, 'putTags' | 'deleteTags' | 'findTags' | 'tagsOf' | 'countTags' | 'listTags'>

/** The part of `ImageRows` that is about tags. */
export function tagRows(db: Kysely<Schema>): TagRows {
  const tagsIn = (repositoryId: RepositoryId) =>
    db
      .selectFrom('tags')
      .select(['repository_id as repositoryId', 'tag', 'digest', 'created_at as createdAt'])
      .where('repository_id', '=', repositoryId)

  const inOrder = (repositoryId: RepositoryId) => tagsIn(repositoryId).orderBy('digest').orderBy('tag').limit(PAGE)

  return {
    async putTags(rows) {
      for (let start = 0; start < rows.length; start += INSERTED) {
        const values = rows.slice(start, start + INSERTED).map(({ repositoryId, tag, digest, createdAt }) => ({
          ...{ repository_id: repositoryId, tag, digest, created_at: createdAt },
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

    async deleteTags(repositoryId, tags) {
      for (const chunk of chunksOf(tags)) {
        await db.deleteFrom('tags').where('repository_id', '=', repositoryId).where('tag', 'in', chunk).execute()
      }
    },

    async findTags(repositoryId, tags) {
      const found = await readInChunks(tags, chunk => tagsIn(repositoryId).where('tag', 'in', chunk).execute())
      return found.sort(byTag)
    },

    tagsOf: (repositoryId, digests) =>
      readInPages(digests, {
        keyOf: row => row.digest,
        first: some => inOrder(repositoryId).where('digest', 'in', some).execute(),
        after: ({ digest, tag }) => inOrder(repositoryId).where('digest', '=', digest).where('tag', '>', tag).execute(),
      }),

    async countTags(repositoryId, digests) {
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

    async listTags(repositoryId, { after, limit }) {
      let query = tagsIn(repositoryId).orderBy('tag').limit(limit)
      if (after !== undefined) query = query.where('tag', '>', after)
      return query.execute()
    },
  }
}

/**
 * Tags are ASCII, where the order of UTF-16 units is the order of bytes. Sets are sorted here: asked for
 * the order of tags, SQLite would walk over all tags of the repository to find those of a few digests.
 */
const byTag = (a: TagRow, b: TagRow) => (a.tag < b.tag ? -1 : a.tag > b.tag ? 1 : 0)
