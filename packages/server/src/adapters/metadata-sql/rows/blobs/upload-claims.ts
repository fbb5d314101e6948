import type { Kysely } from 'kysely'
import type { UploadClaimRows, UploadWish } from '../../../../ports/rows/blobs/upload-claims.ts'
import type { RepositoryId, UploadId } from '../../../../ports/rows/common.ts'
import { isFree, toUpload, UPLOAD } from '../../columns/upload-columns.ts'
import type { Schema } from '../../schema.ts'

export function uploadClaimRows(db: Kysely<Schema>): UploadClaimRows {
  const isOpen = async (repositoryId: RepositoryId, id: UploadId) => {
    const row = await db
      .selectFrom('uploads')
      .select('id')
      .where('id', '=', id)
      .where('repository_id', '=', repositoryId)
      .executeTakeFirst()
    return row !== undefined
  }

  return {
    async claim(repositoryId, id, { now, until }) {
      const claimed = await db
        .updateTable('uploads')
        .set(({ eb }) => ({ turn: eb('turn', '+', 1), turn_until: until, wish: null }))
        .where('id', '=', id)
        .where('repository_id', '=', repositoryId)
        .where(isFree(now))
        .returning([...UPLOAD, 'turn', 'hashed_digest', 'hashed_bytes'])
        .executeTakeFirst()
      if (claimed === undefined) return (await isOpen(repositoryId, id)) ? 'taken' : undefined
      const { turn, hashed_digest: digest, hashed_bytes: sizeBytes, ...upload } = claimed
      const hashed = digest === null || sizeBytes === null ? undefined : { digest, sizeBytes }
      return { upload: toUpload(upload), turn, hashed }
    },

    async ask(id, now, wish) {
      const { numUpdatedRows } = await db
        .updateTable('uploads')
        .set({ wish: JSON.stringify(wish) })
        .where('id', '=', id)
        .where(({ not }) => not(isFree(now)))
        .executeTakeFirstOrThrow()
      return numUpdatedRows > 0n
    },

    async last(id) {
      const row = await db
        .selectFrom('uploads')
        .select(['turn', 'turn_until as until', 'wish'])
        .where('id', '=', id)
        .executeTakeFirst()
      return row && { ...row, wish: row.wish === null ? undefined : (JSON.parse(row.wish) as UploadWish) }
    },

    async grant(id, turn) {
      await db.updateTable('uploads').set({ wish: null }).where('id', '=', id).where('turn', '=', turn).execute()
    },

    async renew(id, turn, until) {
      const { numUpdatedRows } = await db
        .updateTable('uploads')
        .set({ turn_until: until })
        .where('id', '=', id)
        .where('turn', '=', turn)
        .executeTakeFirstOrThrow()
      return numUpdatedRows > 0n
    },

    async release(id, turn, hashed) {
      await db
        .updateTable('uploads')
        .set({
          turn_until: 0,
          hashed_digest: hashed?.digest ?? null,
          hashed_bytes: hashed?.sizeBytes ?? null,
          wish: null,
        })
        .where('id', '=', id)
        .where('turn', '=', turn)
        .execute()
    },
  }
}
