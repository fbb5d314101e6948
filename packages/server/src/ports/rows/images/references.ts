import type { AnyDigest, Digest } from '../../../domain/digest.ts'
import type { Page, RepositoryId } from '../common.ts'
import type { ManifestReferences, ManifestRow } from './images.ts'

export interface ReferrersPage extends Page<Digest> {
  /**
   * Bytes: the page ends with the manifest that brings the sum of the manifests' sizes to this, unless it ends
   * earlier.
   */
  readonly enoughBytes: number
  /** The types that are listed, whatever the case of their letters; undefined lists all types. */
  readonly artifactTypes?: readonly string[] | undefined
}

/** The facts that a list of referrers has of one manifest. */
export interface ReferrerRow extends Pick<ManifestRow, 'digest' | 'mediaType' | 'artifactType' | 'sizeBytes'> {
  /** The annotations as JSON. They may fill a manifest, and are only passed on. */
  readonly annotations: string | undefined
}

/**
 * The references of live manifests: to the blobs and manifests that they need, and to the subject that they belong to.
 */
export interface ReferenceRows {
  /**
   * The recorded references of the manifest, without those that it awaits. They keep its blobs and children from
   * removal.
   */
  of(repositoryId: RepositoryId, manifest: Digest): Promise<ManifestReferences>
  /** Adds references to those that are there; the image's size follows. */
  add(repositoryId: RepositoryId, manifest: Digest, references: ManifestReferences): Promise<void>
  /**
   * The live indexes that list each child, as pairs sorted by child, then by parent; at least the first `limit` of each
   * child.
   */
  parents(
    repositoryId: RepositoryId,
    children: readonly Digest[],
    limit?: number,
  ): Promise<{ child: Digest; parent: Digest }[]>
  /** The live manifests whose subject is `subject`, sorted by digest. */
  referrers(repositoryId: RepositoryId, subject: AnyDigest, page: ReferrersPage): Promise<ReferrerRow[]>
  /** How many tags and references the manifests have together. Counting may stop at `enough`. */
  weigh(repositoryId: RepositoryId, digests: readonly Digest[], enough: number): Promise<number>
}
