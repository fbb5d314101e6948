import type { StorageKey } from '../../blob-store.ts'
import type { RepositoryId, UploadId } from '../common.ts'

export interface UploadRow {
  readonly id: UploadId
  readonly repositoryId: RepositoryId
  readonly storageKey: StorageKey
  readonly createdAt: number
  readonly expiresAt: number
  /** Parts received through UploadLayerPart; an OCI upload has none. */
  readonly parts: number
  /** Size in bytes of the last part received. */
  readonly lastPartBytes: number
  /** True when a part other than the last one was smaller than the minimum. */
  readonly hasSmallPart: boolean
}

export interface UploadRows {
  create(row: UploadRow): Promise<void>
  /** The upload, where it is one of this repository's. */
  find(repositoryId: RepositoryId, id: UploadId): Promise<UploadRow | undefined>
  addPart(id: UploadId, change: Pick<UploadRow, 'parts' | 'lastPartBytes' | 'hasSmallPart'>): Promise<void>
  extend(id: UploadId, expiresAt: number): Promise<void>
  /**
   * Ends the upload, whose bytes belong to a blob from now on. False when it is gone, or was claimed again since
   * `turn`.
   */
  complete(id: UploadId, turn?: number | undefined): Promise<boolean>
  /**
   * Ends the upload and journals its storage key for removal. False when it is gone, or was claimed again since
   * `turn`.
   */
  cancel(id: UploadId, turn?: number | undefined): Promise<boolean>
  /** The expired uploads that no server has claimed, those that expired first in front; at most `limit`. */
  expired(now: number, limit: number): Promise<UploadRow[]>
  state(now: number): Promise<UploadsState>
}

export interface UploadsState {
  readonly open: number
  /** Uploads that nobody touched for so long that the next pass ends them. `open` does not count them. */
  readonly expired: number
}
