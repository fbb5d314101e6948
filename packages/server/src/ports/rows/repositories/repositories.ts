import type { BoundPrincipals } from '../../../domain/iam/policy.ts'
import type { AccountId, RegistryAlias, RepositoryName } from '../../../domain/names.ts'
import type { Page, RepositoryId } from '../common.ts'
import type { RegistryRow } from './registries.ts'

export interface ResourceTag {
  readonly key: string
  readonly value: string
}

/** Shown in the gallery. Absent members were not given. */
export interface CatalogData {
  readonly description?: string | undefined
  readonly architectures?: readonly string[] | undefined
  readonly operatingSystems?: readonly string[] | undefined
  readonly aboutText?: string | undefined
  readonly usageText?: string | undefined
  /** Names the stored logo; its bytes are read with `logo`. */
  readonly logoId?: string | undefined
}

/** What a repository's owner chose about deletions; patterns as `domain/tag-patterns.ts` reads them. */
export interface RepositorySettings {
  /** Days that deleted images stay in the bin; 0 for no bin, undefined for the registry's number. */
  readonly binDays?: number | undefined
  /** An image with such a tag is not deleted. */
  readonly protectedTags: readonly string[]
  /** Such a tag, once it points to an image, is not pushed over. */
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
  /** Kept by `images`, not counted. */
  readonly imageCount: number
  /** Whom the policy named when it was set; undefined where it was set before that was kept. */
  readonly policyPrincipals: BoundPrincipals | undefined
  readonly settings: RepositorySettings
  /** Images in the bin and their `imageSizeBytes`; kept by `bin`. */
  readonly binCount: number
  readonly binBytes: number
}

/** A repository as `_catalog` names it: by its registry's primary alias. */
export interface CatalogEntry {
  readonly alias: RegistryAlias
  readonly name: RepositoryName
}

/** Where an alias and a name lead. */
export interface FoundByAlias {
  /** The registry that the alias belongs to. */
  readonly registry: Pick<RegistryRow, 'accountId' | 'createOnPush'>
  readonly repository: RepositoryRow | undefined
}

export interface RepositoryRows {
  /** @throws RegistryError `repositoryExists` */
  create(row: NewRepositoryRow): Promise<RepositoryRow>
  get(id: RepositoryId): Promise<RepositoryRow | undefined>
  find(accountId: AccountId, name: RepositoryName): Promise<RepositoryRow | undefined>
  /** By any alias of its registry, in one read. Undefined where the alias is nobody's. */
  findByAlias(alias: RegistryAlias, name: RepositoryName): Promise<FoundByAlias | undefined>
  /** By name. */
  list(accountId: AccountId, page: Page<RepositoryName>): Promise<RepositoryRow[]>
  count(accountId: AccountId): Promise<number>
  /** What all repositories of the account have in their bins: the sums of `binCount` and `binBytes`. */
  binTotals(accountId: AccountId): Promise<{ images: number; bytes: number }>
  /** Images in the repository; undefined when there is no such repository any more. */
  imageCount(id: RepositoryId): Promise<number | undefined>
  /** All registries' repositories, by alias, then name. */
  catalog(page: Page<CatalogEntry>): Promise<CatalogEntry[]>
}
