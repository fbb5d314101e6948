import type { Kysely } from 'kysely'
import { userIdOf } from '../../../../domain/iam/user-id.ts'
import { AdminError } from '../../../../domain/problem.ts'
import type { AccessKeyRow } from '../../../../ports/rows/access/access-keys.ts'
import type { UserRow, UserRows } from '../../../../ports/rows/access/users.ts'
import { type Stored, toFlag } from '../../columns.ts'
import { hotQuery } from '../../hot-query.ts'
import type { Schema } from '../../schema.ts'

const USER = [
  'account_id as accountId',
  'user_name as userName',
  'user_id as userId',
  'created_at as createdAt',
] as const

const POLICY = ['account_id as accountId', 'user_name as userName', 'policy_name as policyName', 'document'] as const

const ACCESS_KEY = [
  'access_key_id as accessKeyId',
  'access_keys.account_id as accountId',
  'access_keys.user_name as userName',
  'sealed_secret as sealedSecret',
  'active',
  'access_keys.created_at as createdAt',
] as const

/** The key and its user once for each of the user's policies, and once where there is none. */
const keyWithPolicies = hotQuery((db, values: { accessKeyId: string }) =>
  db
    .selectFrom('access_keys')
    .leftJoin('user_policies', join =>
      join
        .onRef('user_policies.account_id', '=', 'access_keys.account_id')
        .onRef('user_policies.user_name', '=', 'access_keys.user_name'),
    )
    .innerJoin('users', join =>
      join
        .onRef('users.account_id', '=', 'access_keys.account_id')
        .onRef('users.user_name', '=', 'access_keys.user_name'),
    )
    .select(ACCESS_KEY)
    .select(['document', 'user_id as userId', 'users.created_at as userCreatedAt'])
    .where('access_key_id', '=', values.accessKeyId)
    .orderBy('policy_name'),
)

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
      for (const table of ['access_keys', 'user_policies'] as const) {
        await db.deleteFrom(table).where('account_id', '=', accountId).where('user_name', '=', userName).execute()
      }
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

    async addAccessKey(row) {
      await db
        .insertInto('access_keys')
        .values({
          access_key_id: row.accessKeyId,
          account_id: row.accountId,
          user_name: row.userName,
          sealed_secret: row.sealedSecret,
          active: toFlag(row.active),
          created_at: row.createdAt,
        })
        .execute()
    },

    async findAccessKey(accessKeyId) {
      const row = await db
        .selectFrom('access_keys')
        .select(ACCESS_KEY)
        .where('access_key_id', '=', accessKeyId)
        .executeTakeFirst()
      return row && toAccessKey(row)
    },

    async accessKeys(accountId, userName) {
      const found = await db
        .selectFrom('access_keys')
        .select(ACCESS_KEY)
        .where('account_id', '=', accountId)
        .where('user_name', '=', userName)
        .orderBy('created_at')
        .orderBy('access_key_id')
        .execute()
      return found.map(toAccessKey)
    },

    async setAccessKeyActive(accessKeyId, active) {
      const { numUpdatedRows } = await db
        .updateTable('access_keys')
        .set({ active: toFlag(active) })
        .where('access_key_id', '=', accessKeyId)
        .executeTakeFirstOrThrow()
      return numUpdatedRows > 0n
    },

    async deleteAccessKey(accessKeyId) {
      const { numDeletedRows } = await db
        .deleteFrom('access_keys')
        .where('access_key_id', '=', accessKeyId)
        .executeTakeFirstOrThrow()
      return numDeletedRows > 0n
    },

    async principal(accessKeyId) {
      const found = await keyWithPolicies(db, { accessKeyId })
      const [first] = found
      if (first === undefined) return undefined
      const { document, userId, userCreatedAt, ...key } = first
      return {
        accessKey: toAccessKey(key),
        userId: toUser({ ...key, userId, createdAt: userCreatedAt }).userId,
        policies: document === null ? [] : found.flatMap(row => row.document ?? []),
      }
    },
  }
}

type StoredUser = Omit<UserRow, 'userId'> & { readonly userId: string | null }

const toUser = ({ accountId, userName, userId, createdAt }: StoredUser): UserRow => ({
  ...{ accountId, userName, createdAt },
  userId: userId ?? userIdOf({ accountId, userName, createdAt }),
})

const toAccessKey = (row: Stored<AccessKeyRow>): AccessKeyRow => ({ ...row, active: row.active === 1 })
