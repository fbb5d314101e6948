import type { ExpressionBuilder, Kysely } from 'kysely'
import type { UploadRow, UploadRows, UploadWish } from '../../../../ports/rows/blobs/uploads.ts'
import type { UploadId } from '../../../../ports/rows/common.ts'
import { type Stored, toFlag } from '../../columns.ts'
import type { Schema } from '../../schema.ts'
import { journal } from './journal.ts'

const UPLOAD = [
  'id',
  'repository_id as repositoryId',
  'storage_key as storageKey',
  'created_at as createdAt',
  'expires_at as expiresAt',
  'parts',
  'last_part_bytes as lastPartBytes',
  'has_small_part as hasSmallPart',
] as const

export function uploadRows(db: Kysely<Schema>): UploadRows {
  const find: UploadRows['find'] = async (repositoryId, id) => {
    const row = await db
      .selectFrom('uploads')
      .select(UPLOAD)
      .where('id', '=', id)
      .where('repository_id', '=', repositoryId)
      .executeTakeFirst()
    return row && toUpload(row)
  }
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

    find,

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

    async claim(repositoryId, id, { now, until }) {
      const claimed = await db
        .updateTable('uploads')
        .set(({ eb }) => ({ turn: eb('turn', '+', 1), turn_until: until, wish: null }))
        .where('id', '=', id)
        .where('repository_id', '=', repositoryId)
        .where(isFree(now))
        .returning([...UPLOAD, 'turn', 'hashed_digest', 'hashed_bytes'])
        .executeTakeFirst()
      if (claimed === undefined) return (await find(repositoryId, id)) && 'taken'
      const { turn, hashed_digest: digest, hashed_bytes: sizeBytes, ...upload } = claimed
      const hashed = digest === null || sizeBytes === null ? undefined : { digest, sizeBytes }
      return { upload: toUpload(upload), turn, hashed }
    },

    async ask(id, now, wish) {
      const { numUpdatedRows } = await db
        .updateTable('uploads')
        .set({ wish: JSON.stringify(wish) })
        .where('id', '=', id)
        .where('turn_until', '>', now)
        .executeTakeFirstOrThrow()
      return numUpdatedRows > 0n
    },

    async lastClaim(id) {
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

/** No turn is taken for as long as a minute: what lies further ahead is of a clock that was wrong. */
const LONGEST_TURN_MS = 60_000

const isFree =
  (now: number) =>
  ({ or, eb }: ExpressionBuilder<Schema, 'uploads'>) =>
    or([eb('turn_until', '<=', now), eb('turn_until', '>', now + LONGEST_TURN_MS)])

const toUpload = (row: Stored<UploadRow>): UploadRow => ({ ...row, hasSmallPart: row.hasSmallPart === 1 })
