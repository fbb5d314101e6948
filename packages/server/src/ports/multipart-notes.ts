import type { StorageKey } from './blob-store.ts'
import type { MultipartRow } from './rows/blobs/multiparts.ts'

/** Where a blob store notes them, at once and for good. */
export interface MultipartNotes {
  note(row: MultipartRow): Promise<void>
  forget(key: StorageKey, multipartId?: string): Promise<void>
  keys(): AsyncIterable<StorageKey>
}
