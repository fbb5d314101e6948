import type { Kysely } from 'kysely'
import { AdminError } from '../../../../domain/problem.ts'
import type { AliasRow, RegistryRow, RegistryRows } from '../../../../ports/rows/repositories/registries.ts'
import { type Stored, toFlag } from '../../columns/stored.ts'
import type { Flag, Schema } from '../../schema.ts'

const REGISTRY = [
  'account_id as accountId',
  'created_at as createdAt',
  'display_name as displayName',
  'verified',
  'create_on_push as createOnPush',
  'bin_days as binDays',
  'hides_pulls as hidesPulls',
] as const

const ALIAS = [
  'alias',
  'account_id as accountId',
  'is_primary as primary',
  'is_default as isDefault',
  'created_at as createdAt',
] as const

export function registryRows(db: Kysely<Schema>): RegistryRows {
  const rows: RegistryRows = {
    async create(row) {
      const { numInsertedOrUpdatedRows: added } = await db
        .insertInto('registries')
        .values({
          account_id: row.accountId,
          created_at: row.createdAt,
          display_name: row.displayName ?? null,
          verified: toFlag(row.verified),
          create_on_push: toFlag(row.createOnPush),
          bin_days: row.binDays ?? null,
          hides_pulls: toFlag(row.hidesPulls ?? false),
        })
        .onConflict(conflict => conflict.column('account_id').doNothing())
        .executeTakeFirstOrThrow()
      if (added === 0n) throw new AdminError({ kind: 'accountExists', accountId: row.accountId })
    },

    async find(accountId) {
      const row = await db
        .selectFrom('registries')
        .select(REGISTRY)
        .where('account_id', '=', accountId)
        .executeTakeFirst()
      return row && toRegistry(row)
    },

    async list({ after, limit }) {
      let query = db.selectFrom('registries').select(REGISTRY).orderBy('account_id').limit(limit)
      if (after !== undefined) query = query.where('account_id', '>', after)
      return (await query.execute()).map(toRegistry)
    },

    async update(accountId, change) {
      await db
        .updateTable('registries')
        .set(({ ref }) => ({
          display_name: 'displayName' in change ? (change.displayName ?? null) : ref('display_name'),
          verified: change.verified === undefined ? ref('verified') : toFlag(change.verified),
          create_on_push: change.createOnPush === undefined ? ref('create_on_push') : toFlag(change.createOnPush),
          bin_days: 'binDays' in change ? (change.binDays ?? null) : ref('bin_days'),
          hides_pulls: change.hidesPulls === undefined ? ref('hides_pulls') : toFlag(change.hidesPulls),
        }))
        .where('account_id', '=', accountId)
        .execute()
    },

    async addAlias(row) {
      const { numInsertedOrUpdatedRows: added } = await db
        .insertInto('aliases')
        .values({
          alias: row.alias,
          account_id: row.accountId,
          is_primary: 0,
          is_default: toFlag(row.isDefault),
          created_at: row.createdAt,
        })
        .onConflict(conflict => conflict.column('alias').doNothing())
        .executeTakeFirstOrThrow()
      if (added === 0n) throw new AdminError({ kind: 'aliasExists', alias: row.alias })
      if (row.primary) await rows.makePrimary(row.alias)
    },

    async findAlias(alias) {
      const row = await db.selectFrom('aliases').select(ALIAS).where('alias', '=', alias).executeTakeFirst()
      return row && toAlias(row)
    },

    async aliases(accountId) {
      const found = await db
        .selectFrom('aliases')
        .select(ALIAS)
        .where('account_id', '=', accountId)
        .orderBy('is_default', 'desc')
        .orderBy('created_at')
        .orderBy('alias')
        .execute()
      return found.map(toAlias)
    },

    async makePrimary(alias) {
      // Two statements change the aliases: at no instant may two aliases of a registry be primary, or their index
      // refuses.
      await db
        .updateTable('aliases')
        .set({ is_primary: 0 })
        .where('account_id', '=', db.selectFrom('aliases').select('account_id').where('alias', '=', alias))
        .where('is_primary', '=', 1)
        .execute()
      await db.updateTable('aliases').set({ is_primary: 1 }).where('alias', '=', alias).execute()
    },

    async deleteAlias(alias) {
      const deleted = await db
        .deleteFrom('aliases')
        .where('alias', '=', alias)
        .where('is_default', '=', 0)
        .returning(['account_id', 'is_primary'])
        .executeTakeFirst()
      if (deleted?.is_primary !== 1) return
      await db
        .updateTable('aliases')
        .set({ is_primary: 1 })
        .where('account_id', '=', deleted.account_id)
        .where('is_default', '=', 1)
        .execute()
    },
  }
  return rows
}

const toRegistry = (row: Stored<Omit<RegistryRow, 'hidesPulls'>> & { hidesPulls: Flag }): RegistryRow => ({
  ...row,
  displayName: row.displayName ?? undefined,
  verified: row.verified === 1,
  createOnPush: row.createOnPush === 1,
  binDays: row.binDays ?? undefined,
  hidesPulls: row.hidesPulls === 1 ? true : undefined,
})

const toAlias = (row: Stored<AliasRow>): AliasRow => ({
  ...row,
  primary: row.primary === 1,
  isDefault: row.isDefault === 1,
})
