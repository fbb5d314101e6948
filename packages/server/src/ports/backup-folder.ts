import type { BlobStore } from './blob-store.ts'

/** A backup cannot be made or restored, and nothing of the user's was changed. The message says what to do. */
export class BackupRefused extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'BackupRefused'
  }
}

/** A file of rows that is being written. `commit` makes it durable. `close` must be called whatever happened. */
export interface RowsFile {
  write(text: string): Promise<void>
  commit(): Promise<void>
  close(): Promise<void>
}

/**
 * A folder that holds one backup. A complete backup has its name from one moment to the next: bytes and rows are
 * written apart, and the manifest, which names the rows, is replaced last. Only plain files that lie in the folder
 * itself are read: a link or a device is refused. All calls throw BackupRefused where the folder cannot be read or
 * written.
 */
export interface BackupFolder {
  /** The folder's path. */
  readonly place: string
  /** The bytes of blobs that are in the folder whole, by storage key. A fresh object replaces the one that is there. */
  readonly blobs: Pick<BlobStore, 'create' | 'sizeBytes' | 'read' | 'remove' | 'keys'>
  /** Which registry the folder is for; undefined while no backup was begun in it. */
  readOwner(): Promise<string | undefined>
  putOwner(text: string): Promise<void>
  /** The manifest; undefined while no backup was completed. */
  readManifest(): Promise<string | undefined>
  /** Makes everything durable that was written, and then replaces the manifest. */
  putManifest(text: string): Promise<void>
  /** Begins a file of rows. It belongs to the set that is being written. */
  createRows(table: string): Promise<RowsFile>
  /** Gives the rows that were written since the folder was opened the id `set`. */
  keepRows(set: string): Promise<void>
  /** The bytes of a file of rows. */
  readRows(set: string, table: string): AsyncIterable<Buffer>
  /** Removes the rows of all sets but that one. */
  removeOtherRows(set: string): Promise<void>
}
