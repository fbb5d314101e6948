import { setImmediate as nextTurn } from 'node:timers/promises'
import { type Kysely, sql } from 'kysely'
import type { RepositoryName } from '../../../../domain/names.ts'
import { RegistryError } from '../../../../domain/problem.ts'
import type { CatalogEntry, RepositoryRow, RepositoryRows } from '../../../../ports/rows/repositories/repositories.ts'
import { toBuffer, toJson } from '../../columns.ts'
import { emptyRepository } from '../../empty-repository.ts'
import { hotQuery } from '../../hot-query.ts'
import { NO_SETTINGS, REPOSITORY, type StoredRepository, toRepository } from '../../repository-columns.ts'
import type { Schema } from '../../schema.ts'
import { journalUploads } from '../blobs/journal.ts'

/** A repository that was deleted and is still being emptied has its id behind this in place of a name. */
export const HIDDEN = '~' as RepositoryName
/** As the index of them has it. */
const IS_HIDDEN = sql<boolean>`repositories.name >= '~'`
/** Rows of a repository removed in one turn. */
const ROWS = 1_000

const byName = hotQuery((db, values: Pick<RepositoryRow, 'accountId' | 'name'>) =>
  db
    .selectFrom('repositories')
    .select(REPOSITORY)
    .where('account_id', '=', values.accountId)
    .where('name', '=', values.name),
)

const byAlias = hotQuery((db, values: CatalogEntry) =>
  db
    .selectFrom('aliases')
    .innerJoin('registries', 'registries.account_id', 'aliases.account_id')
    .leftJoin('repositories', join =>
      join.onRef('repositories.account_id', '=', 'aliases.account_id').on('repositories.name', '=', values.name),
    )
    .select(REPOSITORY)
    .select(['registries.account_id as ownerId', 'create_on_push as createOnPush'])
    .where('aliases.alias', '=', values.alias),
)

const byId = hotQuery((db, values: Pick<RepositoryRow, 'id'>) =>
  db.selectFrom('repositories').select(REPOSITORY).where('id', '=', values.id).where('name', '<', HIDDEN),
)

const imagesIn = hotQuery((db, values: Pick<RepositoryRow, 'id'>) =>
  db
    .selectFrom('repositories')
    .select('image_count as imageCount')
    .where('id', '=', values.id)
    .where('name', '<', HIDDEN),
)

export function repositoryRows(db: Kysely<Schema>): RepositoryRows {
  const catalogQuery = (limit: number) =>
    db
      .selectFrom('aliases')
      .innerJoin('repositories', 'repositories.account_id', 'aliases.account_id')
      .select(['aliases.alias', 'repositories.name'])
      .where('aliases.is_primary', '=', 1)
      .where('repositories.name', '<', HIDDEN)
      .orderBy('aliases.alias')
      .orderBy('repositories.name')
      .limit(limit)

  return {
    async create(row) {
      const inserted = await db
        .insertInto('repositories')
        .values({
          account_id: row.accountId,
          name: row.name,
          created_at: row.createdAt,
          policy_text: row.policyText ?? null,
          policy_principals: null,
          catalog_data: toJson(row.catalogData),
          resource_tags: JSON.stringify(row.resourceTags),
          image_count: 0,
          settings: null,
          lifecycle_policy: null,
          lifecycle_evaluated_at: null,
        })
        .onConflict(conflict => conflict.columns(['account_id', 'name']).doNothing())
        .returning('id')
        .executeTakeFirst()
      if (inserted === undefined) {
        throw new RegistryError({ kind: 'repositoryExists', name: row.name, registryId: row.accountId })
      }
      return {
        ...row,
        id: inserted.id,
        imageCount: 0,
        policyPrincipals: undefined,
        settings: NO_SETTINGS,
        binCount: 0,
        binBytes: 0,
      }
    },

    async get(id) {
      const [row] = await byId(db, { id })
      return row && toRepository(row)
    },

    async find(accountId, name) {
      const [row] = await byName(db, { accountId, name })
      return row && toRepository(row)
    },

    async findByAlias(alias, name) {
      const [row] = await byAlias(db, { alias, name })
      if (row === undefined) return undefined
      const { ownerId, createOnPush, ...repository } = row
      return {
        registry: { accountId: ownerId, createOnPush: createOnPush === 1 },
        // Where one column is null, there was no row to join.
        repository: repository.id === null ? undefined : toRepository(repository as StoredRepository),
      }
    },

    async list(accountId, { after, limit }) {
      let query = db
        .selectFrom('repositories')
        .select(REPOSITORY)
        .where('account_id', '=', accountId)
        .where('name', '<', HIDDEN)
        .orderBy('name')
        .limit(limit)
      if (after !== undefined) query = query.where('name', '>', after)
      return (await query.execute()).map(toRepository)
    },

    async count(accountId) {
      const { total } = await db
        .selectFrom('repositories')
        .select(({ fn }) => fn.countAll<number>().as('total'))
        .where('account_id', '=', accountId)
        .where('name', '<', HIDDEN)
        .executeTakeFirstOrThrow()
      return Number(total)
    },

    async binTotals(accountId) {
      const { images, bytes } = await db
        .selectFrom('repositories')
        .select(({ fn }) => [
          fn.sum<number | null>('bin_count').as('images'),
          fn.sum<number | null>('bin_bytes').as('bytes'),
        ])
        .where('account_id', '=', accountId)
        .where('name', '<', HIDDEN)
        .executeTakeFirstOrThrow()
      return { images: Number(images ?? 0), bytes: Number(bytes ?? 0) }
    },

    async imageCount(id) {
      const [row] = await imagesIn(db, { id })
      return row?.imageCount
    },

    async catalog({ after, limit }) {
      if (after === undefined) return catalogQuery(limit).execute()
      // Two index ranges: the rest of the registry that the last page ended in, then the registries after it.
      const rest = await catalogQuery(limit)
        .where('aliases.alias', '=', after.alias)
        .where('repositories.name', '>', after.name)
        .execute()
      if (rest.length === limit) return rest
      const following = catalogQuery(limit - rest.length).where('aliases.alias', '>', after.alias)
      return [...rest, ...(await following.execute())]
    },

    async hide(id) {
      // No name has the character, and all come before it.
      const name = `${HIDDEN}${id}` as RepositoryName
      await db.updateTable('repositories').set({ name, lifecycle_policy: null }).where('id', '=', id).execute()
      await db.deleteFrom('logos').where('repository_id', '=', id).execute()
    },

    async hidden(limit) {
      const rows = await db
        .selectFrom('repositories')
        .select('id')
        .where(IS_HIDDEN)
        .orderBy('id')
        .limit(limit)
        .execute()
      return rows.map(row => row.id)
    },

    empty: (id, at, limit) => emptyRepository(db, { id, at, limit }),

    async delete(id, at) {
      await journalUploads(db, id)
      while (!(await emptyRepository(db, { id, at, limit: ROWS }))) await nextTurn()
      for (const table of ['logos', 'uploads', 'lifecycle_previews'] as const) {
        await db.deleteFrom(table).where('repository_id', '=', id).execute()
      }
      await db.deleteFrom('repositories').where('id', '=', id).execute()
    },

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
      await db.deleteFrom('logos').where('repository_id', '=', id).execute()
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

    async setSettings(id, settings) {
      await db
        .updateTable('repositories')
        .set({ settings: JSON.stringify(settings) })
        .where('id', '=', id)
        .execute()
    },
  }
}
