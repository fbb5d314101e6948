import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { Digest } from '../../../../domain/digest.ts'
import type { RepositoryId } from '../../../../ports/rows/common.ts'
import type { Described, ImageConfigRows } from '../../../../ports/rows/gallery/image-configs.ts'
import { readInChunks } from '../../chunks.ts'
import type { Schema } from '../../schema.ts'

/** The condition, as the partial index says it: a parameter would not do. */
const HAS_PLATFORM = sql<boolean>`platform <> ''`

export function imageConfigRows(db: Kysely<Schema>): ImageConfigRows {
  const noteConfig = async ({ digest, facts }: NonNullable<Described['config']>) => {
    // The blob of the config may have been collected since it was read.
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
      // Each platform takes one step of the index, however many images have it.
      const next = (after: RawBuilder<unknown>) => sql`(select platform from manifests
        where repository_id = ${repositoryId} and ${HAS_PLATFORM} and platform > ${after} order by platform limit 1)`
      const { rows } = await sql<{ platform: string }>`
        with recursive step (platform) as (
          select ${next(sql`''`)}
          union all
          select ${next(sql`step.platform`)} from step where step.platform is not null)
        select platform from step where platform is not null limit ${limit}`.execute(db)
      return rows.map(({ platform }) => platform)
    },

    lacking: limit =>
      db
        .selectFrom('manifests')
        .select(['repository_id as repositoryId', 'digest', 'media_type as mediaType', 'size_bytes as sizeBytes'])
        .where('platform', 'is', null)
        .orderBy('repository_id')
        .orderBy('digest')
        .limit(limit)
        .execute(),

    async note(found) {
      const setPlatform = (repositoryId: RepositoryId, digest: Digest, platform: string) =>
        db
          .updateTable('manifests')
          .set({ platform })
          .where('repository_id', '=', repositoryId)
          .where('digest', '=', digest)
      for (const { repositoryId, digest, platform, config, children = [] } of found) {
        if (config !== undefined) await noteConfig(config)
        await setPlatform(repositoryId, digest, platform).execute()
        for (const child of children)
          await setPlatform(repositoryId, child.digest, child.platform).where('platform', '=', '').execute()
      }
    },
  }
}
