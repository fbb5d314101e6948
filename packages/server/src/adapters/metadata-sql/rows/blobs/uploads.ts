import type { Kysely } from 'kysely'
import type { UploadRows } from '../../../../ports/rows/blobs/uploads.ts'
import type { RepositoryId, UploadId } from '../../../../ports/rows/common.ts'
import { toFlag } from '../../columns/stored.ts'
import { isFree, toUpload, UPLOAD } from '../../columns/upload-columns.ts'
import type { Schema } from '../../schema.ts'
import { journal, journalUploads } from './journal.ts'

export function uploadRows(db: Kysely<Schema>): UploadRows {
  const deletion = (id: UploadId, turn: number | undefined) => {
    const query = db.deleteFrom('uploads').where('id', '=', id)
    return turn === undefined ? query : query.where('turn', '=', turn)
  }

  return {
    async create(row) {
      await db
        .insertInto('uploads')
        .values({
          id: row.id,
          repository_id: row.repositoryId,
          storage_key: row.storageKey,
          created_at: row.createdAt,
          expires_at: row.expiresAt,
          parts: row.parts,
          last_part_bytes: row.lastPartBytes,
          has_small_part: toFlag(row.hasSmallPart),
        })
        .execute()
    },

    async find(repositoryId, id) {
      const row = await db
        .selectFrom('uploads')
        .select(UPLOAD)
        .where('id', '=', id)
        .where('repository_id', '=', repositoryId)
        .executeTakeFirst()
      return row && toUpload(row)
    },

    async addPart(id, change) {
      await db
        .updateTable('uploads')
        .set({
          parts: change.parts,
          last_part_bytes: change.lastPartBytes,
          has_small_part: toFlag(change.hasSmallPart),
        })
        .where('id', '=', id)
        .execute()
    },

    async extend(id, expiresAt) {
      await db.updateTable('uploads').set({ expires_at: expiresAt }).where('id', '=', id).execute()
    },

    async complete(id, turn) {
      const { numDeletedRows } = await deletion(id, turn).executeTakeFirstOrThrow()
      return numDeletedRows > 0n
    },

    async cancel(id, turn) {
      const upload = await deletion(id, turn).returning('storage_key').executeTakeFirst()
      if (upload === undefined) return false
      await journal(db, upload.storage_key)
      return true
    },

    async expired(now, limit) {
      const found = await db
        .selectFrom('uploads')
        .select(UPLOAD)
        .where('expires_at', '<=', now)
        .where(isFree(now))
        .orderBy('expires_at')
        .limit(limit)
        .execute()
      return found.map(toUpload)
    },

    async state(now) {
      const count = async (comparison: '>' | '<=') => {
        const { total } = await db
          .selectFrom('uploads')
          .select(({ fn }) => fn.countAll<number>().as('total'))
          .where('expires_at', comparison, now)
          .executeTakeFirstOrThrow()
        return Number(total)
      }
      return { open: await count('>'), expired: await count('<=') }
    },
  }
}

/** Ends every upload of a repository, and journals their storage keys. */
export async function cancelUploads(db: Kysely<Schema>, repositoryId: RepositoryId): Promise<void> {
  await journalUploads(db, repositoryId)
  await db.deleteFrom('uploads').where('repository_id', '=', repositoryId).execute()
}
