import type { Digest } from '../../../domain/digest.ts'
import type { Tag } from '../../../domain/names.ts'
import type { DeletionId, RepositoryId } from '../common.ts'
import type { BinRow } from './bin.ts'

/** Reads of the bin before images are restored. Deletions that are due at `now` count as gone. */
export interface RestorableRows {
  /** The newest deletion of each digest that is not due at `now`. */
  newest(repositoryId: RepositoryId, digests: readonly Digest[], now: number): Promise<BinRow[]>
  /** Every deletion of the digests that is not due at `now`, the oldest first. */
  deletions(repositoryId: RepositoryId, digests: readonly Digest[], now: number): Promise<BinRow[]>
  /**
   * The newest deletion, not due at `now`, of an image that had the tag, for each tag. A tag without one is left out.
   */
  newestTagged(repositoryId: RepositoryId, tags: readonly Tag[], now: number): Promise<Map<Tag, BinRow>>
  /** The digests that the deleted index lists. */
  children(id: DeletionId): Promise<Digest[]>
  /**
   * The deleted images without tags whose subject is the row's image, and that were deleted with that image or later:
   * the newest deletion of each that is not due at `now`.
   */
  attached(row: Pick<BinRow, 'id' | 'repositoryId' | 'digest' | 'deletedAt'>, now: number): Promise<BinRow[]>
  /** The binned indexes that list each child and are not due at `now`; `id` is that of the index's deletion. */
  parents(
    repositoryId: RepositoryId,
    children: readonly Digest[],
    now: number,
  ): Promise<{ child: Digest; parent: Digest; id: DeletionId; purgeAfter: number }[]>
}
