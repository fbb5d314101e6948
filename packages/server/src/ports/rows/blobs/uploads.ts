import type { Digest } from '../../../domain/digest.ts'
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
  /** Takes the upload until a time, unless another claim is in force. Undefined when it is gone. */
  claim(
    repositoryId: RepositoryId,
    id: UploadId,
    times: { readonly now: number; readonly until: number },
  ): Promise<UploadClaim | 'taken' | undefined>
  /** Leaves a wish for whoever has the upload at `now`, in the place of another one. False when nobody has it. */
  ask(id: UploadId, now: number, wish: UploadWish): Promise<boolean>
  /** The claim that is or was the last, and what is asked of it. Undefined when the upload is gone. */
  lastClaim(id: UploadId): Promise<{ turn: number; until: number; wish: UploadWish | undefined } | undefined>
  /** Takes the wish away, unless there was another claim since. */
  grant(id: UploadId, turn: number): Promise<void>
  /** Puts the end of a claim off. False when there was another claim since, or the upload is gone. */
  renew(id: UploadId, turn: number, until: number): Promise<boolean>
  /**
   * Ends a claim, unless there was another since. What it says of the bytes takes the place of what was said before.
   */
  release(id: UploadId, turn: number, hashed: HashedBytes | undefined): Promise<void>
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

/** What the first so many bytes of an upload hash to. */
export interface HashedBytes {
  readonly digest: Digest
  readonly sizeBytes: number
}

/** A server's claim on an upload. */
export interface UploadClaim {
  readonly upload: UploadRow
  /** Counts the claims on this upload, so that each has its own. */
  readonly turn: number
  /** As the claim before this one left it. */
  readonly hashed: HashedBytes | undefined
}

/** What one server asks of the one that has an upload: to store what came, or to let a chunk go on at a byte. */
export type UploadWish = { readonly until: number } & (
  | { readonly kind: 'flush' }
  | { readonly kind: 'takeOver'; readonly firstByte: number }
)
