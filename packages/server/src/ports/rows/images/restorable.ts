import type { Digest } from '../../../domain/digest.ts'
import type { Tag } from '../../../domain/names.ts'
import type { DeletionId, RepositoryId } from '../common.ts'
import type { BinRow } from './bin.ts'

/** What is asked of the bin before images are restored. Nothing here is due at `now`: what is, is gone. */
export interface RestorableRows {
  /** The newest deletion of each digest that is not due at `now`. */
  newest(repositoryId: RepositoryId, digests: readonly Digest[], now: number): Promise<BinRow[]>
  /** Every deletion of these digests that is not due at `now`, the oldest first. */
  deletions(repositoryId: RepositoryId, digests: readonly Digest[], now: number): Promise<BinRow[]>
  /** The newest deletion of an image that had the tag, not due at `now`, for each tag that has one. */
  newestTagged(repositoryId: RepositoryId, tags: readonly Tag[], now: number): Promise<Map<Tag, BinRow>>
  /** What the deleted index lists. */
  children(id: DeletionId): Promise<Digest[]>
  /**
   * The deleted images without tags whose subject the row is and that were deleted with it or after it: of each the
   * newest deletion that is not due at `now`.
   */
  attached(row: Pick<BinRow, 'id' | 'repositoryId' | 'digest' | 'deletedAt'>, now: number): Promise<BinRow[]>
  /** The binned indexes that list each child and are not due at `now`; `id` is that of the index's deletion. */
  parents(
    repositoryId: RepositoryId,
    children: readonly Digest[],
    now: number,
  ): Promise<{ child: Digest; parent: Digest; id: DeletionId; purgeAfter: number }[]>
}
