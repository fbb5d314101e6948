import type { BoundPrincipals } from '../../../domain/iam/policy.ts'
import type { AccountId, RegistryAlias, RepositoryName } from '../../../domain/names.ts'
import type { Page, RepositoryId } from '../common.ts'
import type { RegistryRow } from './registries.ts'

export interface ResourceTag {
  readonly key: string
  readonly value: string
}

/** The catalog data of a repository, which the gallery shows. Absent members were not given. */
export interface CatalogData {
  readonly description?: string | undefined
  readonly architectures?: readonly string[] | undefined
  readonly operatingSystems?: readonly string[] | undefined
  readonly aboutText?: string | undefined
  readonly usageText?: string | undefined
  /** The id of the stored logo. `logo` reads its bytes. */
  readonly logoId?: string | undefined
}

/** The choices of a repository's owner about deletions. Patterns are read as `domain/tag-patterns.ts` says. */
export interface RepositorySettings {
  /** Days that deleted images stay in the bin; 0 keeps no bin, undefined takes the registry's number. */
  readonly binDays?: number | undefined
  /** Patterns of tags whose images are not deleted. */
  readonly protectedTags: readonly string[]
  /** Patterns of tags that cannot be pushed over once they point to an image. */
  readonly immutableTags: readonly string[]
}

export interface NewRepositoryRow {
  readonly accountId: AccountId
  readonly name: RepositoryName
  readonly createdAt: number
  readonly policyText: string | undefined
  readonly catalogData: CatalogData | undefined
  readonly resourceTags: readonly ResourceTag[]
}

export interface RepositoryRow extends NewRepositoryRow {
  readonly id: RepositoryId
  /** Images in the repository. The group `images` keeps the number; nothing is counted to read it. */
  readonly imageCount: number
  /** The principals that the policy named when it was set. Undefined for a policy set before berth kept them. */
  readonly policyPrincipals: BoundPrincipals | undefined
  readonly settings: RepositorySettings
  /** Images in the bin and the sum of their `imageSizeBytes`. The group `bin` keeps both. */
  readonly binCount: number
  readonly binBytes: number
}

/** A repository as `_catalog` names it: by its registry's primary alias. */
export interface CatalogEntry {
  readonly alias: RegistryAlias
  readonly name: RepositoryName
}

/** The registry and the repository to which an alias and a name lead. */
export interface FoundByAlias {
  /** The registry that the alias belongs to. */
  readonly registry: Pick<RegistryRow, 'accountId' | 'createOnPush'>
  readonly repository: RepositoryRow | undefined
}

export interface RepositoryRows {
  /** Adds a repository. @throws RegistryError `repositoryExists` */
  create(row: NewRepositoryRow): Promise<RepositoryRow>
  get(id: RepositoryId): Promise<RepositoryRow | undefined>
  find(accountId: AccountId, name: RepositoryName): Promise<RepositoryRow | undefined>
  /** Finds a repository by any alias of its registry, in one read. Undefined where no registry has the alias. */
  findByAlias(alias: RegistryAlias, name: RepositoryName): Promise<FoundByAlias | undefined>
  /** The account's repositories, sorted by name. */
  list(accountId: AccountId, page: Page<RepositoryName>): Promise<RepositoryRow[]>
  count(accountId: AccountId): Promise<number>
  /** The sums of `binCount` and `binBytes` over all repositories of the account. */
  binTotals(accountId: AccountId): Promise<{ images: number; bytes: number }>
  /** How many images are in the repository; undefined when there is no such repository any more. */
  imageCount(id: RepositoryId): Promise<number | undefined>
  /** The repositories of all registries, sorted by alias, then name. */
  catalog(page: Page<CatalogEntry>): Promise<CatalogEntry[]>
}
