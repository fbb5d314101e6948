import type { AnyDigest, Digest } from '../../../domain/digest.ts'
import type { Page, RepositoryId } from '../common.ts'
import type { ManifestReferences, ManifestRow } from './images.ts'

export interface ReferrersPage extends Page<Digest> {
  /** The page ends with the manifest that brings the sum of their sizes to this, if not before. */
  readonly enoughBytes: number
  /** Any of these, whatever the case of their letters; undefined: of all types. */
  readonly artifactTypes?: readonly string[] | undefined
}

/** What is listed of a manifest with a subject. */
export interface ReferrerRow extends Pick<ManifestRow, 'digest' | 'mediaType' | 'artifactType' | 'sizeBytes'> {
  /** As JSON: they may fill a manifest, and are only passed on. */
  readonly annotations: string | undefined
}

/** What live manifests name: the blobs and manifests that they need, and the subject that they belong to. */
export interface ReferenceRows {
  /**
   * What the manifest is recorded to refer to, without what it awaits: what keeps its blobs and children from removal.
   */
  of(repositoryId: RepositoryId, manifest: Digest): Promise<ManifestReferences>
  /** Records references besides those that are there; the image's size follows. */
  add(repositoryId: RepositoryId, manifest: Digest, references: ManifestReferences): Promise<void>
  /** The live indexes that list each child, of each the first `limit` at least: pairs, by child, then parent. */
  parents(
    repositoryId: RepositoryId,
    children: readonly Digest[],
    limit?: number,
  ): Promise<{ child: Digest; parent: Digest }[]>
  /** The live manifests whose subject it is, by digest. */
  referrers(repositoryId: RepositoryId, subject: AnyDigest, page: ReferrersPage): Promise<ReferrerRow[]>
  /**
   * How many tags and references these manifests have together; whoever asks need not know about more than `enough`.
   */
  weigh(repositoryId: RepositoryId, digests: readonly Digest[], enough: number): Promise<number>
}
