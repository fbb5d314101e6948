import type { AccountId, RegistryAlias } from '../../../domain/names.ts'
import type { Page } from '../common.ts'

export interface RegistryRow {
  readonly accountId: AccountId
  readonly createdAt: number
  readonly displayName: string | undefined
  readonly verified: boolean
  readonly createOnPush: boolean
  /** Days that deleted images stay in the bin, where the registry's owner chose a number. */
  readonly binDays?: number | undefined
}

export interface AliasRow {
  readonly alias: RegistryAlias
  readonly accountId: AccountId
  /** The alias that repository URIs are made with; exactly one a registry. */
  readonly primary: boolean
  /** Given by berth when the registry was made; it cannot be deleted. */
  readonly isDefault: boolean
  readonly createdAt: number
}

export interface RegistryRows {
  /** @throws AdminError `accountExists` */
  create(row: RegistryRow): Promise<void>
  find(accountId: AccountId): Promise<RegistryRow | undefined>
  /** By account id. */
  list(page: Page<AccountId>): Promise<RegistryRow[]>
  /** Changes the members that are there; `undefined` takes a name or a number of days away. */
  update(
    accountId: AccountId,
    change: {
      displayName?: string | undefined
      verified?: boolean
      createOnPush?: boolean
      binDays?: number | undefined
    },
  ): Promise<void>
  /** @throws AdminError `aliasExists`. A primary alias takes that place from the one before it. */
  addAlias(row: AliasRow): Promise<void>
  findAlias(alias: RegistryAlias): Promise<AliasRow | undefined>
  /** Every alias of the account, the default first, then in the order of creation. */
  aliases(accountId: AccountId): Promise<AliasRow[]>
  makePrimary(alias: RegistryAlias): Promise<void>
  /** Not the default one. A primary alias gives that place back to the default. */
  deleteAlias(alias: RegistryAlias): Promise<void>
}
