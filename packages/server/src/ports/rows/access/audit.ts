import type { Via } from '../../../domain/actor.ts'
import type { Digest } from '../../../domain/digest.ts'
import type { AccountId } from '../../../domain/names.ts'
import type { Page, RepositoryId } from '../common.ts'

export interface AuditRecord {
  readonly recordedAt: number
  /** What was done, such as `DeleteImage` or `CreateAccessKey`. */
  readonly action: string
  readonly principal: string
  readonly sourceAddress?: string | undefined
  readonly via: Via
  readonly accountId?: AccountId | undefined
  readonly repository?: string | undefined
  readonly digest?: string | undefined
  readonly tag?: string | undefined
  /** More for a person to read: a reason, or the name of a user or key. */
  readonly detail?: string | undefined
}

export interface AuditFilter {
  readonly accountId?: AccountId | undefined
  /** Only records of this repository; needs `accountId` as well. */
  readonly repository?: string | undefined
  readonly action?: string | undefined
  /** Milliseconds since 1970: the earliest time that is listed. */
  readonly since?: number | undefined
  /** Milliseconds since 1970: the first time that is not listed any more. */
  readonly until?: number | undefined
  /** Whether the newest records come first, and not the oldest. */
  readonly newestFirst?: boolean | undefined
  /** The id of the last record that may be listed, in the order that was asked for. */
  readonly upTo?: number | undefined
}

/** The audit log. A record is written in the transaction of what it records, and never changes. */
export interface AuditRows {
  append(records: readonly AuditRecord[]): Promise<void>
  /** Appends the record once for each tag of the live manifest, in the byte order of the tags. */
  appendForTags(record: AuditRecord, repositoryId: RepositoryId, digest: Digest): Promise<void>
  /**
   * The id of the `limit`-th record behind a place, of an account and a repository, whatever else the filter asks for;
   * undefined where there are fewer. It ends a part that may be looked through at a time.
   */
  endOfPart(filter: AuditFilter, page: Page<number>): Promise<number | undefined>
  /**
   * The records that the filter lets through, in the order that it asks for. `after` is the id of the last record of
   * the page before.
   */
  list(filter: AuditFilter, page: Page<number>): Promise<(AuditRecord & { readonly id: number })[]>
}
