import type { Kysely } from 'kysely'
import type { Digest } from '../../../../domain/digest.ts'
import type { RepositoryId } from '../../../../ports/rows/common.ts'
import type { DepartureRows } from '../../../../ports/rows/images/departures.ts'
import { chunksOf, readInChunks } from '../../chunks.ts'
import type { Schema } from '../../schema.ts'

export function departureRows(db: Kysely<Schema>): DepartureRows {
  return {
    async find(repositoryId, digests) {
      const found = await readInChunks(digests, chunk =>
        db
          .selectFrom('departed_images')
          .select('digest')
          .where('repository_id', '=', repositoryId)
          .where('digest', 'in', chunk)
          .execute(),
      )
      return new Set(found.map(row => row.digest))
    },

    async note(repository_id, digests) {
      for (const chunk of chunksOf(digests)) {
        await db
          .insertInto('departed_images')
          .values(chunk.map(digest => ({ repository_id, digest })))
          .onConflict(conflict => conflict.doNothing())
          .execute()
      }
    },
  }
}

/** Remembers live manifests that are about to go. */
export async function noteDepartures(
  db: Kysely<Schema>,
  repositoryId: RepositoryId,
  digests: readonly Digest[],
): Promise<void> {
  await db
    .insertInto('departed_images')
    .columns(['repository_id', 'digest'])
    .expression(
      db
        .selectFrom('manifests')
        .select(['repository_id', 'digest'])
        .where('repository_id', '=', repositoryId)
        .where('digest', 'in', digests),
    )
    .onConflict(conflict => conflict.doNothing())
    .execute()
}
