import type { BoundPrincipals } from '../../../domain/iam/policy.ts'
import type { RepositoryId } from '../common.ts'
import type { CatalogData, RepositoryRow, RepositorySettings, ResourceTag } from './repositories.ts'

export interface Logo {
  readonly logoId: string
  readonly mediaType: string
  readonly bytes: Buffer
}

/** The settings of a repository's owner. `RepositoryRow` has all of them except the bytes of the logo. */
export interface RepositorySettingsRows {
  setPolicy(id: RepositoryId, policyText: string | undefined, principals?: BoundPrincipals | undefined): Promise<void>
  /** Repositories whose policy was set before berth kept whom it named, sorted by id; at most `limit`. */
  unbound(limit: number): Promise<RepositoryRow[]>
  /** Sets catalog data. `logo` replaces the stored logo; undefined deletes it. */
  setCatalogData(id: RepositoryId, data: CatalogData | undefined, logo: Logo | undefined): Promise<void>
  logo(logoId: string): Promise<Logo | undefined>
  setResourceTags(id: RepositoryId, tags: readonly ResourceTag[]): Promise<void>
  set(id: RepositoryId, settings: RepositorySettings): Promise<void>
}
