import type { AccountId } from '../domain/names.ts'
import type { BlobStore } from '../ports/blob-store.ts'
import type { Clock } from '../ports/clock.ts'
import type { MetadataStore, Rows } from '../ports/metadata-store.ts'
import type { RepositoryId } from '../ports/rows/common.ts'
import type { RepositoryRow, RepositorySettings } from '../ports/rows/repositories/repositories.ts'
import type { Notice } from '../runtime/notice.ts'

/** The stores, limits and clock that every use case works with. The composition root makes it once. */
export interface RegistryContext {
  readonly metadata: MetadataStore
  readonly blobs: BlobStore
  readonly clock: Clock
  readonly quotas: Quotas
  /** Days that deleted images stay in the bin where neither repository nor registry chose a number; 0 for no bin. */
  readonly binDays: number
  /** Milliseconds from a run of a repository's lifecycle policy to the next one. */
  readonly lifecycleMs: number
  /**
   * Milliseconds: a blob that a client was told of is safe from collection for at least this long, so that its
   * manifest can follow.
   */
  readonly blobLeaseMs: number
  /** Called when images have come, by a push or out of the bin. */
  readonly pushed?: Notice | undefined
}

/**
 * Counts and sizes that a registry allows. The defaults are the quotas that ECR Public publishes, where it publishes
 * one.
 */
export interface Quotas {
  readonly repositoriesPerRegistry: number
  readonly imagesPerRepository: number
  readonly tagsPerImage: number
  readonly layerParts: number
  readonly layerPartMinBytes: number
  readonly layerPartMaxBytes: number
  readonly layerMaxBytes: number
  readonly resourceTagsPerRepository: number
  /** The most uploads that one account may have begun, as `AccountUsage` counts them. */
  readonly openUploadsPerAccount: number
  readonly storedBytesPerAccount: number
  readonly auditBytesPerAccount: number
}

const MIB = 1024 * 1024

export const ECR_PUBLIC_QUOTAS: Quotas = {
  repositoriesPerRegistry: 10_000,
  imagesPerRepository: 100_000,
  tagsPerImage: 1_000,
  layerParts: 1_000,
  layerPartMinBytes: 5 * MIB,
  layerPartMaxBytes: 10 * MIB,
  layerMaxBytes: 10_000 * MIB,
  resourceTagsPerRepository: 50,
  // These are berth's own: a hundred times what one CI runner has (docs/operating.md).
  openUploadsPerAccount: 10_000,
  storedBytesPerAccount: 100_000_000_000_000,
  auditBytesPerAccount: 10_000_000_000,
}

/** Milliseconds between two runs of a lifecycle policy, unless a setting says otherwise. */
export const LIFECYCLE_MS = 60 * 60 * 1000

/** Milliseconds of a blob's lease, unless a setting says otherwise. */
export const BLOB_LEASE_MS = 6 * 60 * 60 * 1000

/**
 * Asks once more for what a caller was allowed before. The transaction that takes effect calls it, since bodies take
 * their time and rights are withdrawn meanwhile. `repository` is the row as that transaction sees it, where there is
 * one.
 * @throws ProblemError `credentialsRefused`, `accessKeyUnknown`, `sessionOver`, `forbidden`
 */
export type Confirm = (rows: Rows, repository?: RepositoryRow) => Promise<void>

/** A repository as the caller named it, so that a problem can be worded in the caller's terms. */
export interface RepositoryRef {
  readonly id: RepositoryId
  /** The account that owns the repository. */
  readonly accountId: AccountId
  readonly name: string
  /** What the caller knows the registry by: the account id on the control API, the alias on the registry endpoint. */
  readonly registryId: string
  /**
   * The settings as they were when the repository was found. They serve to prepare; a transaction judges by those of
   * its own row.
   */
  readonly settings: RepositorySettings
  /** Asks again for the caller's right. Absent for berth's own work, which asks nobody. */
  readonly confirm?: Confirm | undefined
}

/** The part of a repository that problems repeat to the caller. */
export function words({ name, registryId }: Pick<RepositoryRef, 'name' | 'registryId'>): {
  name: string
  registryId: string
} {
  return { name, registryId }
}
