import type { Digest } from '../../../domain/digest.ts'
import type { AccountId, Tag } from '../../../domain/names.ts'
import type { Page, RepositoryId } from '../common.ts'

/** One step of a tag, from one image to another; a new tag comes from nowhere, and a deleted one leads nowhere. */
export interface TagMove {
  readonly repositoryId: RepositoryId
  readonly accountId: AccountId
  readonly tag: Tag
  readonly from: Digest | undefined
  readonly to: Digest | undefined
  readonly movedAt: number
  readonly movedBy: string
  /** The row is due for removal then. */
  readonly keepUntil: number
}

export interface TagMoveRow extends TagMove {
  /** Greater than those of all moves before. */
  readonly id: number
}

/** A move that took the tag from an image, to which it has not come back since. */
export interface LostTag extends TagMoveRow {
  readonly from: Digest
}

export interface TagHistoryPage extends Page<number> {
  /** Leaves out what is due at this time. */
  readonly notDueAt: number
}

/**
 * Where tags led, for as long as the bin keeps images. A tag that goes into the bin together with its image, or comes
 * back with it, is told by the bin and is no move. At most one move a tag and image is lost.
 */
export interface TagHistoryRows {
  /** What led to an image before, and was lost, is not lost any more where a move leads there again. */
  append(moves: readonly TagMove[]): Promise<void>
  /** What the image has lost, and has now, is not lost any more: for tags that came back with it. */
  regained(repositoryId: RepositoryId, digest: Digest): Promise<void>
  /** The moves of one tag, the newest first. */
  list(repositoryId: RepositoryId, tag: Tag, page: TagHistoryPage): Promise<TagMoveRow[]>
  /** The newest first. */
  lost(repositoryId: RepositoryId, page: TagHistoryPage): Promise<LostTag[]>
  /** The same of all repositories of an account. */
  lostOfAccount(accountId: AccountId, page: TagHistoryPage): Promise<LostTag[]>
  /** Those that lost one of the tags, or were lost by one of the images; the oldest first. */
  lostNamed(
    repositoryId: RepositoryId,
    named: { readonly tags: readonly Tag[]; readonly digests: readonly Digest[] },
    now: number,
  ): Promise<LostTag[]>
  /** Has at most `limit` of the repository's lost tags be lost for good; returns how many. */
  giveUp(repositoryId: RepositoryId, limit: number): Promise<number>
  /** Removes at most `limit` moves that are due at `now`; returns how many. */
  removeDue(now: number, limit: number): Promise<number>
}
