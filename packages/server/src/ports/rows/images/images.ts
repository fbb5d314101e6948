import type { AnyDigest, Digest } from '../../../domain/digest.ts'
import type { RegistryAlias, RepositoryName, Tag } from '../../../domain/names.ts'
import type { Page, RepositoryId } from '../common.ts'

export interface ManifestRow {
  readonly repositoryId: RepositoryId
  readonly digest: Digest
  readonly mediaType: string
  /**
   * The type that the referrers list gives and that DescribeImages calls `artifactMediaType`: the manifest's
   * `artifactType`, else the media type of its config.
   */
  readonly artifactType: string | undefined
  /** The manifest's `config.mediaType`. */
  readonly configMediaType: string | undefined
  readonly subject: AnyDigest | undefined
  readonly sizeBytes: number
  /** Bytes of config and layers; for an index, of the largest of its manifests (ECR Public, ImageDetail). */
  readonly imageSizeBytes: number
  readonly pushedAt: number
  /** When the image was last pulled, as `recordPulls` was last told; milliseconds since 1970. */
  readonly lastPulledAt?: number | undefined
}

/**
 * A manifest with its `annotations`. They may fill the whole manifest, so only a few such rows fit into memory at
 * once.
 */
export interface AnnotatedManifestRow extends ManifestRow {
  readonly annotations: Readonly<Record<string, string>> | undefined
}

/** The references of a manifest inside its repository. */
export interface ManifestReferences {
  readonly blobs: readonly Digest[]
  readonly children: readonly Digest[]
  /**
   * The blobs and manifests that the manifest names and the repository lacks. `children` are entries of an index's
   * list, which may come as manifests or as blobs.
   */
  readonly awaited?: { readonly blobs: readonly Digest[]; readonly children: readonly Digest[] } | undefined
}

/** The answer of the hottest read: where a tag or digest leads, without the bytes. */
export interface ManifestHead {
  readonly digest: Digest
  readonly mediaType: string
  readonly sizeBytes: number
}

export interface ImageRows {
  /**
   * One indexed read for a pull. Undefined when there is no such repository; `manifest` is undefined when the
   * repository has no such manifest.
   */
  resolve(
    alias: RegistryAlias,
    name: RepositoryName,
    reference: { tag: Tag } | { digest: Digest },
  ): Promise<{ repositoryId: RepositoryId; manifest: ManifestHead | undefined } | undefined>
  /** A live manifest's exact bytes. */
  read(repositoryId: RepositoryId, digest: Digest): Promise<Buffer | undefined>
  find(repositoryId: RepositoryId, digests: readonly Digest[]): Promise<ManifestRow[]>
  /** The repository's live manifests, sorted by digest. */
  list(repositoryId: RepositoryId, page: Page<Digest>): Promise<ManifestRow[]>
  /**
   * Stores the manifest and its references. True where the manifest is new: the repository's `imageCount` then counts
   * it. A manifest that is there already gets the new references, and its `imageSizeBytes` follows. Whatever brings the
   * target of an awaited reference to the repository (`commit` or `link` of a blob, `put` of a manifest) records that
   * reference. The caller has seen in the same transaction that all other blobs and children are in the repository; a
   * reference to one that is not there fails.
   */
  put(row: AnnotatedManifestRow, bytes: Buffer, references: ManifestReferences): Promise<boolean>
  /**
   * Deletes manifests with their tags and references, remembers that they were there, counts them out, and queues the
   * blobs that they referred to for the collector's review at the time `at`. Fails when an index that stays lists one
   * of them.
   */
  delete(repositoryId: RepositoryId, digests: readonly Digest[], at: number): Promise<void>
  /** The members of `digests` that are live manifests of the repository. */
  existing(repositoryId: RepositoryId, digests: readonly Digest[]): Promise<Set<Digest>>
  /**
   * Notes when manifests were last pulled. A time before the noted one changes nothing, nor does an absent manifest.
   */
  recordPulls(pulls: readonly { repositoryId: RepositoryId; digest: Digest; at: number }[]): Promise<void>
}
