import type { Digest } from '../../../domain/digest.ts'
import type { RepositoryId } from '../common.ts'
import type { ManifestRow } from '../images/images.ts'

/** A manifest whose platform nobody has looked up yet. */
export type Undescribed = Pick<ManifestRow, 'repositoryId' | 'digest' | 'mediaType' | 'sizeBytes'>

/** What was found out about a manifest. */
export interface Described {
  readonly repositoryId: RepositoryId
  readonly digest: Digest
  /** Such as `linux/arm64/v8`; empty where the manifest is no image for a platform. */
  readonly platform: string
  /** The configuration that was read for it, if any. */
  readonly config?: { readonly digest: Digest; readonly facts: object } | undefined
  /** What an index says of those that it lists; it counts for those that say nothing themselves. */
  readonly children?: readonly { readonly digest: Digest; readonly platform: string }[] | undefined
}

/** What pages show of configurations, by their digests, so that no page reads a blob; and the platforms of images. */
export interface ImageConfigRows {
  /** The facts that were noted of a configuration; undefined where none were. */
  find(config: Digest): Promise<object | undefined>
  /** The platform of each of the manifests that has been looked up and has one. */
  platforms(repositoryId: RepositoryId, digests: readonly Digest[]): Promise<Map<Digest, string>>
  /** The platforms that the repository's images have, in the order of their bytes; at most `limit`. */
  ofRepository(repositoryId: RepositoryId, limit: number): Promise<string[]>
  /** At most `limit` manifests that are to be looked up: new ones, restored ones, and those of older releases. */
  lacking(limit: number): Promise<Undescribed[]>
  /** Notes what was found out. A manifest or a configuration that is gone is passed over. */
  note(found: readonly Described[]): Promise<void>
}
