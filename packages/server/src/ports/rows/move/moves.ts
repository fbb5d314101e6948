import type { StorageKey } from '../../blob-store.ts'

/** Which end of a move a database is. A database may have been a target before it became a source. */
export type MoveRole = 'source' | 'target'

/**
 * A source is `copying` while it takes writes, `stopped` while it takes none, and `moved` for good. A target is
 * `copying` until it is `done`; nobody serves from it before that.
 */
export type MoveState = 'copying' | 'stopped' | 'moved' | 'done'

/** The row of a move at one end of it. */
export interface MoveRow {
  readonly role: MoveRole
  /** Both ends have the same id. */
  readonly moveId: string
  readonly state: MoveState
  /** At a source: the id of this stop of its writes. At a target: the stop whose rows the target is given. */
  readonly stopId: string | undefined
  /** At a target: the process that moves. A different value means that a later process has taken over. */
  readonly worker: string | undefined
  /** The storage at the other end, in words for an operator, without passwords. */
  readonly otherEnd: string
  readonly changedAt: number
}

/** The state of a move, and at a target the journal of the bytes that it has written there. */
export interface MoveRows {
  find(role: MoveRole): Promise<MoveRow | undefined>
  /** Makes or replaces the row of its role. */
  put(row: MoveRow): Promise<void>
  /** How many blobs, and bytes of blobs, are to be copied: those that are not damaged. */
  total(): Promise<{ blobs: number; bytes: number }>
  /** The keys of the list that the journal has, each with whether its bytes are whole. */
  written(keys: readonly StorageKey[]): Promise<Map<StorageKey, boolean>>
  /** Journals the keys whose bytes come next. A key that the journal has already stays as it is. */
  intend(keys: readonly StorageKey[]): Promise<void>
  setWhole(key: StorageKey, isWhole: boolean): Promise<void>
  /** The journalled keys, sorted. */
  journal(page: { after?: StorageKey | undefined; limit: number }): Promise<StorageKey[]>
  forget(keys: readonly StorageKey[]): Promise<void>
}
