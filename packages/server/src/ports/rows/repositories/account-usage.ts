import type { AccountId } from '../../../domain/names.ts'

/** The amounts that an account has, as they are charged (docs/operating.md). */
export interface AccountUsage {
  readonly storedBytes: number
  readonly auditBytes: number
  readonly openUploads: number
}

/** The counters of accounts. The store changes them with every row that comes or goes. */
export interface UsageRows {
  /** The account's counters; all are zero for an account that is not there. */
  of(accountId: AccountId): Promise<AccountUsage>
  /** Accounts whose counters differ from the counts, as both were at one moment. Reads every row that is counted. */
  differences(): Promise<{ accountId: AccountId; kept: AccountUsage; counted: AccountUsage }[]>
  /** Sets the account's counters to its counts. */
  recount(accountId: AccountId): Promise<void>
}
