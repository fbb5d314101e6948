import type { BoundPrincipals } from '../../../domain/iam/policy.ts'
import type {
  CatalogData,
  RepositoryRow,
  RepositorySettings,
  ResourceTag,
} from '../../../ports/rows/repositories/repositories.ts'
import type { Stored } from './stored.ts'

export const REPOSITORY = [
  'repositories.id',
  'repositories.account_id as accountId',
  'repositories.name',
  'repositories.created_at as createdAt',
  'repositories.policy_text as policyText',
  'repositories.policy_principals as policyPrincipals',
  'repositories.catalog_data as catalogData',
  'repositories.resource_tags as resourceTags',
  'repositories.image_count as imageCount',
  'repositories.settings',
  'repositories.bin_count as binCount',
  'repositories.bin_bytes as binBytes',
] as const

export const NO_SETTINGS: RepositorySettings = { protectedTags: [], immutableTags: [] }

export type StoredRepository = Stored<
  Omit<RepositoryRow, 'catalogData' | 'policyPrincipals' | 'resourceTags' | 'settings'>
> & {
  readonly policyPrincipals: string | null
  readonly catalogData: string | null
  readonly resourceTags: string
  readonly settings: string | null
}

export const toRepository = (row: StoredRepository): RepositoryRow => ({
  ...row,
  policyText: row.policyText ?? undefined,
  policyPrincipals: row.policyPrincipals === null ? undefined : (JSON.parse(row.policyPrincipals) as BoundPrincipals),
  catalogData: row.catalogData === null ? undefined : (JSON.parse(row.catalogData) as CatalogData),
  resourceTags: JSON.parse(row.resourceTags) as ResourceTag[],
  settings: row.settings === null ? NO_SETTINGS : (JSON.parse(row.settings) as RepositorySettings),
})
