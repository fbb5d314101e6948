import type { Kysely } from 'kysely'
import type { Tag } from '../../domain/names.ts'
import type { DeletionId } from '../../ports/rows/common.ts'
import type { BinRow } from '../../ports/rows/images/bin.ts'
import { MANIFEST, toManifest } from './columns/manifest-columns.ts'
import type { Stored } from './columns/stored.ts'
import { PAGE, readInPages } from './pages.ts'
import type { Schema } from './schema.ts'

const DELETION = [
  'id',
  'deleted_at as deletedAt',
  'deleted_by as deletedBy',
  'reason',
  'purge_after as purgeAfter',
] as const

type TagOfDeletion = Pick<Schema['deleted_image_tags'], 'deletion_id' | 'tag'>
export type StoredRow = Stored<Omit<BinRow, 'tags'>>

/** Deleted images without their tags. */
export const binnedImages = (db: Kysely<Schema>) => db.selectFrom('deleted_images').select(MANIFEST).select(DELETION)

const tagsInOrder = (db: Kysely<Schema>) =>
  db.selectFrom('deleted_image_tags').select(['deletion_id', 'tag']).orderBy('deletion_id').orderBy('tag').limit(PAGE)

/** Deleted images with their tags, in the byte order of the tags. */
export async function withTags(db: Kysely<Schema>, found: readonly StoredRow[]): Promise<BinRow[]> {
  const ids = found.map(row => row.id)
  const tagged = await readInPages(ids, {
    keyOf: (row: TagOfDeletion) => row.deletion_id,
    first: some => tagsInOrder(db).where('deletion_id', 'in', some).execute(),
    after: ({ deletion_id, tag }) =>
      tagsInOrder(db).where('deletion_id', '=', deletion_id).where('tag', '>', tag).execute(),
  })
  const tags = new Map<DeletionId, Tag[]>(ids.map(id => [id, []]))
  for (const row of tagged) tags.get(row.deletion_id)?.push(row.tag)
  return found.map(row => ({ ...toManifest(row), tags: tags.get(row.id) ?? [] }))
}
