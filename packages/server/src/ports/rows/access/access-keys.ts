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

/** They go with their users. */
export interface AccessKeyRows {
  add(row: AccessKeyRow): Promise<void>
  find(accessKeyId: string): Promise<AccessKeyRow | undefined>
  /** In the order of creation. */
  list(accountId: AccountId, userName: string): Promise<AccessKeyRow[]>
  /** True when there is such a key. */
  setActive(accessKeyId: string, active: boolean): Promise<boolean>
  principal(accessKeyId: string): Promise<Principal | undefined>
}
