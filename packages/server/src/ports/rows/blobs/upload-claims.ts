import type { Digest } from '../../../domain/digest.ts'
import type { RepositoryId, UploadId } from '../common.ts'
import type { UploadRow } from './uploads.ts'

/** The digest of the first `sizeBytes` bytes of an upload. */
export interface HashedBytes {
  readonly digest: Digest
  readonly sizeBytes: number
}

/** A server's claim on an upload. */
export interface UploadClaim {
  readonly upload: UploadRow
  /** Numbers the claims on this upload, so that each claim has a number of its own. */
  readonly turn: number
  /** The hash as the claim before this one left it. */
  readonly hashed: HashedBytes | undefined
}

/**
 * The wish of one server to the server that has claimed an upload: to store the bytes that came, or to let a chunk go
 * on at a byte.
 */
export type UploadWish = { readonly until: number } & (
  | { readonly kind: 'flush' }
  | { readonly kind: 'takeOver'; readonly firstByte: number }
)

/** Which server works on an upload. One server at a time has the upload, and others ask that one. */
/** The longest claim, in milliseconds. A claim that lasts longer was made by a clock that was wrong. */
export const LONGEST_TURN_MS = 60_000

export interface UploadClaimRows {
  /** Claims the upload until a time. `taken` when another claim is in force, undefined when the upload is gone. */
  claim(
    repositoryId: RepositoryId,
    id: UploadId,
    times: { readonly now: number; readonly until: number },
  ): Promise<UploadClaim | 'taken' | undefined>
  /**
   * Leaves a wish for the server that has the upload at `now`, in the place of any wish before. False when no server
   * has it.
   */
  ask(id: UploadId, now: number, wish: UploadWish): Promise<boolean>
  /**
   * The claim in force or, without one, the last claim, with the wish that was left for it. Undefined when the upload
   * is gone.
   */
  last(id: UploadId): Promise<{ turn: number; until: number; wish: UploadWish | undefined } | undefined>
  /** Deletes the wish, unless the upload was claimed again since `turn`. */
  grant(id: UploadId, turn: number): Promise<void>
  /** Prolongs a claim until `until`. False when the upload was claimed again since `turn`, or is gone. */
  renew(id: UploadId, turn: number, until: number): Promise<boolean>
  /** Ends a claim, unless the upload was claimed again since `turn`. `hashed` replaces what was noted before. */
  release(id: UploadId, turn: number, hashed: HashedBytes | undefined): Promise<void>
}
