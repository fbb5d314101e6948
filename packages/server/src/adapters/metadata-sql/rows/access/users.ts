import type { Kysely } from 'kysely'
import { AdminError } from '../../../../domain/problem.ts'
import type { UserRows } from '../../../../ports/rows/access/users.ts'
import { toUser } from '../../columns/user-columns.ts'
import type { Schema } from '../../schema.ts'
import { deleteAccessKeys } from './access-keys.ts'

const USER = [
  'account_id as accountId',
  'user_name as userName',
  'user_id as userId',
  'created_at as createdAt',
] as const

const POLICY = ['account_id as accountId', 'user_name as userName', 'policy_name as policyName', 'document'] as const

export function userRows(db: Kysely<Schema>): UserRows {
  return {
    async create(row) {
      const { numInsertedOrUpdatedRows: added } = await db
        .insertInto('users')
        .values({
          account_id: row.accountId,
          user_name: row.userName,
          user_id: row.userId,
          created_at: row.createdAt,
        })
        .onConflict(conflict => conflict.columns(['account_id', 'user_name']).doNothing())
        .executeTakeFirstOrThrow()
      if (added === 0n) throw new AdminError({ kind: 'userExists', accountId: row.accountId, userName: row.userName })
    },

    async find(accountId, userName) {
      const row = await db
        .selectFrom('users')
        .select(USER)
        .where('account_id', '=', accountId)
        .where('user_name', '=', userName)
        .executeTakeFirst()
      return row && toUser(row)
    },

    async list(accountId) {
      const found = db.selectFrom('users').select(USER).where('account_id', '=', accountId).orderBy('user_name')
      return (await found.execute()).map(toUser)
    },

    async delete(accountId, userName) {
      await deleteAccessKeys(db, accountId, userName)
      await db
        .deleteFrom('user_policies')
        .where('account_id', '=', accountId)
        .where('user_name', '=', userName)
        .execute()
      const { numDeletedRows } = await db
        .deleteFrom('users')
        .where('account_id', '=', accountId)
        .where('user_name', '=', userName)
        .executeTakeFirstOrThrow()
      return numDeletedRows > 0n
    },

    async putPolicy(row) {
      await db
        .insertInto('user_policies')
        .values({
          account_id: row.accountId,
          user_name: row.userName,
          policy_name: row.policyName,
          document: row.document,
        })
        .onConflict(conflict =>
          conflict
            .columns(['account_id', 'user_name', 'policy_name'])
            .doUpdateSet(({ ref }) => ({ document: ref('excluded.document') })),
        )
        .execute()
    },

    policies: (accountId, userName) =>
      db
        .selectFrom('user_policies')
        .select(POLICY)
        .where('account_id', '=', accountId)
        .where('user_name', '=', userName)
        .orderBy('policy_name')
        .execute(),

    async deletePolicy(accountId, userName, policyName) {
      const { numDeletedRows } = await db
        .deleteFrom('user_policies')
        .where('account_id', '=', accountId)
        .where('user_name', '=', userName)
        .where('policy_name', '=', policyName)
        .executeTakeFirstOrThrow()
      return numDeletedRows > 0n
    },
  }
}
