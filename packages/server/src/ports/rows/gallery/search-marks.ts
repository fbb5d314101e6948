import type { AccountId } from '../../../domain/names.ts'
import type { RepositoryId } from '../common.ts'

/** Says that search may not know of a change yet: in one repository, or in all of an account. */
export interface StaleMark {
  readonly accountId: AccountId
  readonly repositoryId: RepositoryId | undefined
  /** How many changes there were; a mark with more than were seen stays. */
  readonly changes: number
}

/**
 * What search does not know yet. The store itself marks what changes, whoever writes; housekeeping brings entries up to
 * date.
 */
export interface SearchMarkRows {
  /** A mark, if there is one; accounts come before their repositories. */
  nextStale(): Promise<StaleMark | undefined>
  /** Marks that no other transaction has in hand. */
  claimStale(limit: number): Promise<StaleMark[]>
  /** Whether an older server made an entry, which does not know the platforms of images. */
  hasOutdated(): Promise<boolean>
  /** The repositories of such entries that no other transaction has in hand. */
  claimOutdated(limit: number): Promise<RepositoryId[]>
  /** Removes marks, but for those that have come again meanwhile. */
  settle(marks: readonly StaleMark[]): Promise<void>
  /** Marks all repositories of an account that hold images. */
  spread(accountId: AccountId): Promise<void>
}
