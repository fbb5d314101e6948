import type { AccountId } from '../../../domain/names.ts'

export interface AccessKeyRow {
  readonly accessKeyId: string
  readonly accountId: AccountId
  readonly userName: string
  /** The secret, encrypted with a key that is not in the database. */
  readonly sealedSecret: string
  readonly active: boolean
  readonly createdAt: number
}

/** What a request's authorization needs of a user, in one read. */
export interface Principal {
  readonly accessKey: AccessKeyRow
  readonly userId: string
  /** Policy documents as stored, by policy name. */
  readonly policies: readonly string[]
}

/** The access keys of users. Deleting a user deletes its keys. */
export interface AccessKeyRows {
  add(row: AccessKeyRow): Promise<void>
  find(accessKeyId: string): Promise<AccessKeyRow | undefined>
  /** The user's keys in the order of their creation. */
  list(accountId: AccountId, userName: string): Promise<AccessKeyRow[]>
  /** Turns a key on or off. False when there is no such key. */
  setActive(accessKeyId: string, active: boolean): Promise<boolean>
  principal(accessKeyId: string): Promise<Principal | undefined>
}
