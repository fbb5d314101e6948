import type { Kysely } from 'kysely'
import type { RepositoryId } from '../../../../ports/rows/common.ts'
import type { RepositorySettingsRows } from '../../../../ports/rows/repositories/repository-settings.ts'
import { REPOSITORY, toRepository } from '../../columns/repository-columns.ts'
import { toBuffer, toJson } from '../../columns/stored.ts'
import { HIDDEN } from '../../hidden.ts'
import type { Schema } from '../../schema.ts'

export function repositorySettingsRows(db: Kysely<Schema>): RepositorySettingsRows {
  return {
    async setPolicy(id, policyText, principals) {
      await db
        .updateTable('repositories')
        .set({ policy_text: policyText ?? null, policy_principals: toJson(principals) })
        .where('id', '=', id)
        .execute()
    },

    async unbound(limit) {
      const found = await db
        .selectFrom('repositories')
        .select(REPOSITORY)
        .where('policy_text', 'is not', null)
        .where('policy_principals', 'is', null)
        .where('repositories.name', '<', HIDDEN)
        .orderBy('id')
        .limit(limit)
        .execute()
      return found.map(toRepository)
    },

    async setCatalogData(id, data, logo) {
      await db
        .updateTable('repositories')
        .set({ catalog_data: toJson(data) })
        .where('id', '=', id)
        .execute()
      await deleteLogo(db, id)
      if (logo === undefined) return
      await db
        .insertInto('logos')
        .values({ logo_id: logo.logoId, repository_id: id, media_type: logo.mediaType, bytes: logo.bytes })
        .execute()
    },

    async logo(logoId) {
      const row = await db
        .selectFrom('logos')
        .select(['logo_id as logoId', 'media_type as mediaType', 'bytes'])
        .where('logo_id', '=', logoId)
        .executeTakeFirst()
      return row && { ...row, bytes: toBuffer(row.bytes) }
    },

    async setResourceTags(id, tags) {
      await db
        .updateTable('repositories')
        .set({ resource_tags: JSON.stringify(tags) })
        .where('id', '=', id)
        .execute()
    },

    async set(id, settings) {
      await db
        .updateTable('repositories')
        .set({ settings: JSON.stringify(settings) })
        .where('id', '=', id)
        .execute()
    },
  }
}

export async function deleteLogo(db: Kysely<Schema>, repositoryId: RepositoryId): Promise<void> {
  await db.deleteFrom('logos').where('repository_id', '=', repositoryId).execute()
}
