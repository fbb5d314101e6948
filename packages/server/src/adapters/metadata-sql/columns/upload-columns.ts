import type { ExpressionBuilder } from 'kysely'
import { LONGEST_TURN_MS } from '../../../ports/rows/blobs/upload-claims.ts'
import type { UploadRow } from '../../../ports/rows/blobs/uploads.ts'
import type { Schema } from '../schema.ts'
import type { Stored } from './stored.ts'

export const UPLOAD = [
  'id',
  'repository_id as repositoryId',
  'storage_key as storageKey',
  'created_at as createdAt',
  'expires_at as expiresAt',
  'parts',
  'last_part_bytes as lastPartBytes',
  'has_small_part as hasSmallPart',
] as const

/** The condition that no server has the upload. */
export const isFree =
  (now: number) =>
  ({ or, eb }: ExpressionBuilder<Schema, 'uploads'>) =>
    or([eb('turn_until', '<=', now), eb('turn_until', '>', now + LONGEST_TURN_MS)])

export const toUpload = (row: Stored<UploadRow>): UploadRow => ({ ...row, hasSmallPart: row.hasSmallPart === 1 })
