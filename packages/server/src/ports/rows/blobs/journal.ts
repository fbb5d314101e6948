import type { StorageKey } from '../../blob-store.ts'

/** What the journal of bytes to remove holds. */
export interface JournalState {
  readonly keys: number
  /** Those of them whose removal failed before. */
  readonly failing: number
  /** When the first of these is tried again. */
  readonly retryAt: number | undefined
}

export interface RemovalRow {
  readonly storageKey: StorageKey
  /** How often its removal failed. */
  readonly attempts: number
}
