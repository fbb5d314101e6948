import type { AccountId, RegistryAlias } from '../../../domain/names.ts'
import type { Page } from '../common.ts'

export interface RegistryRow {
  readonly accountId: AccountId
  readonly createdAt: number
  readonly displayName: string | undefined
  readonly verified: boolean
  readonly createOnPush: boolean
  /** Days that deleted images stay in the bin. Absent unless the registry's owner chose a number. */
  readonly binDays?: number | undefined
  /** Whether the gallery shows nobody when and how often images were pulled. */
  readonly hidesPulls?: boolean | undefined
}

export interface AliasRow {
  readonly alias: RegistryAlias
  readonly accountId: AccountId
  /** Repository URIs are made with this alias. Each registry has exactly one such alias. */
  readonly primary: boolean
  /** Whether berth gave the alias when the registry was made. Such an alias cannot be deleted. */
  readonly isDefault: boolean
  readonly createdAt: number
}

export interface RegistryRows {
  /** Adds a registry. @throws AdminError `accountExists` */
  create(row: RegistryRow): Promise<void>
  find(accountId: AccountId): Promise<RegistryRow | undefined>
  /** All registries, sorted by account id. */
  list(page: Page<AccountId>): Promise<RegistryRow[]>
  /** Changes the members that are given. `undefined` deletes a name or a number of days. */
  update(
    accountId: AccountId,
    change: {
      displayName?: string | undefined
      verified?: boolean
      createOnPush?: boolean
      binDays?: number | undefined
      hidesPulls?: boolean
    },
  ): Promise<void>
  /** Adds an alias. A primary alias takes that place from the one before it. @throws AdminError `aliasExists` */
  addAlias(row: AliasRow): Promise<void>
  findAlias(alias: RegistryAlias): Promise<AliasRow | undefined>
  /** Every alias of the account, the default first, then in the order of creation. */
  aliases(accountId: AccountId): Promise<AliasRow[]>
  makePrimary(alias: RegistryAlias): Promise<void>
  /** Deletes an alias, never the default one. Where it is primary, the default alias becomes primary again. */
  deleteAlias(alias: RegistryAlias): Promise<void>
}
