import type { AccountId } from '../../../domain/names.ts'
import type { RepositoryId } from '../common.ts'

/** A mark that search may not know of a change yet: in one repository, or in all of an account. */
export interface StaleMark {
  readonly accountId: AccountId
  readonly repositoryId: RepositoryId | undefined
  /** How many changes there were. A mark with more changes than were seen stays. */
  readonly changes: number
}

/**
 * The marks of what search does not know yet. The store itself marks what changes, whoever writes; housekeeping brings
 * the entries of search up to date.
 */
export interface SearchMarkRows {
  /** A mark, if there is one; accounts come before their repositories. */
  nextStale(): Promise<StaleMark | undefined>
  /** Marks that no other transaction has in hand. */
  claimStale(limit: number): Promise<StaleMark[]>
  /** Whether a server of an older release made an entry. Such entries have no platforms of images. */
  hasOutdated(): Promise<boolean>
  /** Repositories with an entry of an older release that no other transaction has in hand. */
  claimOutdated(limit: number): Promise<RepositoryId[]>
  /** Removes the marks, but for those to which changes came meanwhile. */
  settle(marks: readonly StaleMark[]): Promise<void>
  /** Marks all repositories of an account that hold images. */
  spread(accountId: AccountId): Promise<void>
}
