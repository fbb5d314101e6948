import type { Kysely } from 'kysely'
import type { AccountId } from '../../../../domain/names.ts'
import type { AccessKeyRow, AccessKeyRows } from '../../../../ports/rows/access/access-keys.ts'
import { type Stored, toFlag } from '../../columns/stored.ts'
import { toUser } from '../../columns/user-columns.ts'
import { hotQuery } from '../../hot-query.ts'
import type { Schema } from '../../schema.ts'

const ACCESS_KEY = [
  'access_key_id as accessKeyId',
  'access_keys.account_id as accountId',
  'access_keys.user_name as userName',
  'sealed_secret as sealedSecret',
  'active',
  'access_keys.created_at as createdAt',
] as const

/** Finds a key with its user: a row for each of the user's policies, and one row where there is none. */
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

export function accessKeyRows(db: Kysely<Schema>): AccessKeyRows {
  return {
    async add(row) {
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

    async find(accessKeyId) {
      const row = await db
        .selectFrom('access_keys')
        .select(ACCESS_KEY)
        .where('access_key_id', '=', accessKeyId)
        .executeTakeFirst()
      return row && toAccessKey(row)
    },

    async list(accountId, userName) {
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

    async setActive(accessKeyId, active) {
      const { numUpdatedRows } = await db
        .updateTable('access_keys')
        .set({ active: toFlag(active) })
        .where('access_key_id', '=', accessKeyId)
        .executeTakeFirstOrThrow()
      return numUpdatedRows > 0n
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

/** Deletes the keys of a user who is about to go. */
export async function deleteAccessKeys(db: Kysely<Schema>, accountId: AccountId, userName: string): Promise<void> {
  await db.deleteFrom('access_keys').where('account_id', '=', accountId).where('user_name', '=', userName).execute()
}

const toAccessKey = (row: Stored<AccessKeyRow>): AccessKeyRow => ({ ...row, active: row.active === 1 })
