import type { Digest } from '../../../domain/digest.ts'
import type { AccountId, Tag } from '../../../domain/names.ts'
import type { Page, RepositoryId } from '../common.ts'

/** One move of a tag from one image to another. A new tag comes from no image, and a deleted tag leads to none. */
export interface TagMove {
  readonly repositoryId: RepositoryId
  readonly accountId: AccountId
  readonly tag: Tag
  readonly from: Digest | undefined
  readonly to: Digest | undefined
  readonly movedAt: number
  readonly movedBy: string
  /** Milliseconds since 1970: when the row is due for removal. */
  readonly keepUntil: number
}

export interface TagMoveRow extends TagMove {
  /** Greater than the ids of all moves before. */
  readonly id: number
}

/** A move that took the tag from an image, where the tag has not come back to that image since. */
export interface LostTag extends TagMoveRow {
  readonly from: Digest
}

export interface TagHistoryPage extends Page<number> {
  /** Milliseconds since 1970: moves that are due at this time are left out. */
  readonly notDueAt: number
}

/**
 * Where tags led, for as long as the bin keeps images. The bin itself tells of a tag that goes into it or comes back
 * together with its image: that is no move. Of each pair of tag and image at most one move counts as lost.
 */
export interface TagHistoryRows {
  /**
   * Adds moves. An earlier move that had lost the tag for an image is lost no more when the tag leads to that image
   * again.
   */
  append(moves: readonly TagMove[]): Promise<void>
  /** Ends the loss of those tags that the image has now: they came back with it. */
  regained(repositoryId: RepositoryId, digest: Digest): Promise<void>
  /** The moves of one tag, the newest first. */
  list(repositoryId: RepositoryId, tag: Tag, page: TagHistoryPage): Promise<TagMoveRow[]>
  /** The repository's lost tags, the newest loss first. */
  lost(repositoryId: RepositoryId, page: TagHistoryPage): Promise<LostTag[]>
  /** As `lost`, for all repositories of an account. */
  lostOfAccount(accountId: AccountId, page: TagHistoryPage): Promise<LostTag[]>
  /** The losses of these tags and of these images, the oldest first. */
  lostNamed(
    repositoryId: RepositoryId,
    named: { readonly tags: readonly Tag[]; readonly digests: readonly Digest[] },
    now: number,
  ): Promise<LostTag[]>
  /** Gives at most `limit` of the repository's lost tags up for good, and returns how many. */
  giveUp(repositoryId: RepositoryId, limit: number): Promise<number>
  /** Removes at most `limit` moves that are due at `now`; returns how many. */
  removeDue(now: number, limit: number): Promise<number>
}
