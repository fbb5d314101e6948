import type { MovedTable } from '../../ports/rows/move/tables.ts'
import type { Schema } from './schema.ts'

type TableName = keyof Schema

const PAGE_ROWS = 500
/** The rows of a page of tables with documents of up to 4 MiB a row. */
const PAGE_DOCUMENTS = 16

const table = <Name extends TableName>(
  name: Name,
  key: readonly (keyof Schema[Name] & string)[],
  { hasIdentity = false, pageRows = PAGE_ROWS }: Partial<Pick<MovedTable, 'hasIdentity' | 'pageRows'>> = {},
) => ({ name, key, hasIdentity, pageRows })

/** The tables that a move takes along, each behind those that its foreign keys name. */
export const MOVED_TABLES = [
  table('registries', ['account_id']),
  table('aliases', ['alias']),
  table('users', ['account_id', 'user_name']),
  table('user_policies', ['account_id', 'user_name', 'policy_name']),
  table('access_keys', ['access_key_id']),
  table('signing_keys', ['id']),
  table('ended_sessions', ['session_id']),
  table('repositories', ['id'], { hasIdentity: true }),
  table('logos', ['logo_id'], { pageRows: PAGE_DOCUMENTS }),
  table('blobs', ['digest']),
  table('image_configs', ['digest']),
  table('repository_blobs', ['repository_id', 'digest']),
  table('manifests', ['repository_id', 'digest'], { pageRows: PAGE_DOCUMENTS }),
  table('manifest_bytes', ['repository_id', 'digest'], { pageRows: PAGE_DOCUMENTS }),
  table('manifest_blobs', ['repository_id', 'manifest', 'blob']),
  table('manifest_children', ['repository_id', 'parent', 'child']),
  table('awaited_references', ['repository_id', 'manifest', 'digest', 'is_child']),
  table('departed_images', ['repository_id', 'digest']),
  table('tags', ['repository_id', 'tag']),
  table('blob_reviews', ['digest']),
  table('deleted_images', ['id'], { hasIdentity: true, pageRows: PAGE_DOCUMENTS }),
  table('deleted_image_tags', ['deletion_id', 'tag']),
  table('deleted_image_blobs', ['deletion_id', 'blob']),
  table('deleted_image_children', ['deletion_id', 'child']),
  table('tag_moves', ['id'], { hasIdentity: true }),
  table('repository_pulls', ['repository_id', 'day']),
  table('tag_pulls', ['repository_id', 'tag', 'day']),
  table('audit_log', ['id'], { hasIdentity: true }),
  table('lifecycle_previews', ['repository_id']),
  table('image_jobs', ['job_id']),
  table('image_job_items', ['job_id', 'position']),
  table('schedules', ['name']),
  table('passes', ['name']),
] as const satisfies readonly MovedTable[]

/**
 * The tables that stay behind. An upload's bytes may be in the middle of a part, so clients begin uploads anew. Bytes
 * that were to be removed are not copied. A link that signs in is good for a minute. The notes of moves, present
 * servers and backups under way are about one database. The usage of accounts is counted as their rows come, and the
 * rows of search are made again of the others.
 */
export const LEFT_TABLES = [
  'account_usage',
  'uploads',
  'multiparts',
  'removals',
  'removal_holds',
  'servers',
  'sign_in_links',
  'storage_moves',
  'moved_keys',
  'search_entries',
  'search_stale',
] as const satisfies readonly TableName[]
