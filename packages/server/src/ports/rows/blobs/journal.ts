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

/**
 * The journal of bytes to remove. A key is written here in the transaction that takes its row away, and leaves when its
 * bytes are gone: a crash in between loses nothing.
 */
export interface JournalRows {
  /** Journals a key for removal, unless it is there. No blob and no upload may name it in the same transaction. */
  add(key: StorageKey): Promise<void>
  /** Keys whose removal is due; those that never failed come first. */
  due(now: number, limit: number): Promise<RemovalRow[]>
  /** Counts a failed removal, and puts the next try off until `retryAt`. */
  postpone(key: StorageKey, retryAt: number): Promise<void>
  /** Makes every removal that was put off due. */
  retryAll(): Promise<void>
  /** Takes a key out of the journal, once its bytes are gone. */
  removed(key: StorageKey): Promise<void>
  state(): Promise<JournalState>
}
