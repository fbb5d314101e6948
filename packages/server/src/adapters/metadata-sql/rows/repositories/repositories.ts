import type { Kysely } from 'kysely'
import { RegistryError } from '../../../../domain/problem.ts'
import type { CatalogEntry, RepositoryRow, RepositoryRows } from '../../../../ports/rows/repositories/repositories.ts'
import { NO_SETTINGS, REPOSITORY, type StoredRepository, toRepository } from '../../columns/repository-columns.ts'
import { toJson } from '../../columns/stored.ts'
import { HIDDEN } from '../../hidden.ts'
import { hotQuery } from '../../hot-query.ts'
import type { Schema } from '../../schema.ts'

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
          last_pushed_at: null,
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
      // The page is of two index ranges: the rest of the registry that the last page ended in, then the registries
      // after it.
      const rest = await catalogQuery(limit)
        .where('aliases.alias', '=', after.alias)
        .where('repositories.name', '>', after.name)
        .execute()
      if (rest.length === limit) return rest
      const following = catalogQuery(limit - rest.length).where('aliases.alias', '>', after.alias)
      return [...rest, ...(await following.execute())]
    },
  }
}
