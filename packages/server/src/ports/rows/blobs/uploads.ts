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
  /** Size of the last part received. */
  readonly lastPartBytes: number
  /** True when a part before the last one was under the minimum size. */
  readonly hasSmallPart: boolean
}

export interface UploadRows {
  create(row: UploadRow): Promise<void>
  /** Only within its own repository. */
  find(repositoryId: RepositoryId, id: UploadId): Promise<UploadRow | undefined>
  addPart(id: UploadId, change: Pick<UploadRow, 'parts' | 'lastPartBytes' | 'hasSmallPart'>): Promise<void>
  extend(id: UploadId, expiresAt: number): Promise<void>
  /** Ends the upload; its bytes now belong to a blob. False when it was gone, or claimed again since `turn`. */
  complete(id: UploadId, turn?: number | undefined): Promise<boolean>
  /** Ends the upload and journals its storage key for removal. False as `complete`. */
  cancel(id: UploadId, turn?: number | undefined): Promise<boolean>
  /** The longest expired first, without those that are claimed. */
  expired(now: number, limit: number): Promise<UploadRow[]>
  state(now: number): Promise<UploadsState>
}

export interface UploadsState {
  readonly open: number
  /** Nobody touched them for so long that the next pass ends them; not among `open`. */
  readonly expired: number
}
