import type { Digest } from '../../../domain/digest.ts'
import type { RepositoryId } from '../common.ts'
import type { ManifestRow } from '../images/images.ts'

/** A manifest whose platform nobody has looked up yet. */
export type Undescribed = Pick<ManifestRow, 'repositoryId' | 'digest' | 'mediaType' | 'sizeBytes'>

/** The facts that were found out about a manifest. */
export interface Described {
  readonly repositoryId: RepositoryId
  readonly digest: Digest
  /** The platform, such as `linux/arm64/v8`; empty where the manifest is no image for a platform. */
  readonly platform: string
  /** The configuration that was read for it, if any. */
  readonly config?: { readonly digest: Digest; readonly facts: object } | undefined
  /**
   * The platforms that an index gives to the manifests that it lists. They count for manifests that give none
   * themselves.
   */
  readonly children?: readonly { readonly digest: Digest; readonly platform: string }[] | undefined
}

/**
 * The facts of configurations that pages show, by the digest of the configuration, so that no page reads a blob; and
 * the platforms of images.
 */
export interface ImageConfigRows {
  /** The facts that were noted of a configuration; undefined where none were. */
  find(config: Digest): Promise<object | undefined>
  /** The platforms of those manifests that have been looked up and have one. */
  platforms(repositoryId: RepositoryId, digests: readonly Digest[]): Promise<Map<Digest, string>>
  /** The platforms that the repository's images have, in the order of their bytes; at most `limit`. */
  ofRepository(repositoryId: RepositoryId, limit: number): Promise<string[]>
  /**
   * At most `limit` manifests that are to be looked up: new ones, restored ones, and manifests that a server of an
   * older release took.
   */
  lacking(limit: number): Promise<Undescribed[]>
  /** Stores the facts. A manifest or a configuration that is gone is passed over. */
  note(found: readonly Described[]): Promise<void>
}
