import type { BoundPrincipals } from '../../../domain/iam/policy.ts'
import type { AccountId, RegistryAlias, RepositoryName } from '../../../domain/names.ts'
import type { Page, RepositoryId } from '../common.ts'
import type { RegistryRow } from './registries.ts'
import type { Logo, RepositorySettings } from './repository-settings.ts'

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
  /**
   * Takes its name, logo and lifecycle policy from the repository: it is not there any more, but for `empty` and
   * `delete`.
   */
  hide(id: RepositoryId): Promise<void>
  /** Those that were hidden and not deleted yet. */
  hidden(limit: number): Promise<RepositoryId[]>
  /**
   * Removes some of what is in a hidden repository, about `limit` rows, as `delete` removes all of it. False while
   * there may be more.
   */
  empty(id: RepositoryId, at: number, limit: number): Promise<boolean>
  /**
   * The repository and everything in it: images, tags, blob links (their digests queued for review), its bin,
   * tag history, policy, catalog data, logo and uploads (their storage keys journalled for removal).
   */
  delete(id: RepositoryId, at: number): Promise<void>
  setPolicy(id: RepositoryId, policyText: string | undefined, principals?: BoundPrincipals | undefined): Promise<void>
  /** Those with a policy of which it is not known whom it named, by id. */
  unbound(limit: number): Promise<RepositoryRow[]>
  /** `logo` replaces the stored one; undefined removes it. */
  setCatalogData(id: RepositoryId, data: CatalogData | undefined, logo: Logo | undefined): Promise<void>
  logo(logoId: string): Promise<Logo | undefined>
  setResourceTags(id: RepositoryId, tags: readonly ResourceTag[]): Promise<void>
  setSettings(id: RepositoryId, settings: RepositorySettings): Promise<void>
}
