import type { StorageKey } from './blob-store.ts'
import type { MultipartRow } from './rows/blobs/multiparts.ts'

/**
 * Where a blob store notes its uploads in parts. A note is durable when its promise resolves, whatever becomes of
 * transactions.
 */
export interface MultipartNotes {
  note(row: MultipartRow): Promise<void>
  forget(key: StorageKey, multipartId?: string): Promise<void>
  keys(): AsyncIterable<StorageKey>
}
