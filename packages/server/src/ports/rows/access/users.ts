import type { AccountId } from '../../../domain/names.ts'

export interface UserRow {
  readonly accountId: AccountId
  readonly userName: string
  /** No other user ever gets this id, not even one of the same name. */
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
  /** Adds a user. @throws AdminError `userExists` */
  create(row: UserRow): Promise<void>
  find(accountId: AccountId, userName: string): Promise<UserRow | undefined>
  /** The account's users, sorted by name. */
  list(accountId: AccountId): Promise<UserRow[]>
  /** Deletes the user with its policies and keys. False when there is no such user. */
  delete(accountId: AccountId, userName: string): Promise<boolean>
  /** Adds the policy, or replaces the user's policy of that name. */
  putPolicy(row: UserPolicyRow): Promise<void>
  /** The user's policies, sorted by name. */
  policies(accountId: AccountId, userName: string): Promise<UserPolicyRow[]>
  deletePolicy(accountId: AccountId, userName: string, policyName: string): Promise<boolean>
}
