import type { Digest } from '../../../domain/digest.ts'
import type { StorageKey } from '../../blob-store.ts'
import type { BlobRow } from '../blobs/blobs.ts'
import type { Page, RepositoryId } from '../common.ts'

export interface InventoryBlob extends BlobRow {
  /**
   * When the blob's bytes were found missing or wrong. Such a blob is served to nobody until its digest is pushed
   * again.
   */
  readonly damagedAt: number | undefined
}

export interface InventoryManifest {
  readonly repositoryId: RepositoryId
  readonly digest: Digest
  readonly mediaType: string
}

export interface RepositoryCount {
  readonly id: RepositoryId
  /** `ALIAS/NAME`, with the primary alias. */
  readonly path: string
  /** The counters in the repository's row: of its images, live and in the bin. */
  readonly kept: RepositoryTotals
  /** The numbers that a count of its rows comes to. */
  readonly counted: RepositoryTotals
}

export interface RepositoryTotals {
  readonly images: number
  readonly binImages: number
  readonly binBytes: number
}

/** A live image that cannot be pulled whole. */
export interface DamagedImage {
  readonly blob: Digest
  readonly manifest: Digest
  /** `ALIAS/NAME`, with the primary alias. */
  readonly path: string
}

/** Everything that is stored, page by page: for verification, not for serving. */
export interface InventoryRows {
  /** Every blob, damaged ones included, by digest. */
  blobs(page: Page<Digest>): Promise<InventoryBlob[]>
  /** The blob, damaged or not. */
  findBlob(digest: Digest): Promise<InventoryBlob | undefined>
  /** How many blobs are marked as damaged. */
  countDamaged(): Promise<number>
  /** Live images that need a damaged blob, at most `limit`, in no order. */
  damagedImages(limit: number): Promise<DamagedImage[]>
  /** The keys of the list that a blob, an upload or the journal names, all looked up at one moment. */
  knownKeys(keys: readonly StorageKey[]): Promise<Set<StorageKey>>
  /** Whether the bytes under the key are a blob's. */
  isOfBlob(key: StorageKey): Promise<boolean>
  /** Every repository with its counters and its counts, by id. */
  counts(page: Page<RepositoryId>): Promise<RepositoryCount[]>
  /** Sets the repository's counters to its counts. */
  recount(id: RepositoryId): Promise<void>
  /** The digests of the list that the repository holds as blobs, damaged ones included. */
  linked(repositoryId: RepositoryId, digests: readonly Digest[]): Promise<Set<Digest>>
  /** The live manifests of all repositories, sorted by repository, then digest. */
  manifests(page: Page<Pick<InventoryManifest, 'repositoryId' | 'digest'>>): Promise<InventoryManifest[]>
}
