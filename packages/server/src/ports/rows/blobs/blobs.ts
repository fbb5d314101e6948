import type { Digest } from '../../../domain/digest.ts'
import type { RegistryAlias, RepositoryName } from '../../../domain/names.ts'
import type { StorageKey } from '../../blob-store.ts'
import type { RepositoryId } from '../common.ts'

export interface BlobRow {
  readonly digest: Digest
  readonly sizeBytes: number
  readonly storageKey: StorageKey
}

export interface BlobRows {
  /** The blob, where the repository may read it. Undefined for a damaged blob, as in every other read of this group. */
  find(repositoryId: RepositoryId, digest: Digest): Promise<BlobRow | undefined>
  /**
   * One indexed read for a pull. Undefined when there is no such repository; `blob` is undefined when the repository
   * has no such blob.
   */
  resolve(
    alias: RegistryAlias,
    name: RepositoryName,
    digest: Digest,
  ): Promise<{ repositoryId: RepositoryId; blob: BlobRow | undefined } | undefined>
  /** The sizes in bytes of those `digests` that the repository may read. */
  sizes(repositoryId: RepositoryId, digests: readonly Digest[]): Promise<Map<Digest, number>>
  /**
   * Makes the blob exist and readable in the repository, and leases blob and link until `leaseUntil`. Returns the row
   * that holds. Where the digest is stored already, the stored row stays and `row.storageKey` is journalled for
   * removal. Where the stored bytes are damaged, the new bytes take their place and the old key is journalled. The
   * blob is queued for review at the end of its lease, in case no manifest comes to refer to it.
   */
  commit(repositoryId: RepositoryId, row: BlobRow, leaseUntil: number): Promise<BlobRow>
  /**
   * Lets another repository read a stored blob, damaged or not. Leases blob and link, and queues the blob for review
   * as `commit` does. No lease ever gets shorter. False when the blob is gone.
   */
  link(repositoryId: RepositoryId, digest: Digest, leaseUntil: number): Promise<boolean>
  /** True when some repository may read the blob and its bytes are not damaged. */
  isLinked(digest: Digest): Promise<boolean>
  /** True when a manifest of the repository refers to the blob. */
  isReferenced(repositoryId: RepositoryId, digest: Digest): Promise<boolean>
  /**
   * Takes a blob that no manifest refers to from the repository, and queues the blob for the collector's review at the
   * time `at`.
   */
  unlink(repositoryId: RepositoryId, digest: Digest, at: number): Promise<void>
  /**
   * Reviews one blob. Links go that no manifest needs and whose lease is over. The blob goes with its last link, once
   * its own lease is over and no image in the bin needs it, and its storage key is journalled for removal. The digest
   * leaves the queue, or waits in the queue for the end of the lease. Returns the blob if this call removed it.
   */
  collect(digest: Digest, now: number): Promise<BlobRow | undefined>
  /**
   * Marks the blob as damaged since `at`, or as sound where `at` is undefined. False when the blob has other bytes by
   * now, or has the mark already.
   */
  markDamaged(blob: BlobRow, at: number | undefined): Promise<boolean>
}
