import type { Digest } from '../../../domain/digest.ts'
import type { AccountId, Tag } from '../../../domain/names.ts'
import type { DeletionId, Page, RepositoryId } from '../common.ts'
import type { ManifestRow } from './images.ts'

/** Who deleted images, and until when they can be restored. */
export interface Deletion {
  readonly deletedAt: number
  readonly deletedBy: string
  /** For a person: the call, or the rule with its number. */
  readonly reason: string
  readonly purgeAfter: number
}

/** One deletion of one image. A digest that is pushed and deleted again is another row. */
export interface BinRow extends ManifestRow, Deletion {
  /** Greater than those of all deletions before. */
  readonly id: DeletionId
  /** The tags it had, in their byte order. */
  readonly tags: readonly Tag[]
}

export interface BinPage extends Page<DeletionId> {
  /** Leaves out what is due at this time; undefined for none of it. */
  readonly notDueAt?: number | undefined
}

export interface BinRows {
  /**
   * Copies live manifests with their tags and references into the bin, and counts them in the repository's
   * `binCount`; their blobs stay stored until `remove`. The caller deletes the live rows in the same transaction.
   */
  add(repositoryId: RepositoryId, digests: readonly Digest[], deletion: Deletion): Promise<void>
  /** Newest first; `after` is the last id of the page before. */
  list(repositoryId: RepositoryId, page: BinPage): Promise<BinRow[]>
  /** The same for all repositories of an account. */
  listAll(accountId: AccountId, page: BinPage): Promise<BinRow[]>
  /**
   * Makes the image live again, and its blobs readable in the repository, leased until `leaseUntil`; takes it out of
   * the bin. Its tags lead to it from `at` on, but for those that lead somewhere: these are answered. An image that is
   * live already only gets its tags. Everything that it lists must be live.
   */
  restore(id: DeletionId, at: number, leaseUntil: number): Promise<{ tag: Tag; digest: Digest }[]>
  /** Takes rows out of the bin, counts them out, and queues their blobs for the collector's review at `at`. */
  remove(ids: readonly DeletionId[], at: number): Promise<void>
  /** Rows whose time is over, the longest over first. */
  due(now: number, limit: number): Promise<BinRow[]>
  /** The same for a transaction that removes them: until it ends, other transactions claim none of these. */
  claimDue(now: number, limit: number): Promise<BinRow[]>
  /** Of all repositories together. */
  state(now: number): Promise<BinState>
}

/** Deleted images that can be restored or wait for the next pass. */
export interface BinState {
  readonly images: number
  readonly bytes: number
  /** Those of the images whose time is over. */
  readonly due: number
  /** When the time of the first one is over. */
  readonly firstAt: number | undefined
  /** When that of the last one is. */
  readonly lastAt: number | undefined
}
