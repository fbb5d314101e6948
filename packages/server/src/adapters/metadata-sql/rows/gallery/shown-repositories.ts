import { type Kysely, sql } from 'kysely'
import type { RegistryAlias, RepositoryName } from '../../../../domain/names.ts'
import type { ShownRepository, ShownRepositoryRows } from '../../../../ports/rows/gallery/shown-repositories.ts'
import type { CatalogData } from '../../../../ports/rows/repositories/repositories.ts'
import { readInChunks } from '../../chunks.ts'
import type { Stored } from '../../columns/stored.ts'
import { notePushTimes } from '../../counters.ts'
import { HIDDEN } from '../../hidden.ts'
import { hotQuery } from '../../hot-query.ts'
import type { Schema } from '../../schema.ts'

const SHOWN = [
  'repositories.id',
  'repositories.account_id as accountId',
  'own.alias',
  'repositories.name',
  'registries.display_name as displayName',
  'registries.verified',
  'registries.hides_pulls as hidesPulls',
  'repositories.catalog_data as catalogData',
  'repositories.created_at as createdAt',
  'repositories.image_count as imageCount',
  'repositories.last_pushed_at as lastPushedAt',
] as const

const shownIn = (db: Kysely<Schema>) =>
  db
    .selectFrom('repositories')
    .innerJoin('registries', 'registries.account_id', 'repositories.account_id')
    .innerJoin('aliases as own', join =>
      join.onRef('own.account_id', '=', 'repositories.account_id').on('own.is_primary', '=', 1),
    )
    .select(SHOWN)
    .where('repositories.name', '<', HIDDEN)

/** The condition, as the partial indexes say it: a parameter would not do. */
const HOLDS_IMAGES = sql<boolean>`repositories.image_count > 0`

const byAlias = hotQuery((db, values: { alias: RegistryAlias; name: RepositoryName }) =>
  shownIn(db)
    .innerJoin('aliases as asked', 'asked.account_id', 'repositories.account_id')
    .where('asked.alias', '=', values.alias)
    .where('repositories.name', '=', values.name),
)

export function shownRepositoryRows(db: Kysely<Schema>): ShownRepositoryRows {
  const lacking = async (limit: number) => {
    const query = db.selectFrom('repositories').select('id').where(HOLDS_IMAGES).where('last_pushed_at', 'is', null)
    return (await query.limit(limit).execute()).map(row => row.id)
  }

  return {
    async find(alias, name) {
      const [row] = await byAlias(db, { alias, name })
      return row && toShown(row)
    },

    async ofIds(ids) {
      const found = await readInChunks(ids, chunk =>
        shownIn(db).where(HOLDS_IMAGES).where('repositories.id', 'in', chunk).execute(),
      )
      return found.map(toShown)
    },

    async holding(digest, limit) {
      const query = shownIn(db)
        .innerJoin('manifests', 'manifests.repository_id', 'repositories.id')
        .where('manifests.digest', '=', digest)
      return (await query.orderBy('manifests.repository_id').limit(limit).execute()).map(toShown)
    },

    async recent({ after, limit }) {
      let page = db
        .selectFrom('repositories')
        .select('id')
        .where(HOLDS_IMAGES)
        .where('last_pushed_at', 'is not', null)
        .where('name', '<', HIDDEN)
      if (after !== undefined)
        page = page.where(({ eb, refTuple, tuple }) =>
          eb(refTuple('last_pushed_at', 'id'), '<', tuple(after.lastPushedAt, after.id)),
        )
      // The page is chosen before anything is joined: a planner that knows of few registries begins with them, and
      // sorts all their repositories.
      const first = page.orderBy('last_pushed_at', 'desc').orderBy('id', 'desc').limit(limit)
      const found = await shownIn(db).where('repositories.id', 'in', first).execute()
      return found.map(toShown).sort((a, b) => (b.lastPushedAt ?? 0) - (a.lastPushedAt ?? 0) || b.id - a.id)
    },

    async list(accountId, { after, limit }) {
      let query = shownIn(db).where(HOLDS_IMAGES).where('repositories.account_id', '=', accountId)
      if (after !== undefined) query = query.where('repositories.name', '>', after)
      return (await query.orderBy('repositories.name').limit(limit).execute()).map(toShown)
    },

    lackPushTimes: async () => (await lacking(1)).length > 0,

    async notePushTimes(limit) {
      const ids = await lacking(limit)
      if (ids.length > 0) await notePushTimes(db, ids)
    },
  }
}

type StoredShown = Stored<Omit<ShownRepository, 'catalogData'>> & { readonly catalogData: string | null }

const toShown = (row: StoredShown): ShownRepository => ({
  ...row,
  displayName: row.displayName ?? undefined,
  verified: row.verified === 1,
  hidesPulls: row.hidesPulls === 1,
  catalogData: row.catalogData === null ? undefined : (JSON.parse(row.catalogData) as CatalogData),
  lastPushedAt: row.lastPushedAt ?? undefined,
})
