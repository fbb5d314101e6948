import type { StorageKey } from '../../blob-store.ts'

/** The figures of the journal of bytes to remove. */
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
  /** Keys whose removal is due. Keys that never failed come first. None is due while a hold is in force. */
  due(now: number, limit: number): Promise<RemovalRow[]>
  /** Counts a failed removal, and puts the next try off until `retryAt`. */
  postpone(key: StorageKey, retryAt: number): Promise<void>
  /** Makes every removal due that was put off. */
  retryAll(): Promise<void>
  /** Deletes a key from the journal, once its bytes are gone. */
  removed(key: StorageKey): Promise<void>
  state(): Promise<JournalState>
  /**
   * Has removals wait until the time `until`, by a new hold or a longer one, and takes holds away that were over at
   * `staleAt`. Bytes that a row names after the transaction stay while the hold is in force.
   */
  hold(holdId: string, until: number, staleAt: number): Promise<void>
  release(holdId: string): Promise<void>
  /** The time until which removals wait; undefined where they do not. */
  heldUntil(now: number): Promise<number | undefined>
}

/** The longest that a hold lasts, in milliseconds, unless it is prolonged. */
export const LONGEST_HOLD_MS = 5 * 60 * 1000
