import type { StorageKey } from '../../blob-store.ts'

/** An upload that a blob store holds in parts, by the store's own name for it. */
export interface MultipartRow {
  readonly storageKey: StorageKey
  readonly multipartId: string
}

/**
 * The uploads in parts that were begun and did not end. They are kept apart from the sessions of clients: a store that
 * lists unfinished uploads by whole names only cannot find an upload whose session is lost.
 */
export interface MultipartRows {
  put(row: MultipartRow): Promise<void>
  delete(row: MultipartRow): Promise<void>
  /** The uploads in parts of one key. */
  of(key: StorageKey): Promise<MultipartRow[]>
  /** Keys that have uploads in parts, each once, in order. */
  keys(page: { readonly after?: StorageKey | undefined; readonly limit: number }): Promise<StorageKey[]>
}
