import type { Digest } from '../../../domain/digest.ts'
import type { RepositoryId, UploadId } from '../common.ts'
import type { UploadRow } from './uploads.ts'

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

/** Which server works on an upload: one at a time has it, and others ask that one. */
/** No turn is taken for as long as a minute: what lies further ahead is of a clock that was wrong. Milliseconds. */
export const LONGEST_TURN_MS = 60_000

export interface UploadClaimRows {
  /** Takes the upload until a time, unless another claim is in force. Undefined when it is gone. */
  claim(
    repositoryId: RepositoryId,
    id: UploadId,
    times: { readonly now: number; readonly until: number },
  ): Promise<UploadClaim | 'taken' | undefined>
  /** Leaves a wish for whoever has the upload at `now`, in the place of another one. False when nobody has it. */
  ask(id: UploadId, now: number, wish: UploadWish): Promise<boolean>
  /** The claim that is or was the last, and what is asked of it. Undefined when the upload is gone. */
  last(id: UploadId): Promise<{ turn: number; until: number; wish: UploadWish | undefined } | undefined>
  /** Takes the wish away, unless there was another claim since. */
  grant(id: UploadId, turn: number): Promise<void>
  /** Puts the end of a claim off. False when there was another claim since, or the upload is gone. */
  renew(id: UploadId, turn: number, until: number): Promise<boolean>
  /**
   * Ends a claim, unless there was another since. What it says of the bytes takes the place of what was said before.
   */
  release(id: UploadId, turn: number, hashed: HashedBytes | undefined): Promise<void>
}
