import { type Kysely, sql } from 'kysely'
import type { Described, ImageConfigRows } from '../../../../ports/rows/gallery/image-configs.ts'
import { readInChunks } from '../../chunks.ts'
import type { Schema } from '../../schema.ts'

/** As the partial index says it: a parameter would not do. */
const HAS_PLATFORM = sql<boolean>`platform <> ''`

export function imageConfigRows(db: Kysely<Schema>): ImageConfigRows {
  const noteConfig = async ({ digest, facts }: NonNullable<Described['config']>) => {
    // Its blob may have been collected since it was read.
    await db
      .insertInto('image_configs')
      .columns(['digest', 'facts'])
      .expression(
        db
          .selectFrom('blobs')
          .select(['digest', sql<string>`${JSON.stringify(facts)}`.as('facts')])
          .where('digest', '=', digest),
      )
      .onConflict(conflict => conflict.column('digest').doNothing())
      .execute()
  }

  return {
    async find(config) {
      const row = await db.selectFrom('image_configs').select('facts').where('digest', '=', config).executeTakeFirst()
      return row && (JSON.parse(row.facts) as object)
    },

    async platforms(repositoryId, digests) {
      const found = await readInChunks(digests, chunk =>
        db
          .selectFrom('manifests')
          .select(['digest', 'platform'])
          .where('repository_id', '=', repositoryId)
          .where('digest', 'in', chunk)
          .execute(),
      )
      return new Map(found.flatMap(({ digest, platform }) => (platform ? [[digest, platform] as const] : [])))
    },

    async ofRepository(repositoryId, limit) {
      const found: string[] = []
      // One step of the index for each, however many images have it.
      for (let after = ''; found.length < limit; ) {
        const next = await db
          .selectFrom('manifests')
          .select('platform')
          .where('repository_id', '=', repositoryId)
          .where(HAS_PLATFORM)
          .where('platform', '>', after)
          .orderBy('platform')
          .limit(1)
          .executeTakeFirst()
        if (next === undefined || next.platform === null) break
        after = next.platform
        found.push(after)
      }
      return found
    },

    lacking: limit =>
      db
        .selectFrom('manifests')
        .select(['repository_id as repositoryId', 'digest', 'media_type as mediaType', 'size_bytes as sizeBytes'])
        .where('platform', 'is', null)
        .limit(limit)
        .execute(),

    async note(found) {
      for (const { repositoryId, digest, platform, config } of found) {
        if (config !== undefined) await noteConfig(config)
        await db
          .updateTable('manifests')
          .set({ platform })
          .where('repository_id', '=', repositoryId)
          .where('digest', '=', digest)
          .execute()
      }
    },
  }
}
