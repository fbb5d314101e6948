import type { AccountId } from '../../../domain/names.ts'

export interface UserRow {
  readonly accountId: AccountId
  readonly userName: string
  /** Never given again, also not to a user of the same name. */
  readonly userId: string
  readonly createdAt: number
}

export interface UserPolicyRow {
  readonly accountId: AccountId
  readonly userName: string
  readonly policyName: string
  readonly document: string
}

export interface UserRows {
  /** @throws AdminError `userExists` */
  create(row: UserRow): Promise<void>
  find(accountId: AccountId, userName: string): Promise<UserRow | undefined>
  /** By name. */
  list(accountId: AccountId): Promise<UserRow[]>
  /** The user, its policies and its keys. True when there was one. */
  delete(accountId: AccountId, userName: string): Promise<boolean>
  /** Adds the policy or replaces the one of that name. */
  putPolicy(row: UserPolicyRow): Promise<void>
  /** By policy name. */
  policies(accountId: AccountId, userName: string): Promise<UserPolicyRow[]>
  deletePolicy(accountId: AccountId, userName: string, policyName: string): Promise<boolean>
}
