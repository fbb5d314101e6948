import type { Digest } from '../../../domain/digest.ts'
import type { RepositoryId } from '../common.ts'

/** A blob, and what needs it. */
export interface BlobUse {
  readonly digest: Digest
  readonly sizeBytes: number
  /** Milliseconds since 1970: the collector leaves the blob until then. */
  readonly leaseUntil: number
  /** Live manifests of all repositories that refer to the blob, counted up to the limit that was asked for. */
  readonly manifests: number
  /** Whether an image in the bin needs the blob. */
  readonly isBinned: boolean
}

/** Reads of what needs blobs: for previews of what a deletion frees, and for whoever would lease the blobs. */
export interface BlobUseRows {
  /** The blobs that live manifests of the repository refer to, as pairs sorted by manifest, then by blob: the first. */
  of(
    repositoryId: RepositoryId,
    manifests: readonly Digest[],
    limit: number,
  ): Promise<{ manifest: Digest; blob: Digest }[]>
  /** The uses of stored blobs. The manifests that need one blob are counted up to `limit`. */
  count(blobs: readonly Digest[], limit: number): Promise<BlobUse[]>
  /** The members of `digests` that the repository may read and holds a lease of, until `leaseUntil` or longer. */
  leased(repositoryId: RepositoryId, digests: readonly Digest[], leaseUntil: number): Promise<Set<Digest>>
}
