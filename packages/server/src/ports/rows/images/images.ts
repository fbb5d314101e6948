import type { AnyDigest, Digest } from '../../../domain/digest.ts'
import type { RegistryAlias, RepositoryName, Tag } from '../../../domain/names.ts'
import type { Page, RepositoryId } from '../common.ts'

export interface ManifestRow {
  readonly repositoryId: RepositoryId
  readonly digest: Digest
  readonly mediaType: string
  /**
   * As the referrers list gives it, and DescribeImages as `artifactMediaType`: `artifactType`, else the config's media
   * type.
   */
  readonly artifactType: string | undefined
  /** The `config.mediaType`. */
  readonly configMediaType: string | undefined
  readonly subject: AnyDigest | undefined
  readonly sizeBytes: number
  /** Config and layers; for an index the largest of its manifests (ECR Public, ImageDetail). */
  readonly imageSizeBytes: number
  readonly pushedAt: number
  /** As `recordPulls` was last told. */
  readonly lastPulledAt?: number | undefined
}

/** A manifest with its `annotations`, which may fill it: only a few such rows fit into memory at once. */
export interface AnnotatedManifestRow extends ManifestRow {
  readonly annotations: Readonly<Record<string, string>> | undefined
}

/** What a manifest refers to inside its repository. */
export interface ManifestReferences {
  readonly blobs: readonly Digest[]
  readonly children: readonly Digest[]
  /**
   * What it names and the repository lacks: `children` are entries of its list, which may come as manifests or as
   * blobs.
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
   * One indexed read for a pull. Undefined when there is no such repository; `manifest` is undefined
   * when the repository is there and the manifest is not.
   */
  resolve(
    alias: RegistryAlias,
    name: RepositoryName,
    reference: { tag: Tag } | { digest: Digest },
  ): Promise<{ repositoryId: RepositoryId; manifest: ManifestHead | undefined } | undefined>
  /** A live manifest's exact bytes. */
  read(repositoryId: RepositoryId, digest: Digest): Promise<Buffer | undefined>
  find(repositoryId: RepositoryId, digests: readonly Digest[]): Promise<ManifestRow[]>
  /** By digest. */
  list(repositoryId: RepositoryId, page: Page<Digest>): Promise<ManifestRow[]>
  /**
   * Stores the manifest and its references. True when it is new: it is counted in the repository's `imageCount`. Of one
   * that is there, the references are recorded that were not, and `imageSizeBytes` follows. What is awaited is recorded
   * by whatever brings it to the repository: a blob's `commit` or `link`, or the `put` of a manifest. The caller has
   * seen in the same transaction that the blobs and children are in the repository; a reference to one that is not
   * fails.
   */
  put(row: AnnotatedManifestRow, bytes: Buffer, references: ManifestReferences): Promise<boolean>
  /**
   * Removes manifests with their tags and references, remembers that they were there, counts them out, and queues the
   * blobs they referred to for the collector's review at `at`. Fails when an index that stays lists one of them.
   */
  delete(repositoryId: RepositoryId, digests: readonly Digest[], at: number): Promise<void>
  /** Those of `digests` that are live manifests of the repository. */
  existing(repositoryId: RepositoryId, digests: readonly Digest[]): Promise<Set<Digest>>
  /**
   * Notes when manifests were last pulled; a time earlier than the one noted, or an absent manifest, changes nothing.
   */
  recordPulls(pulls: readonly { repositoryId: RepositoryId; digest: Digest; at: number }[]): Promise<void>
}
