import type { Kysely } from 'kysely'
import type { Digest } from '../../../../domain/digest.ts'
import type { Tag } from '../../../../domain/names.ts'
import type { DeletionId, RepositoryId } from '../../../../ports/rows/common.ts'
import type { RestorableRows } from '../../../../ports/rows/images/restorable.ts'
import { binnedImages, type StoredRow, withTags } from '../../binned-images.ts'
import { readInChunks } from '../../chunks.ts'
import { toManifest } from '../../columns/manifest-columns.ts'
import type { Schema } from '../../schema.ts'

export function restorableRows(db: Kysely<Schema>): RestorableRows {
  const deletionsOf = async (repositoryId: RepositoryId, digests: readonly Digest[], now: number) => {
    const found = await readInChunks(digests, chunk =>
      binnedImages(db)
        .where('repository_id', '=', repositoryId)
        .where('digest', 'in', chunk)
        .where('purge_after', '>', now)
        .execute(),
    )
    return found.sort(byId)
  }

  return {
    async newest(repositoryId, digests, now) {
      const found = await deletionsOf(repositoryId, digests, now)
      const newest = new Map<Digest, StoredRow>(found.map(row => [row.digest, row]))
      return withTags(db, [...newest.values()])
    },

    async deletions(repositoryId, digests, now) {
      return withTags(db, await deletionsOf(repositoryId, digests, now))
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
        binnedImages(db).where('id', 'in', chunk).execute(),
      )
      const rowOf = new Map((await withTags(db, found)).map(row => [row.id, row]))
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

    async attached({ id, repositoryId, digest, deletedAt }, now) {
      const found = await binnedImages(db)
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
  }
}

/** Sets are sorted here: asked for the order of ids, SQLite would walk over the repository's whole bin. */
const byId = (a: { readonly id: DeletionId }, b: { readonly id: DeletionId }) => a.id - b.id
