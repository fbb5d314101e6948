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
  /** More, for a person: a reason, a user's or a key's name. */
  readonly detail?: string | undefined
}

export interface AuditFilter {
  readonly accountId?: AccountId | undefined
  /** Only together with `accountId`. */
  readonly repository?: string | undefined
  readonly action?: string | undefined
  /** Inclusive. */
  readonly since?: number | undefined
  /** Exclusive. */
  readonly until?: number | undefined
}

/** Written with what it records, in one transaction; never changed. */
export interface AuditRows {
  append(records: readonly AuditRecord[]): Promise<void>
  /** Such a record for each tag of the live manifest, in their byte order. */
  appendForTags(record: AuditRecord, repositoryId: RepositoryId, digest: Digest): Promise<void>
  /** Oldest first. */
  list(filter: AuditFilter, page: Page<number>): Promise<(AuditRecord & { readonly id: number })[]>
}
