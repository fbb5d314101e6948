import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { RepositoryId } from '../../ports/rows/common.ts'
import { queueReviews } from './rows/blobs/reviews.ts'
import type { Schema } from './schema.ts'

interface Emptying {
  readonly id: RepositoryId
  /** When blobs that lose a link or a deleted image are to be reviewed, in milliseconds since 1970. */
  readonly at: number
  /** How many rows may go. */
  readonly limit: number
}

interface Step {
  /** The cost of a row, in rows that are little more than their key. */
  readonly weight: number
  /** Removes at most that many rows, and returns how many went. */
  readonly remove: (db: Kysely<Schema>, emptying: Emptying) => Promise<number>
}

/** The weight of a row with a document of up to 4 MiB. */
const DOCUMENT = 20

/** The steps in the order in which foreign keys allow them. */
const STEPS: readonly Step[] = [
  own('tags', ['repository_id', 'tag']),
  own('manifest_children', ['repository_id', 'parent', 'child']),
  own('manifest_blobs', ['repository_id', 'manifest', 'blob']),
  own('awaited_references', ['repository_id', 'manifest', 'digest', 'is_child']),
  own('manifest_bytes', ['repository_id', 'digest'], DOCUMENT),
  own('manifests', ['repository_id', 'digest']),
  ofDeletions('deleted_image_tags', ['deletion_id', 'tag']),
  ofDeletions('deleted_image_children', ['deletion_id', 'child']),
  { weight: 1, remove: removeBinnedBlobs },
  own('deleted_images', ['id'], DOCUMENT),
  { weight: 1, remove: removeLinks },
  own('departed_images', ['repository_id', 'digest']),
  own('tag_moves', ['id']),
  own('tag_pulls', ['repository_id', 'tag', 'day']),
  own('repository_pulls', ['repository_id', 'day']),
]

/** Removes about `limit` rows of what is in a repository; false while there may be more. */
export async function emptyRepository(db: Kysely<Schema>, emptying: Emptying): Promise<boolean> {
  let { limit } = emptying
  for (const { weight, remove } of STEPS) {
    const most = Math.ceil(limit / weight)
    const gone = await remove(db, { ...emptying, limit: most })
    limit -= gone * weight
    if (gone === most || limit <= 0) return false
  }
  return true
}

function own(table: keyof Schema, key: readonly string[], weight = 1): Step {
  return { weight, remove: (db, { id, limit }) => removeSome(db, table, key, sql`repository_id = ${id}`, limit) }
}

const deletionsOf = (id: RepositoryId) =>
  sql`deletion_id in (select id from deleted_images where repository_id = ${id})`

function ofDeletions(table: keyof Schema, key: readonly string[]): Step {
  return { weight: 1, remove: (db, { id, limit }) => removeSome(db, table, key, deletionsOf(id), limit) }
}

/** Removes at most `limit` rows of those that `which` names, and returns how many went. */
export async function removeSome(
  db: Kysely<Schema>,
  table: keyof Schema,
  key: readonly string[],
  which: RawBuilder<unknown>,
  limit: number,
): Promise<number> {
  const columns = sql.join(key.map(column => sql.ref(column)))
  const { rows } = await sql`delete from ${sql.table(table)} where (${columns}) in
    (select ${columns} from ${sql.table(table)} where ${which} limit ${limit}) returning 1 as gone`.execute(db)
  return rows.length
}

async function removeBinnedBlobs(db: Kysely<Schema>, { id, at, limit }: Emptying): Promise<number> {
  const page = await db
    .selectFrom('deleted_image_blobs')
    .select('blob')
    .where(sql<boolean>`${deletionsOf(id)}`)
    .limit(limit)
    .execute()
  const blobs = [...new Set(page.map(row => row.blob))]
  if (blobs.length > 0) await queueReviews(db, db.selectFrom('blobs').select('digest').where('digest', 'in', blobs), at)
  return removeSome(db, 'deleted_image_blobs', ['deletion_id', 'blob'], deletionsOf(id), limit)
}

async function removeLinks(db: Kysely<Schema>, { id, at, limit }: Emptying): Promise<number> {
  const links = db.selectFrom('repository_blobs').select('digest').where('repository_id', '=', id)
  const page = await links.limit(limit).execute()
  if (page.length === 0) return 0
  const digests = page.map(row => row.digest)
  await queueReviews(db, links.where('digest', 'in', digests), at)
  await db.deleteFrom('repository_blobs').where('repository_id', '=', id).where('digest', 'in', digests).execute()
  return page.length
}
