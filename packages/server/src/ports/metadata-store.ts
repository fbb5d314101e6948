import type { Disk } from './disk.ts'
import type { AccessKeyRows } from './rows/access/access-keys.ts'
import type { AuditRows } from './rows/access/audit.ts'
import type { EndedSessionRows } from './rows/access/ended-sessions.ts'
import type { SignInLinkRows } from './rows/access/sign-in-links.ts'
import type { SigningKeyRows } from './rows/access/signing-keys.ts'
import type { UserRows } from './rows/access/users.ts'
import type { BlobUseRows } from './rows/blobs/blob-uses.ts'
import type { BlobRows } from './rows/blobs/blobs.ts'
import type { JournalRows } from './rows/blobs/journal.ts'
import type { MultipartRows } from './rows/blobs/multiparts.ts'
import type { ReviewRows } from './rows/blobs/reviews.ts'
import type { UploadClaimRows } from './rows/blobs/upload-claims.ts'
import type { UploadRows } from './rows/blobs/uploads.ts'
import type { ImageConfigRows } from './rows/gallery/image-configs.ts'
import type { SearchRows } from './rows/gallery/search.ts'
import type { SearchMarkRows } from './rows/gallery/search-marks.ts'
import type { ShownRepositoryRows } from './rows/gallery/shown-repositories.ts'
import type { TagOrderRows } from './rows/gallery/tag-order.ts'
import type { BelongingRows } from './rows/images/belongings.ts'
import type { BinRows } from './rows/images/bin.ts'
import type { DepartureRows } from './rows/images/departures.ts'
import type { ImageJobRows } from './rows/images/image-jobs.ts'
import type { ImageRows } from './rows/images/images.ts'
import type { PullCountRows } from './rows/images/pull-counts.ts'
import type { ReferenceRows } from './rows/images/references.ts'
import type { RestorableRows } from './rows/images/restorable.ts'
import type { TagHistoryRows } from './rows/images/tag-history.ts'
import type { TagRows } from './rows/images/tags.ts'
import type { MoveRows } from './rows/move/moves.ts'
import type { TableRows } from './rows/move/tables.ts'
import type { UsageRows } from './rows/repositories/account-usage.ts'
import type { HiddenRepositoryRows } from './rows/repositories/hidden-repositories.ts'
import type { LifecycleRows } from './rows/repositories/lifecycle.ts'
import type { RegistryRows } from './rows/repositories/registries.ts'
import type { RepositoryRows } from './rows/repositories/repositories.ts'
import type { RepositorySettingsRows } from './rows/repositories/repository-settings.ts'
import type { InventoryRows } from './rows/upkeep/inventory.ts'
import type { PassRows } from './rows/upkeep/passes.ts'
import type { ScheduleRows } from './rows/upkeep/schedules.ts'
import type { ServerRows } from './rows/upkeep/servers.ts'
import type { TimeRows } from './rows/upkeep/times.ts'

/**
 * The rows that decide what exists. Times are milliseconds since 1970, sizes are bytes, listings are
 * index ranges that start after a key and never skip by offset.
 */
export interface MetadataStore {
  /** Committed rows; every call stands by itself. Rows are written inside `transaction` only. */
  readonly rows: Rows
  /** Whether other servers, on other machines, may use the same rows. */
  readonly isShared: boolean
  /** What is known of the disk that has the rows. Transactions do not ask it: those that add rows must before. */
  readonly disk?: Disk
  /**
   * Runs `work` as if no other transaction ran beside it, and makes all of its writes visible at once. The writes are
   * durable when the promise resolves; none is made when `work` throws. Where another transaction comes between,
   * `work` is undone and run again from its start. So `work` awaits nothing but rows, starts no transaction of its
   * own, and leaves nothing behind outside of the rows. Its rows cannot be used once the transaction has ended.
   * @throws RegistryError `storageFull`; `unavailable` when the store is locked for too long, gone, or moved elsewhere
   */
  transaction<T>(work: (rows: Rows) => Promise<T>, options?: TransactionOptions): Promise<T>
  /**
   * As `transaction`, for moving to other storage only. It runs even where a move has stopped all writes, and begins
   * when every other transaction of any process has ended.
   */
  transactionOfMove<T>(work: (rows: Rows) => Promise<T>): Promise<T>
  /**
   * Gives `work` all rows as they are at one moment, which is after every transaction that has ended, while other
   * transactions go on. It may take long, and may await what it likes. Its rows cannot be written, nor used afterwards.
   * @throws RegistryError `unavailable`
   */
  snapshot<T>(work: (rows: Rows) => Promise<T>): Promise<T>
  /**
   * Reserves room on the disk of the rows again, where a full disk made the store give its reserve up. Call it now and
   * again.
   * @throws RegistryError `storageFull`
   */
  keepRoom?(): Promise<void>
  /** Whether rows are refused for want of room. Stores whose `disk` tells of that lack the method. */
  isFull?(): boolean
  /**
   * Undefined where all that rows have told is durable; else resolves once it is. Tell none of it to a client before: a
   * power cut would undo what the client goes by.
   * @throws RegistryError `unavailable`
   */
  settled?(): Promise<void> | undefined
  /**
   * The reason why callers may have to wait now, in words for an operator. Undefined where nothing is known to be
   * wrong.
   */
  trouble?(): string | undefined
  /**
   * Undoes what opening the store made in a database that others may use, for a start that has failed. Tables that were
   * there before stay, and all tables stay once an account is in them.
   */
  takeBack?(): Promise<void>
  close(): Promise<void>
}

export interface TransactionOptions {
  /**
   * The transaction reads or writes thousands of rows, or may. A store that works on the thread which asks runs it on
   * another thread.
   */
  readonly isLarge?: boolean
}

/** The groups of rows by name, each from the file of its name in `rows/`. Exactly one group writes each table. */
export interface Rows {
  readonly registries: RegistryRows
  readonly repositories: RepositoryRows
  readonly repositorySettings: RepositorySettingsRows
  readonly hiddenRepositories: HiddenRepositoryRows
  readonly lifecycle: LifecycleRows
  readonly accountUsage: UsageRows
  readonly shownRepositories: ShownRepositoryRows
  readonly tagOrder: TagOrderRows
  readonly imageConfigs: ImageConfigRows
  readonly search: SearchRows
  readonly searchMarks: SearchMarkRows

  readonly users: UserRows
  readonly accessKeys: AccessKeyRows
  readonly signingKeys: SigningKeyRows
  readonly endedSessions: EndedSessionRows
  readonly signInLinks: SignInLinkRows
  readonly audit: AuditRows

  readonly images: ImageRows
  readonly references: ReferenceRows
  readonly belongings: BelongingRows
  readonly departures: DepartureRows
  readonly imageJobs: ImageJobRows
  readonly tags: TagRows
  readonly tagHistory: TagHistoryRows
  readonly pullCounts: PullCountRows
  readonly bin: BinRows
  readonly restorable: RestorableRows

  readonly blobs: BlobRows
  readonly blobUses: BlobUseRows
  readonly reviews: ReviewRows
  readonly uploads: UploadRows
  readonly uploadClaims: UploadClaimRows
  readonly journal: JournalRows
  readonly multiparts: MultipartRows

  readonly schedules: ScheduleRows
  readonly servers: ServerRows
  readonly passes: PassRows
  readonly times: TimeRows
  readonly inventory: InventoryRows

  readonly moves: MoveRows
  readonly tables: TableRows
}
