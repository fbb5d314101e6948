import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Kysely } from 'kysely'
import type { Digest } from '../../domain/digest.ts'
import type { RepositoryId } from '../../ports/rows/common.ts'
import { chunksOf } from './chunks.ts'
import type { Schema } from './schema.ts'

/** Keeps `imageCount` right when images come or go. */
export async function countImages(db: Kysely<Schema>, id: RepositoryId, change: number): Promise<void> {
  await db
    .updateTable('repositories')
    .set(({ eb }) => ({ image_count: eb('image_count', '+', change) }))
    .where('id', '=', id)
    .execute()
}

/** Deletes manifests with all that hangs on them, and tells how many there were. */
export async function deleteManifests(
  db: Kysely<Schema>,
  repositoryId: RepositoryId,
  digests: readonly Digest[],
): Promise<number> {
  // Two rounds, so that an index and its children can go together whatever chunk each is in.
  for (const chunk of chunksOf(digests)) {
    for (const [table, column] of [
      ['manifest_blobs', 'manifest'],
      ['manifest_children', 'parent'],
      ['tags', 'digest'],
      ['manifest_bytes', 'digest'],
    ] as const) {
      await db.deleteFrom(table).where('repository_id', '=', repositoryId).where(column, 'in', chunk).execute()
    }
    // SQLite works on this thread: pulls are served between two chunks of a large set.
    await nextTurn()
  }
  let deleted = 0
  for (const chunk of chunksOf(digests)) {
    const { numDeletedRows } = await db
      .deleteFrom('manifests')
      .where('repository_id', '=', repositoryId)
      .where('digest', 'in', chunk)
      .executeTakeFirstOrThrow()
    deleted += Number(numDeletedRows)
    await nextTurn()
  }
  return deleted
}
