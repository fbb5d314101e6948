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
  /** The blob, where the repository may read it and it is not damaged; the same for every other read here. */
  find(repositoryId: RepositoryId, digest: Digest): Promise<BlobRow | undefined>
  /** One indexed read for a pull. Undefined when the repository is absent; `blob` is when the blob is. */
  resolve(
    alias: RegistryAlias,
    name: RepositoryName,
    digest: Digest,
  ): Promise<{ repositoryId: RepositoryId; blob: BlobRow | undefined } | undefined>
  /** Sizes of those of `digests` that the repository may read. */
  sizes(repositoryId: RepositoryId, digests: readonly Digest[]): Promise<Map<Digest, number>>
  /**
   * Makes the blob exist and readable in the repository, both leased until `leaseUntil`. Where the
   * digest is stored already, that row stays and `row.storageKey` is journalled for removal; where what is
   * stored is damaged, the new bytes take its place and the old ones are journalled. Returns the row that holds. The
   * blob is queued for review when its lease is over, in case that no manifest comes to refer to it; `link` does so
   * too.
   */
  commit(repositoryId: RepositoryId, row: BlobRow, leaseUntil: number): Promise<BlobRow>
  /**
   * Lets another repository read a stored blob, damaged or not, and leases both; a lease never gets shorter.
   * False when the blob is gone.
   */
  link(repositoryId: RepositoryId, digest: Digest, leaseUntil: number): Promise<boolean>
  /** True when any repository may read the blob, and it is not damaged. */
  isLinked(digest: Digest): Promise<boolean>
  /** True when a manifest of the repository refers to the blob. */
  isReferenced(repositoryId: RepositoryId, digest: Digest): Promise<boolean>
  /**
   * Takes a blob that no manifest refers to from the repository and queues it for the collector's
   * review at `at`.
   */
  unlink(repositoryId: RepositoryId, digest: Digest, at: number): Promise<void>
  /**
   * Reviews one blob. Links that no manifest needs and whose lease is over go; with the last of them
   * goes the blob, when its own lease is over and no image in the bin needs it, and its storage key is journalled
   * for removal. The digest leaves the queue, or waits there for the end of the lease. Returns the blob if this
   * removed it.
   */
  collect(digest: Digest, now: number): Promise<BlobRow | undefined>
  /**
   * Marks the blob as damaged, or as sound with undefined. False when it has other bytes by now, or the mark already.
   */
  markDamaged(blob: BlobRow, at: number | undefined): Promise<boolean>
}
