import type { StorageKey } from '../../blob-store.ts'

/** What the journal of bytes to remove holds. */
export interface JournalState {
  readonly keys: number
  /** Keys of the journal whose removal failed before. */
  readonly failing: number
  /** When the first of the failing keys is tried again, in milliseconds since 1970. */
  readonly retryAt: number | undefined
}

export interface RemovalRow {
  readonly storageKey: StorageKey
  /** How often the removal of this key failed. */
  readonly attempts: number
}

/**
 * The journal of bytes to remove. A key is written here in the transaction that deletes the row which named it, and is
 * deleted once its bytes are gone. So a crash between the two loses nothing.
 */
export interface JournalRows {
  /**
   * Journals a key for removal, unless the journal has it. No blob and no upload may name the key in the same
   * transaction.
   */
  add(key: StorageKey): Promise<void>
  /** Keys whose removal is due; those that never failed come first. */
  due(now: number, limit: number): Promise<RemovalRow[]>
  /** Counts a failed removal, and puts the next try off until `retryAt`. */
  postpone(key: StorageKey, retryAt: number): Promise<void>
  /** Makes every removal due that was put off. */
  retryAll(): Promise<void>
  /** Deletes a key from the journal, once its bytes are gone. */
  removed(key: StorageKey): Promise<void>
  state(): Promise<JournalState>
}
