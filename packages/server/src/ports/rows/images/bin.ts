import type { Digest } from '../../../domain/digest.ts'
import type { AccountId, Tag } from '../../../domain/names.ts'
import type { DeletionId, Page, RepositoryId } from '../common.ts'
import type { ManifestRow } from './images.ts'

/** Who deleted images, and until when they can be restored. */
export interface Deletion {
  readonly deletedAt: number
  readonly deletedBy: string
  /** For a person to read: the call, or the rule with its number. */
  readonly reason: string
  readonly purgeAfter: number
}

/** One deletion of one image. A digest that is pushed and deleted again is another row. */
export interface BinRow extends ManifestRow, Deletion {
  /** Greater than the ids of all deletions before. */
  readonly id: DeletionId
  /** The tags that the image had, in their byte order. */
  readonly tags: readonly Tag[]
}

export interface BinPage extends Page<DeletionId> {
  /** Milliseconds since 1970: rows that are due at this time are left out. Undefined leaves none out. */
  readonly notDueAt?: number | undefined
}

export interface BinRows {
  /**
   * Copies live manifests with their tags and references into the bin, and counts them in the repository's `binCount`.
   * The blobs of the manifests stay stored until `remove`. The caller deletes the live rows in the same transaction.
   */
  add(repositoryId: RepositoryId, digests: readonly Digest[], deletion: Deletion): Promise<void>
  /** The repository's deletions, newest first; `after` is the last id of the page before. */
  list(repositoryId: RepositoryId, page: BinPage): Promise<BinRow[]>
  /** As `list`, for all repositories of an account. */
  listAll(accountId: AccountId, page: BinPage): Promise<BinRow[]>
  /**
   * Makes the image live again and takes the deletion out of the bin. The image's blobs are readable in the repository
   * and leased until `leaseUntil`. Its tags lead to it from `at` on, except those that lead somewhere already, which
   * the call returns. An image that is live already only gets its tags. Everything that the image lists must be live.
   */
  restore(id: DeletionId, at: number, leaseUntil: number): Promise<{ tag: Tag; digest: Digest }[]>
  /** Deletes rows from the bin, counts them out, and queues their blobs for the collector's review at the time `at`. */
  remove(ids: readonly DeletionId[], at: number): Promise<void>
  /** Rows whose time in the bin is over, the longest over first; at most `limit`. */
  due(now: number, limit: number): Promise<BinRow[]>
  /** As `due`, for a transaction that removes the rows: no other transaction claims them until this one ends. */
  claimDue(now: number, limit: number): Promise<BinRow[]>
  /** The figures of all repositories' bins together. */
  state(now: number): Promise<BinState>
}

/** Deleted images that can be restored or wait for the next pass. */
export interface BinState {
  readonly images: number
  readonly bytes: number
  /** Images of the bin whose time is over. */
  readonly due: number
  /** When the time of the first image is over, in milliseconds since 1970. */
  readonly firstAt: number | undefined
  /** When the time of the last image is over, in milliseconds since 1970. */
  readonly lastAt: number | undefined
}
